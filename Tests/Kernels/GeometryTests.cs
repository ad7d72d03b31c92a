using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>Output sizes and pads, worked by hand from ONNX's formulas.</summary>
public class GeometryTests
{
    // length kernel stride dilation before after ceil | output
    [TestCase(5, 3, 1, 1, 0, 0, false, 3)]
    [TestCase(5, 3, 1, 1, 1, 1, false, 5)]
    [TestCase(6, 3, 2, 1, 0, 0, false, 2)]
    [TestCase(6, 3, 2, 1, 0, 0, true, 3)]
    [TestCase(6, 3, 2, 1, 0, 1, false, 3)]
    [TestCase(227, 11, 4, 1, 0, 0, false, 55)]
    [TestCase(224, 11, 4, 1, 2, 2, false, 55)]
    [TestCase(224, 7, 2, 1, 3, 3, false, 112)]
    [TestCase(9, 3, 1, 2, 0, 0, false, 5)]
    [TestCase(3, 3, 1, 2, 1, 1, false, 1)]
    [TestCase(2, 3, 1, 1, 0, 0, false, 0)]
    [TestCase(2, 3, 2, 1, 0, 0, true, 1, Description = "ceil(-1 / 2) + 1 = 1")]
    [TestCase(1, 3, 2, 1, 0, 0, true, 0)]
    [TestCase(1, 4, 4, 1, 0, 0, true, 1)]
    [TestCase(3, 3, 2, 2, 0, 0, true, 0)]
    [TestCase(1, 1, 5, 1, 0, 0, false, 1)]
    [TestCase(7, 2, 2, 1, 0, 0, true, 4)]
    [TestCase(5, 1, 3, 1, 0, 0, true, 2,
        Description = "ceil(4 / 3) + 1 = 3, but the third window would start at 6, past the plane")]
    [TestCase(4, 2, 2, 1, 1, 1, true, 3)]
    [TestCase(3, 2, 2, 1, 1, 1, true, 2,
        Description = "ceil(3 / 2) + 1 = 3, but the third window would start in the pad behind the plane")]
    [TestCase(4, 4, 3, 1, 1, 1, true, 2)]
    public void Output_length(int length, int kernel, int stride, int dilation, int before, int after, bool ceil, int output)
    {
        var rows = new Window(kernel, 1) { StrideH = stride, DilationH = dilation, PadTop = before, PadBottom = after,
            CeilMode = ceil };
        var columns =
            new Window(1, kernel) { StrideW = stride, DilationW = dilation, PadLeft = before, PadRight = after, CeilMode = ceil };
        Assert.That(rows.OutputHeight(length), Is.EqualTo(output));
        Assert.That(columns.OutputWidth(length), Is.EqualTo(output));
    }

    // SAME: ceil(length / stride) outputs, the odd element last (upper) or first (lower).
    [TestCase(10, 3, 2, 1, 0, 1, 5)]
    [TestCase(9, 3, 2, 1, 1, 1, 5)]
    [TestCase(9, 2, 1, 1, 0, 1, 9)]
    [TestCase(9, 3, 1, 2, 2, 2, 9)]
    [TestCase(10, 4, 3, 1, 1, 2, 4)]
    [TestCase(7, 1, 2, 1, 0, 0, 4)]
    [TestCase(8, 1, 3, 1, 0, 0, 3)]
    [TestCase(28, 5, 1, 1, 2, 2, 28)]
    public void Same_pads(int length, int kernel, int stride, int dilation, int small, int large, int output)
    {
        var window =
            new Window(kernel, kernel) { StrideH = stride, StrideW = stride, DilationH = dilation, DilationW = dilation,
            PadTop = 9 };
        Window upper = (window with { AutoPad = AutoPad.SameUpper }).Resolve(length, length);
        Window lower = (window with { AutoPad = AutoPad.SameLower }).Resolve(length, length);
        Assert.That((upper.PadTop, upper.PadBottom, upper.PadLeft, upper.PadRight), Is.EqualTo((small, large, small, large)));
        Assert.That((lower.PadTop, lower.PadBottom, lower.PadLeft, lower.PadRight), Is.EqualTo((large, small, large, small)));
        Assert.That((upper.OutputHeight(length), lower.OutputWidth(length)), Is.EqualTo((output, output)));
    }

    [Test]
    public void Valid_pads_nothing_whatever_the_pads_say()
    {
        Window window =
            new Window(3, 3) { PadTop = 1, PadLeft = 2, PadBottom = 3, PadRight = 4, AutoPad = AutoPad.Valid }.Resolve(5, 6);
        Assert.That((window.PadTop, window.PadLeft, window.PadBottom, window.PadRight), Is.EqualTo((0, 0, 0, 0)));
        Assert.That((window.OutputHeight(5), window.OutputWidth(6)), Is.EqualTo((3, 4)));
    }

    [Test]
    public void A_convolution_counts_its_operations()
    {
        var g = new ConvGeometry(2, 6, 8, 9, 4, 2, new Window(3, 3));
        Assert.That((g.OH, g.OW, g.CG, g.OG), Is.EqualTo((6, 7, 3, 2)));
        Assert.That(g.Operations, Is.EqualTo(2L * 2 * 4 * 6 * 7 * 3 * 9));
    }

    [TestCase(5, 2, 2)]
    [TestCase(4, 1, 2)]
    [TestCase(1, 0, 0)]
    public void Windows_of_LRN(int size, int before, int after)
    {
        var p = new LrnParameters(size, 1, 1, 1);
        Assert.That((p.Before, p.After), Is.EqualTo((before, after)));
    }

    [Test]
    public void Shapes()
    {
        var shape = new Shape(2, 3, 4, 5);
        Assert.That((shape.N, shape.C, shape.H, shape.W, shape.Rank), Is.EqualTo((2, 3, 4, 5, 4)));
        Assert.That((shape.Count, shape.CountPerImage, shape.Product(1, 3)), Is.EqualTo((120L, 60L, 12L)));
        Assert.That(shape.WithBatch(7), Is.EqualTo(new Shape(7, 3, 4, 5)));
        Assert.That(shape, Is.Not.EqualTo(new Shape(2, 3, 20)));
        Assert.That(shape.ToString(), Is.EqualTo("[2, 3, 4, 5]"));
        Assert.That((new Shape().Count, default(Shape).Rank), Is.EqualTo((1L, 0)));
        Assert.That(default(Shape), Is.EqualTo(new Shape()));
        Assert.That(() => new Shape(2, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
