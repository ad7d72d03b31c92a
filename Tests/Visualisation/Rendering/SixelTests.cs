using System.Globalization;
using System.Text.RegularExpressions;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Rendering;

/// <summary>What is written as sixels reads back as the picture, by a decoder written for this test.</summary>
public partial class SixelTests
{
    [TestCase(1, 1)]
    [TestCase(7, 5)]
    [TestCase(16, 13)]
    public void Few_colours_come_back_but_for_rounding_to_per_cent(int width, int height)
    {
        Photo photo = Pictures.Gradient(width, height), read = Decode(Sixel.Encode(photo));
        Assert.That((read.Width, read.Height), Is.EqualTo((width, height)));
        for (int i = 0; i < photo.Rgb.Length; i++) Assert.That(read.Rgb[i], Is.EqualTo(photo.Rgb[i]).Within(2), $"sample {i}");
    }

    [Test]
    public void Many_colours_become_a_cube()
    {
        Photo photo = Pictures.Gradient(40, 30), read = Decode(Sixel.Encode(photo));
        for (int i = 0; i < photo.Rgb.Length; i++) Assert.That(read.Rgb[i], Is.EqualTo(photo.Rgb[i]).Within(28), $"sample {i}");
    }

    [Test]
    public void A_plain_picture_is_a_few_runs()
    {
        var red = new Photo(100, 12, [.. Enumerable.Range(0, 1200).SelectMany(_ => new byte[] { 255, 0, 0 })]);
        Assert.That(Sixel.Encode(red), Is.EqualTo("\u001bP0;1;0q\"1;1;100;12#0;2;100;0;0#0!100~-#0!100~-\u001b\\"));
    }

    private static Photo Decode(string text)
    {
        Assert.That(text, Does.StartWith("\u001bP0;1;0q").And.EndWith("\u001b\\"));
        Match size = SizePattern().Match(text);
        int width = Number(size.Groups[1]), height = Number(size.Groups[2]), colour = 0, x = 0, y = 0;
        var photo = new Photo(width, height, new byte[3 * width * height]);
        var palette = new Dictionary<int, byte[]>();
        foreach (Match token in TokenPattern().Matches(text[(size.Index + size.Length)..^2]))
        {
            switch (token.Value[0])
            {
                case '$': x = 0; break;
                case '-': (x, y) = (0, y + 6); break;
                case '#':
                    colour = Number(token.Groups["index"]);
                    if (token.Groups["r"].Success)
                        palette[colour] = [Sample(token.Groups["r"]), Sample(token.Groups["g"]), Sample(token.Groups["b"])];
                    break;
                default:
                    int run = token.Groups["run"].Success ? Number(token.Groups["run"]) : 1;
                    for (int k = 0; k < run; k++, x++)
                    for (int row = 0; row < 6; row++)
                    {
                        if ((token.Value[^1] - '?' >> row & 1) == 0) continue;
                        palette[colour].CopyTo(photo.Rgb, 3 * ((y + row) * width + x));
                    }

                    break;
            }
        }

        return photo;
    }

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    private static byte Sample(Group group) => (byte)Math.Round(Number(group) * 2.55);

    [GeneratedRegex("\"1;1;(\\d+);(\\d+)")]
    private static partial Regex SizePattern();

    [GeneratedRegex("#(?<index>\\d+)(;2;(?<r>\\d+);(?<g>\\d+);(?<b>\\d+))?|!(?<run>\\d+)[?-~]|[?-~]|[$-]")]
    private static partial Regex TokenPattern();
}
