using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>Where the switch stands: ties, overlaps, windows in the padding, positions beyond a byte.</summary>
public class MaxPoolTests
{
    private static IReadOnlyList<BackEnd> BackEnds => BackEnd.All;

    [TestCaseSource(nameof(BackEnds))]
    public void Of_equal_values_the_first_in_row_major_order_wins(BackEnd backEnd)
    {
        // Four windows of 2x2: all equal; the maximum at 1, 2 and 3; at 2 and 3; zeros of both signs.
        Outcome found = Run(backEnd, new Window(2, 2) { StrideH = 2, StrideW = 2 }, 2, 8,
            [5, 5, /**/ 0, 3, /**/ 1, 2, /**/ -0.0, 0,
             5, 5, /**/ 3, 3, /**/ 7, 7, /**/ 0, -0.0],
            [1, 2, 3, 4]);
        Assert.That(found.Output, Is.EqualTo(new double[] { 5, 3, 7, 0 }));
        Assert.That(found.Switches, Is.EqualTo(new[] { 0, 1, 2, 0 }));
        Assert.That(found.InputSignals[0], Is.EqualTo(new double[]
        {
            1, 0, /**/ 0, 2, /**/ 0, 0, /**/ 4, 0,
            0, 0, /**/ 0, 0, /**/ 3, 0, /**/ 0, 0,
        }));
    }

    [TestCaseSource(nameof(BackEnds))]
    public void Overlapping_windows_add_at_a_shared_maximum(BackEnd backEnd)
    {
        // 3x3 at stride 1 on 4x4: the 9 at (1, 1) is the maximum of three windows, the last one has the 10.
        Outcome found = Run(backEnd, new(3, 3), 4, 4,
            [1, 2, 3, 4,
             5, 9, 6, 7,
             8, 1, 2, 3,
             4, 5, 6, 10],
            [1, 20, 300, 4000]);
        Assert.That(found.Output, Is.EqualTo(new double[] { 9, 9, 9, 10 }));
        Assert.That(found.Switches, Is.EqualTo(new[] { 4, 3, 1, 8 }));
        Assert.That(found.InputSignals[0], Is.EqualTo(new double[]
        {
            0, 0, 0, 0,
            0, 321, 0, 0,
            0, 0, 0, 0,
            0, 0, 0, 4000,
        }));
    }

    [TestCaseSource(nameof(BackEnds))]
    public void A_window_of_nothing_but_padding_has_no_switch_and_passes_nothing(BackEnd backEnd)
    {
        // 1x2 at stride 2 over a row of two with pads 3 and 2: [- -] [- x] [x -], x = -4 and -5.
        Outcome found = Run(backEnd, new Window(1, 2) { StrideW = 2, PadLeft = 3, PadRight = 2 }, 1, 2, [-4, -5], [7, 8, 9]);
        Assert.That(found.Output, Is.EqualTo(new double[] { 0, -4, -5 }));
        Assert.That(found.Switches, Is.EqualTo(new[] { Switches.None, 1, 0 }));
        Assert.That(found.InputSignals[0], Is.EqualTo(new double[] { 8, 9 }));
    }

    [TestCaseSource(nameof(BackEnds))]
    public void Padding_never_wins_against_a_negative_number(BackEnd backEnd)
    {
        Outcome found = Run(backEnd, new Window(2, 2) { PadTop = 1, PadLeft = 1 }, 1, 1, [-3], [2]);
        Assert.That(found.Output, Is.EqualTo(new double[] { -3 }));
        Assert.That(found.Switches, Is.EqualTo(new[] { 3 }));
        Assert.That(found.InputSignals[0], Is.EqualTo(new double[] { 2 }));
    }

    [TestCaseSource(nameof(BackEnds))]
    public void Negative_infinity_is_a_value_like_others(BackEnd backEnd)
    {
        double low = double.NegativeInfinity;
        Outcome found = Run(backEnd, new(1, 2), 1, 3, [low, low, -1], [3, 4]);
        Assert.That(found.Output, Is.EqualTo(new[] { low, -1 }));
        Assert.That(found.Switches, Is.EqualTo(new[] { 0, 1 }));
        Assert.That(found.InputSignals[0], Is.EqualTo(new double[] { 3, 0, 4 }));
    }

    /// <summary>The last position of a window of 254, 255, 256, 257 and 70000 positions, and none at all.</summary>
    [TestCaseSource(nameof(BackEnds))]
    public void Switches_of_large_windows_are_exact(BackEnd backEnd)
    {
        foreach (int area in new[] { 254, 255, 256, 257, 70000 })
        {
            double[] x = [.. Enumerable.Range(0, area).Select(i => (double)i)];
            Outcome found = Run(backEnd, new Window(1, area) { StrideW = area, PadLeft = 2 * area }, 1, area, x, [1, 2, 3]);
            Assert.That(found.Switches, Is.EqualTo(new[] { Switches.None, Switches.None, area - 1 }));
            Assert.That(found.InputSignals[0], Is.EqualTo(x.Select(value => value == area - 1 ? 3.0 : 0)));
        }
    }

    private static Outcome Run(BackEnd backEnd, Window window, int h, int w, double[] x, double[] signal)
    {
        using IKernels kernels = backEnd.Create();
        return PoolTable.Max("by hand", 1, 1, h, w, window, Numbers.Normal).Run(kernels, [x], signal);
    }
}
