using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NetViz.Engine.Imaging;
using NetViz.Weights.InputPreprocessing;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>
/// Expected hashes: Pillow 9.4 <c>Image.resize(..., BILINEAR)</c> and torchvision 0.14 <c>Resize, CenterCrop, ToTensor,
/// Normalize</c> on the picture of <see cref="Picture"/>; every byte has to be the same.
/// </summary>
public class ResampleTests
{
    [TestCase(37, 23, 3, 16, 16, "9e50cd1667ab1b9b704c486d0563103ac4604505d31fd97e362440539a900b4d")]
    [TestCase(37, 23, 3, 64, 50, "465583f9cf824fe77f0297b2908b7c507d7bd5949c46c01a342b0502a2e3ef31")]
    [TestCase(300, 200, 3, 256, 170, "8bc42ad1b4bb7bdbf15a476453d62329c16c6a39597e4958af013cc38d682555")]
    [TestCase(300, 200, 1, 64, 64, "8eff40c0d3ef92d542a63ee19c729146b516deb6e5cfb5f96a829fdb1f93b359")]
    [TestCase(640, 427, 3, 383, 256, "89325026d7fa28029b96170e10d17f710b69aa7b311fe29f102a7ca7a7f98354")]
    [TestCase(5, 900, 3, 5, 256, "e4aae2a6ce3bcdf4179970b08014411b3f7c437819c5a1c7ba3c7e90638fe286")]
    [TestCase(17, 3, 1, 1, 1, "bbeebd879e1dff6918546dc0c179fdde505f2a21591c9a9c96e36b054ec5af83")]
    public void Resize_gives_the_bytes_of_Pillow(int width, int height, int channels, int newWidth, int newHeight,
        string expected)
    {
        byte[] resized = Resample.Resize(Picture(width, height, channels), width, height, channels, newWidth, newHeight);
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(resized)), Is.EqualTo(expected));
    }

    [TestCase(640, 427, "10637b07321e2c46611b746445341b9fe59af96513499b76530e9001eb4c6b4c")]
    [TestCase(427, 640, "953c876f5793c693cd5ff98e880530b6e67c6b9b4c02b27779851b4c17461760")]
    [TestCase(300, 301, "e2a3221e245120053080c0984e0245b5ae7785e9eb1530e48ff56276867017e8")]
    public void Preset_torchvision_gives_the_floats_of_torchvision(int width, int height, string expected)
    {
        Preprocessing preprocessing = PreprocessingPresets.Find("torchvision").ForInput(3, 224, 224, "option");
        (float[] input, _) = preprocessing.Apply(new Photo(width, height, Picture(width, height, 3)));
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(input.AsSpan()))), Is.EqualTo(expected));
    }

    /// <summary>A picture by formula: sample (7x + 13y + 31c + xy + x^2 y / 5) mod 256.</summary>
    internal static byte[] Picture(int width, int height, int channels)
    {
        var pixels = new byte[width * height * channels];
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                for (int c = 0; c < channels; c++, i++)
                    pixels[i] = (byte)((7 * x + 13 * y + 31 * c + x * y + (long)x * x * y / 5) % 256);
            }
        }

        return pixels;
    }
}
