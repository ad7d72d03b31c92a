using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Stepping;

/// <summary>Where a max-pooling's signals went in the backward pass.</summary>
/// <param name="Windows">How many windows there are: outputs.</param>
/// <param name="WithSignal">How many of them carry a signal that is not 0.</param>
/// <param name="WithoutSwitch">How many lie wholly in the padding and have no switch: nothing travels through them.</param>
/// <param name="Positions">How many positions the input has.</param>
/// <param name="Reached">How many of them at least one signal that is not 0 was sent to.</param>
/// <param name="Shared">How many of those two or more windows sent one to: there signals were added.</param>
/// <param name="Overlap">Whether neighbouring windows share positions at all.</param>
public sealed record UnpoolingCounts(long Windows, long WithSignal, long WithoutSwitch, long Positions, long Reached,
    long Shared, bool Overlap)
{
    /// <summary>The position that a window's switch points at, numbered row-major in its plane; -1 if there is none.</summary>
    /// <param name="g">The pooling.</param>
    /// <param name="oh">The window's row among the outputs.</param>
    /// <param name="ow">Its column.</param>
    /// <param name="position">The switch: kh * KW + kw.</param>
    public static int Target(in PoolGeometry g, int oh, int ow, int position)
    {
        if (position == Switches.None || !g.Reaches(oh, ow, position)) return -1;
        (int kh, int kw) = Math.DivRem(position, g.Window.KW);
        int h = oh * g.Window.StrideH - g.Window.PadTop + kh * g.Window.DilationH;
        return h * g.W + ow * g.Window.StrideW - g.Window.PadLeft + kw * g.Window.DilationW;
    }

    internal static UnpoolingCounts Count(in PoolGeometry g, Unpooling unpooling, int[] switches, ReadOnlySpan<double> above,
        ReadOnlySpan<double> below)
    {
        long withSignal = 0, withoutSwitch = 0;
        var sent = new int[below.Length];
        for (int p = 0; p < above.Length; p++)
        {
            (int plane, int place) = Math.DivRem(p, g.OH * g.OW);
            (int oh, int ow) = Math.DivRem(place, g.OW);
            if (switches[p] == Switches.None) withoutSwitch++;
            if (above[p] == 0) continue;
            withSignal++;
            if (unpooling == Unpooling.Even)
            {
                for (int k = 0; k < g.Window.Area; k++)
                {
                    if (Target(g, oh, ow, k) is >= 0 and int spread) sent[plane * g.H * g.W + spread]++;
                }
            }
            else if (Target(g, oh, ow, switches[p]) is >= 0 and int at)
            {
                sent[plane * g.H * g.W + at]++;
            }
        }

        Window w = g.Window;
        bool overlap = (g.OH > 1 && (w.KH - 1) * w.DilationH >= w.StrideH) || (g.OW > 1 && (w.KW - 1) * w.DilationW >= w.StrideW);
        return new UnpoolingCounts(above.Length, withSignal, withoutSwitch, below.Length, sent.LongCount(n => n > 0),
            sent.LongCount(n => n > 1), overlap);
    }
}
