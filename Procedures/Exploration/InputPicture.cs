using NetViz.Engine.Imaging;
using NetViz.Weights.InputPreprocessing;

namespace NetViz.Procedures;

/// <summary>A network's input turned back into a picture.</summary>
internal static class InputPicture
{
    /// <summary>Returns samples 0 to 255 in the order red, green, blue, [H, W, 3]. Grey networks get three equal samples.</summary>
    /// <param name="p">The preprocessing that made the input.</param>
    /// <param name="input">The input of one image, row-major.</param>
    public static float[] Of(Preprocessing p, double[] input)
    {
        int plane = p.Height * p.Width;
        var samples = new float[3 * plane];
        for (int colour = 0; colour < 3; colour++)
        {
            int channel = p.Order switch { ChannelOrder.Grey => 0, ChannelOrder.Rgb => colour, _ => 2 - colour };
            for (int i = 0; i < plane; i++)
            {
                double value = p.Layout == ImageLayout.Nhwc ? input[i * p.Channels + channel] : input[channel * plane + i];
                double sample = (value * p.Deviation[channel] + p.Mean[channel]) * p.Divisor;
                samples[3 * i + colour] = (float)Math.Clamp(sample, 0, 255);
            }
        }

        return samples;
    }
}
