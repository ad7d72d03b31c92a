using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine.Ties;

/// <summary>The search for equal receptive fields against one that compares every pair of units, pixel by pixel.</summary>
public class EqualFieldsTests
{
    [Test]
    public void No_image_with_equal_fields_in_one_window_is_missed()
    {
        int tied = 0, marked = 0;
        for (int seed = 1; seed <= 400; seed++)
        {
            var random = new Random(seed);
            Window pool = random.Next(2) == 0
                ? new Window(2, 2) { StrideH = 2, StrideW = 2 }
                : new Window(3, 3) { StrideH = 2, StrideW = 1 };
            Network network = Network(pool, doubled: random.Next(2) == 0);
            int height = 14 + random.Next(10), width = 14 + random.Next(10);
            var shape = new Shape(1, 2, height, width);
            float[] image = Image(random, height, width);
            bool expected = HasTie(network, shape, image), found = Mark(network, shape, image);
            if (expected) Assert.That(found, $"seed {seed}");
            tied += expected ? 1 : 0;
            marked += found ? 1 : 0;
        }

        // Both kinds of image occur, and the search does not mark everything.
        Assert.That(tied, Is.InRange(40, 360));
        Assert.That(marked, Is.InRange(tied, tied + 80));
    }

    [Test]
    public void Zero_has_no_sign()
    {
        var image = new float[2 * 16 * 16];
        for (int i = 0; i < image.Length; i += 2) image[i] = -0f;
        Assert.That(Mark(Network(new Window(2, 2) { StrideH = 2, StrideW = 2 }, false), new Shape(1, 2, 16, 16), image));
    }

    [Test]
    public void A_pooling_of_the_whole_plane_marks_every_image()
    {
        var random = new Random(1);
        float[] image = [.. Enumerable.Range(0, 2 * 16 * 16).Select(_ => random.NextSingle())];
        Assert.That(Mark(Network(null, false), new Shape(1, 2, 16, 16), image));
    }

    [Test]
    public void Channels_that_lie_last_are_compared_alike()
    {
        var random = new Random(2);
        Network network = Network(new Window(2, 2) { StrideH = 2, StrideW = 2 }, false, channelsLast: true);
        var shape = new Shape(1, 16, 16, 2);
        float[] noise = [.. Enumerable.Range(0, 512).Select(_ => random.NextSingle())], flat = new float[512];
        for (int i = 0; i < 512; i++) flat[i] = i % 2 == 0 ? 0.25f : 0.75f;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Mark(network, shape, noise), Is.False);
            Assert.That(Mark(network, shape, flat));
            Assert.That(Mark(network, shape, [], Array.ConvertAll(flat, value => (double)value)), "in double");
        }
    }

    private static bool Mark(Network network, Shape shape, float[] image, double[]? doubles = null)
    {
        var marks = new bool[1];
        EqualFields.Of(network, network.InferShapes(shape), node => node.Name == "conv2")!.Mark(image, doubles ?? [], marks);
        return marks[0];
    }

    /// <summary>Two convolutions, the second one by transforms, and one or two poolings.</summary>
    private static Network Network(Window? pool, bool doubled, bool channelsLast = false)
    {
        Window three = new(3, 3) { PadTop = 1, PadLeft = 1, PadBottom = 1, PadRight = 1 };
        var input = new NetworkInput("x", channelsLast ? [null, null, null, 2] : [null, 2, null, null])
        {
            Layout = channelsLast ? ImageLayout.Nhwc : ImageLayout.Nchw,
        };
        var builder = new NetworkBuilder("fields", input);
        if (channelsLast) builder.Then(new Transpose("planes", [0, 3, 1, 2]));
        builder.Then(new Conv("conv1", new float[2 * 2 * 9], new Shape(2, 2, 3, 3), default, three));
        if (doubled) builder.Then(new MaxPool("pool0", new Window(2, 2) { StrideH = 2, StrideW = 2 }));
        return builder.Then(new Conv("conv2", new float[2 * 2 * 9], new Shape(2, 2, 3, 3), default, three))
            .Then(new Relu("relu")).Then(new MaxPool("pool", pool)).Build();
    }

    /// <summary>Noise of few values with a flat or periodic patch of any size somewhere.</summary>
    private static float[] Image(Random random, int height, int width)
    {
        int values = random.Next(2) == 0 ? 2 : 100, period = 1 + random.Next(3), side = random.Next(14);
        int top = random.Next(height), left = random.Next(width);
        var image = new float[2 * height * width];
        for (int i = 0; i < image.Length; i++) image[i] = random.Next(values);
        for (int c = 0; c < 2; c++)
        for (int y = top; y < Math.Min(height, top + side); y++)
        for (int x = left; x < Math.Min(width, left + side); x++)
            image[(c * height + y) * width + x] = (x / period + c) % 2;
        return image;
    }

    private static bool HasTie(Network network, Shape shape, float[] image)
    {
        // Of the convolutions' and the first pooling's windows alone: the units of the second pooling's input.
        bool doubled = network.Nodes.Any(node => node.Name == "pool0");
        int jump = doubled ? 2 : 1, size = doubled ? 3 + 1 + 4 : 5, first = -2 - (doubled ? 1 : 0);
        int units = shape.H / jump, unitsX = shape.W / jump;
        Window pool = ((MaxPool)network.Nodes[^1].Layer).Window!.Value;
        if (doubled) first = -3;
        for (int oy = 0; oy < pool.OutputHeight(units); oy++)
        for (int ox = 0; ox < pool.OutputWidth(unitsX); ox++)
        for (int p = 0; p < pool.Area; p++)
        for (int q = p + 1; q < pool.Area; q++)
        {
            (int py, int px) = (oy * pool.StrideH + p / pool.KW, ox * pool.StrideW + p % pool.KW);
            (int qy, int qx) = (oy * pool.StrideH + q / pool.KW, ox * pool.StrideW + q % pool.KW);
            bool equal = true;
            for (int c = 0; c < 2 && equal; c++)
            for (int y = 0; y < size && equal; y++)
            for (int x = 0; x < size && equal; x++)
            {
                equal = Pixel(c, py * jump + first + y, px * jump + first + x)
                    == Pixel(c, qy * jump + first + y, qx * jump + first + x);
            }

            if (equal) return true;
        }

        return false;

        float Pixel(int c, int y, int x) =>
            y >= 0 && y < shape.H && x >= 0 && x < shape.W ? image[(c * shape.H + y) * shape.W + x] : 0;
    }
}
