using NetViz.Kernels;

namespace NetViz.Tests.Kernels;

/// <summary>
/// Convolutions: kernels, strides, pads, dilations, groups, plane and channel counts around every edge of a blocked kernel.
/// </summary>
internal static class ConvTable
{
    /// <summary>All shapes.</summary>
    public static IReadOnlyList<ConvShape> Shapes { get; } =
    [
        // 1x1: planes of one pixel, below 16, of 16 and of 17 columns, many jobs; strides that leave gaps
        new("1x1", 1, 3, 7, 5, 5, new(1, 1)),
        new("1x1 on one pixel", 3, 16, 1, 1, 7, new(1, 1)),
        new("1x1 on 16x16", 1, 6, 16, 16, 6, new(1, 1)),
        new("1x1 on 17x17", 2, 5, 17, 17, 13, new(1, 1), Bias: false),
        new("1x1 stride 2", 1, 4, 9, 8, 6, Stride(new(1, 1), 2)),
        new("1x1 stride 3, pixels unread", 2, 4, 11, 10, 6, Stride(new(1, 1), 3)),
        new("1x1 padded below only", 1, 3, 6, 6, 4, new Window(1, 1) { PadBottom = 1 }),
        new("1x1 padded to the right only", 1, 3, 6, 6, 4, new Window(1, 1) { PadRight = 2 }),
        new("1x1 padded all round", 1, 3, 6, 5, 4, Pad(new(1, 1), 1)),

        // 3x3: the usual cases
        new("3x3", 1, 3, 8, 9, 4, new(3, 3)),
        new("3x3 on 3x3", 2, 2, 3, 3, 3, new(3, 3)),
        new("3x3 pad 1", 3, 3, 13, 11, 7, Pad(new(3, 3), 1)),
        new("3x3 pad 1, one channel", 1, 1, 15, 15, 1, Pad(new(3, 3), 1)),
        new("3x3 pad 1, 16 columns", 1, 3, 5, 16, 6, Pad(new(3, 3), 1)),
        new("3x3 pad 1, 17 columns", 1, 3, 5, 17, 6, Pad(new(3, 3), 1)),
        new("3x3 pad 1, 33 columns", 1, 3, 4, 33, 8, Pad(new(3, 3), 1)),
        new("3x3 pad 1, one column", 1, 3, 19, 1, 5, Pad(new(3, 3), 1)),
        new("3x3 pad 1, one row", 1, 3, 1, 19, 5, Pad(new(3, 3), 1)),
        new("3x3 pad 1, 40x40 in many jobs", 1, 3, 40, 40, 6, Pad(new(3, 3), 1)),
        new("3x3 pad 1, K = 576", 2, 64, 7, 7, 13, Pad(new(3, 3), 1)),
        new("3x3 pad 1, K = 252 and 256 at once in the backward pass", 1, 28, 6, 5, 64, Pad(new(3, 3), 1)),
        new("3x3 pad 1, K = 4608 as in VGG", 1, 512, 6, 7, 8, Pad(new(3, 3), 1)),
        new("2x2, K = 256 to the term", 1, 64, 5, 6, 6, new(2, 2)),
        new("3x3 without bias", 1, 3, 8, 8, 6, Pad(new(3, 3), 1), Bias: false),
        new("3x3 pads 1 0 2 3", 2, 3, 7, 6, 5, new Window(3, 3) { PadTop = 1, PadLeft = 0, PadBottom = 2, PadRight = 3 }),
        new("3x3 pad 5, windows of nothing but padding", 1, 2, 4, 3, 3, Pad(new(3, 3), 5)),

        // Strides with and without a rest, overlaps and gaps
        new("3x3 stride 2", 1, 3, 9, 9, 4, Stride(new(3, 3), 2)),
        new("3x3 stride 2 with a rest", 1, 3, 10, 8, 4, Stride(new(3, 3), 2)),
        new("3x3 stride 2 pad 1", 3, 3, 12, 13, 5, Pad(Stride(new(3, 3), 2), 1)),
        new("3x3 stride 2 pads 0 1 1 0", 1, 3, 12, 13, 5,
            new Window(3, 3) { StrideH = 2, StrideW = 2, PadLeft = 1, PadBottom = 1 }),
        new("3x3 stride 3", 1, 2, 11, 10, 3, Stride(new(3, 3), 3)),
        new("3x3 stride 4, pixels unread", 2, 2, 14, 13, 3, Stride(new(3, 3), 4)),
        new("2x2 stride 3, pixels unread", 1, 2, 10, 9, 3, Stride(new(2, 2), 3)),
        new("3x3 strides 3 and 1", 1, 2, 9, 21, 3, new Window(3, 3) { StrideH = 3 }),
        new("3x3 strides 1 and 4", 1, 2, 6, 70, 3, new Window(3, 3) { StrideW = 4, PadLeft = 2 }),
        new("5x5 pad 2 on 3x2", 1, 3, 3, 2, 4, Pad(new(5, 5), 2)),
        new("7x7 stride 2 pad 3", 1, 3, 21, 20, 8, Pad(Stride(new(7, 7), 2), 3)),
        new("11x11 stride 4", 2, 3, 27, 31, 8, Stride(new(11, 11), 4)),
        new("11x11 stride 4 pad 2 with a rest", 1, 3, 30, 33, 8, Pad(Stride(new(11, 11), 4), 2)),
        new("1x7 pad 3", 1, 4, 6, 18, 5, new Window(1, 7) { PadLeft = 3, PadRight = 3 }),
        new("7x1 stride 2", 1, 4, 18, 6, 5, new Window(7, 1) { StrideH = 2 }),
        new("2x3", 1, 3, 6, 7, 4, new(2, 3)),
        new("kernel as large as the plane", 3, 5, 6, 7, 9, new(6, 7)),

        // Dilation, alone and with strides that share a factor with it or not
        new("3x3 dilation 2", 1, 3, 9, 10, 4, Dilate(new(3, 3), 2)),
        new("3x3 dilation 2 pad 2", 2, 3, 8, 7, 4, Pad(Dilate(new(3, 3), 2), 2)),
        new("3x3 dilation 2 stride 2, pixels unread", 1, 3, 11, 12, 4, Dilate(Stride(new(3, 3), 2), 2)),
        new("3x3 dilation 2 stride 3 pad 1", 1, 3, 14, 13, 4, Pad(Dilate(Stride(new(3, 3), 3), 2), 1)),
        new("3x3 dilation 3 stride 2 pad 3", 1, 3, 12, 11, 4, Pad(Dilate(Stride(new(3, 3), 2), 3), 3)),
        new("3x2 dilations 1 and 2", 1, 3, 7, 9, 4, new Window(3, 2) { DilationW = 2 }),

        // Groups
        new("3x3 groups 2", 2, 6, 8, 9, 8, Pad(new(3, 3), 1), Groups: 2),
        new("3x3 groups 2 stride 2", 1, 4, 9, 9, 14, Stride(new(3, 3), 2), Groups: 2),
        new("1x1 groups 4", 1, 8, 5, 5, 12, new(1, 1), Groups: 4),
        new("3x3 depthwise", 2, 5, 9, 8, 5, Pad(new(3, 3), 1), Groups: 5),
        new("3x3 depthwise, two outputs a channel, stride 2", 1, 4, 9, 8, 8, Pad(Stride(new(3, 3), 2), 1), Groups: 4),
        new("3x3 depthwise, dilation 2", 1, 4, 9, 8, 4, Pad(Dilate(new(3, 3), 2), 2), Groups: 4),

        // Blocks of sixteen channels and of 4x4 pixels, full, with a rest, and with almost nothing in them
        .. from channels in new[] { (15, 17), (16, 16), (33, 48) }
           from size in new[] { (1, 1), (1, 2), (3, 1), (2, 2), (4, 4), (5, 6), (8, 7) }
           select new ConvShape($"3x3 pad 1, {channels.Item1} channels on {size.Item1}x{size.Item2}", 1 + size.Item1 % 5,
               channels.Item1, size.Item1, size.Item2, channels.Item2, Pad(new(3, 3), 1)),
        new("3x3 pads 2 2 0 1, 16 channels", 4, 16, 9, 6, 18, new Window(3, 3) { PadTop = 2, PadLeft = 2, PadRight = 1 }),
        new("3x3 pad 4, 16 channels", 2, 16, 3, 5, 16, Pad(new(3, 3), 4)),
        new("3x3 without padding, 20 channels", 5, 20, 11, 9, 19, new(3, 3)),

        // auto_pad
        .. from auto in new[] { AutoPad.SameUpper, AutoPad.SameLower, AutoPad.Valid }
           from window in new[] { new Window(3, 3), Stride(new(3, 3), 2), new Window(2, 2), Stride(new(4, 4), 3),
               Stride(new(1, 1), 2), Stride(Dilate(new(3, 3), 2), 2) }
           from size in new[] { 9, 10 }
           select new ConvShape(
               $"{auto} {window.KH}x{window.KW} stride {window.StrideH} dilation {window.DilationH} on {size}x{size + 1}",
               1, 2, size, size + 1, 3, window with { AutoPad = auto }),
    ];

    public static IEnumerable<Operation> All => Shapes.Select(Conv);

    /// <summary>Those that Winograd's transforms fit.</summary>
    public static IEnumerable<Operation> ForWinograd => Shapes.Where(s => s.Groups == 1
        && s.Window is { KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1 }).Select(Conv);

    public static Operation Conv(ConvShape s) => Conv(s.Name, s.N, s.C, s.H, s.W, s.O, s.Window, s.Groups, s.Bias);

    public static Operation Conv(string name, int n, int c, int h, int w, int o, Window window, int groups = 1, bool bias = true)
    {
        float[] weight = Numbers.Single(Numbers.Normal((long)o * (c / groups) * window.Area, $"{name} weight"));
        return Conv(name, new Shape(n, c, h, w), o, window, groups, weight,
            Numbers.Single(Numbers.Normal(bias ? o : 0, $"{name} bias")));
    }

    public static Operation Conv(string name, Shape input, int o, Window window, int groups, float[] weight, float[] bias)
    {
        var g = new ConvGeometry(input.N, input.C, input.H, input.W, o, groups, window.Resolve(input.H, input.W));
        return new Operation($"Conv {name}, {g.Input} to {o}")
        {
            Inputs = [g.Input],
            Output = g.Output,
            Weights = kernels => kernels.PrepareConv(input.C, groups, window, weight, bias),
            Forward = a => a.Kernels.ConvForward(g, a.Inputs[0], a.Weights!, a.Output),
            Backward = a => a.Kernels.ConvBackward(g, a.OutputSignal, a.Weights!, a.InputSignals[0]),
            Map = Map.Affine,
        };
    }

    public static Window Stride(Window window, int stride) => window with { StrideH = stride, StrideW = stride };

    public static Window Dilate(Window window, int dilation) => window with { DilationH = dilation, DilationW = dilation };

    public static Window Pad(Window window, int pad) =>
        window with { PadTop = pad, PadLeft = pad, PadBottom = pad, PadRight = pad };
}

/// <summary>A line of the table; pads may still be automatic.</summary>
internal sealed record ConvShape(string Name, int N, int C, int H, int W, int O, Window Window, int Groups = 1,
    bool Bias = true)
{
    public ConvGeometry Geometry => new(N, C, H, W, O, Groups, Window.Resolve(H, W));

    public override string ToString() => Name;
}
