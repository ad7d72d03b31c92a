using NetViz.Kernels;
using static NetViz.Tests.Kernels.ConvTable;

namespace NetViz.Tests.Kernels;

/// <summary>Max- and average-poolings over the same windows.</summary>
internal static class PoolTable
{
    private static readonly (string Name, int N, int C, int H, int W, Window Window)[] Shapes =
    [
        ("2x2 stride 2", 1, 3, 8, 6, Stride(new(2, 2), 2)),
        ("2x2 stride 2, wide", 2, 3, 6, 64, Stride(new(2, 2), 2)),
        ("2x2 stride 2, eight at a time and some more", 3, 2, 4, 38, Stride(new(2, 2), 2)),
        ("2x2 stride 2, wide with a rest", 2, 3, 7, 33, Stride(new(2, 2), 2)),
        ("2x2 stride 2, wide with a row left over", 2, 3, 7, 32, Stride(new(2, 2), 2)),
        ("2x2 stride 2 with a rest", 3, 3, 9, 7, Stride(new(2, 2), 2)),
        ("2x2 stride 2 with a rest, ceil", 2, 3, 9, 7, Stride(new(2, 2), 2) with { CeilMode = true }),
        ("3x3 stride 2, overlapping", 2, 4, 13, 11, Stride(new(3, 3), 2)),
        ("3x3 stride 2, overlapping, ceil", 1, 4, 14, 12, Stride(new(3, 3), 2) with { CeilMode = true }),
        ("3x3 stride 2 pad 1", 1, 3, 12, 13, Pad(Stride(new(3, 3), 2), 1)),
        ("3x3 stride 2 pad 1, ceil", 1, 3, 12, 13, Pad(Stride(new(3, 3), 2), 1) with { CeilMode = true }),
        ("3x3 stride 1 pad 1", 1, 2, 6, 7, Pad(new(3, 3), 1)),
        ("3x3 stride 2 of a smaller plane, ceil", 2, 3, 2, 2, Stride(new(3, 3), 2) with { CeilMode = true }),
        ("3x3 stride 2 of a plane lower than it, ceil", 1, 18, 2, 9, Stride(new(3, 3), 2) with { CeilMode = true }),
        ("3x3 stride 2 of a plane narrower than it, ceil", 2, 3, 8, 2, Stride(new(3, 3), 2) with { CeilMode = true }),
        ("3x3 stride 2 pad 1 of a smaller plane, ceil", 2, 3, 1, 1, Pad(Stride(new(3, 3), 2), 1) with { CeilMode = true }),
        ("3x3 stride 3 pads 1 0 0 1 of a smaller plane, ceil", 1, 3, 2, 1,
            new Window(3, 3) { StrideH = 3, StrideW = 3, PadTop = 1, PadRight = 1, CeilMode = true }),
        ("5x4 strides 4 and 3 of a smaller plane, ceil", 2, 2, 3, 3,
            new Window(5, 4) { StrideH = 4, StrideW = 3, CeilMode = true }),
        ("3x3 dilation 2 stride 2 of a smaller plane, ceil", 1, 2, 4, 4,
            Dilate(Stride(new(3, 3), 2), 2) with { CeilMode = true }),
        ("16x17 stride 5 of a smaller plane, a switch beyond a byte, ceil", 1, 2, 13, 14,
            Stride(new(16, 17), 5) with { CeilMode = true }),
        ("2x2 stride 2 of one pixel, ceil", 2, 3, 1, 1, Stride(new(2, 2), 2) with { CeilMode = true }),
        ("2x2 stride 2 of one row, ceil", 2, 3, 1, 8, Stride(new(2, 2), 2) with { CeilMode = true }),
        ("2x2 stride 2 of one column, ceil", 2, 3, 8, 1, Stride(new(2, 2), 2) with { CeilMode = true }),
        ("2x2 stride 2 without a rest, ceil", 2, 3, 6, 8, Stride(new(2, 2), 2) with { CeilMode = true }),
        ("2x2 stride 2, a rest of rows, ceil", 2, 3, 7, 8, Stride(new(2, 2), 2) with { CeilMode = true }),
        ("2x2 stride 2, a rest of columns, ceil", 2, 3, 6, 9, Stride(new(2, 2), 2) with { CeilMode = true }),
        ("2x2 stride 2, pads 1 at the end that no window reaches", 2, 3, 6, 8,
            Stride(new(2, 2), 2) with { PadBottom = 1, PadRight = 1 }),
        ("2x2 stride 2, pads 1 at the end, ceil", 2, 3, 6, 8,
            Stride(new(2, 2), 2) with { PadBottom = 1, PadRight = 1, CeilMode = true }),
        ("2x2 stride 2, pads 1 at the beginning, ceil", 2, 3, 6, 8,
            Stride(new(2, 2), 2) with { PadTop = 1, PadLeft = 1, CeilMode = true }),
        ("2x2 stride 2 pad 1 of one pixel, ceil", 1, 3, 1, 1, Pad(Stride(new(2, 2), 2), 1) with { CeilMode = true }),
        ("2x2 stride 3, pixels unread", 2, 2, 11, 10, Stride(new(2, 2), 3)),
        ("1x1 stride 2, pixels unread", 1, 2, 7, 7, Stride(new(1, 1), 2)),
        ("1x1", 1, 2, 3, 3, new(1, 1)),
        ("2x3 strides 1 and 2", 1, 2, 6, 9, new Window(2, 3) { StrideW = 2 }),
        ("3x2 pads 0 1 2 0", 1, 2, 6, 5, new Window(3, 2) { PadLeft = 1, PadBottom = 2 }),
        ("3x3 dilation 2", 1, 2, 9, 8, Dilate(new(3, 3), 2)),
        ("3x3 dilation 2 stride 2 pad 2, ceil", 1, 2, 9, 8, Pad(Dilate(Stride(new(3, 3), 2), 2), 2) with { CeilMode = true }),
        ("2x2 pad 3, windows of nothing but padding", 1, 2, 3, 4, Pad(Stride(new(2, 2), 2), 3)),
        ("3x3 stride 2 SAME_UPPER", 1, 2, 10, 9, Stride(new(3, 3), 2) with { AutoPad = AutoPad.SameUpper }),
        ("3x3 stride 2 SAME_LOWER", 1, 2, 10, 9, Stride(new(3, 3), 2) with { AutoPad = AutoPad.SameLower }),
        ("3x3 stride 2 VALID", 1, 2, 10, 9, Stride(new(3, 3), 2) with { AutoPad = AutoPad.Valid }),
        ("15x17, a switch to the byte", 2, 2, 15, 18, new(15, 17)),
        ("16x16, a switch beyond a byte", 2, 2, 17, 18, new(16, 16)),
        ("global 13x13", 2, 5, 13, 13, new(13, 13)),
        ("global 1x1", 2, 5, 1, 1, new(1, 1)),
        ("global 33x31", 1, 3, 33, 31, new(33, 31)),
        ("many planes", 3, 40, 6, 6, Stride(new(2, 2), 2)),
    ];

    public static IEnumerable<Operation> All =>
    [
        .. Shapes.Select(s => Max(s.Name, s.N, s.C, s.H, s.W, s.Window, Numbers.Distinct)),
        .. Shapes.Select(s => Max($"{s.Name}, ties", s.N, s.C, s.H, s.W, s.Window, Numbers.FewValues)),
        .. Shapes.Select(s => Average(s.Name, s.N, s.C, s.H, s.W, s.Window, countIncludePad: false)),
        Average("global 112x112 of positive numbers", 1, 2, 112, 112, new(112, 112), countIncludePad: false) with
        {
            Data = (count, seed) => [.. Numbers.Normal(count, seed).Select(Math.Abs)],
        },
        .. Shapes.Select(s => Average($"{s.Name}, padding counted", s.N, s.C, s.H, s.W, s.Window, countIncludePad: true)),
    ];

    public static Operation Max(string name, int n, int c, int h, int w, Window window, Func<long, string, double[]> data)
    {
        var g = new PoolGeometry(n, c, h, w, window.Resolve(h, w));
        return new Operation($"MaxPool {name}, {g.Input}")
        {
            Inputs = [g.Input],
            Output = g.Output,
            Switches = kernels => kernels.AllocateSwitches(g),
            Forward = a => a.Kernels.MaxPoolForward(g, a.Inputs[0], a.Output, a.Switches!),
            Backward = a => a.Kernels.MaxPoolBackward(g, a.OutputSignal, a.Switches!, a.InputSignals[0]),
            Data = data,

            // Forward exact; where windows overlap, signals of up to nine of them add up in float32.
            Bound = window.StrideH < window.KH || window.StrideW < window.KW ? 2e-7 : 0,
        };
    }

    public static Operation Average(string name, int n, int c, int h, int w, Window window, bool countIncludePad)
    {
        PoolGeometry g = new PoolGeometry(n, c, h, w, window.Resolve(h, w)) { CountIncludePad = countIncludePad };
        return new Operation($"AveragePool {name}, {g.Input}")
        {
            Inputs = [g.Input],
            Output = g.Output,
            Forward = a => a.Kernels.AveragePoolForward(g, a.Inputs[0], a.Output),
            Backward = a => a.Kernels.AveragePoolBackward(g, a.OutputSignal, a.InputSignals[0]),
        };
    }
}
