using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>One product weight x number of a convolution's sums.</summary>
/// <param name="O">The weight's output channel.</param>
/// <param name="C">The weight's input channel within its group.</param>
/// <param name="KH">The weight's row.</param>
/// <param name="KW">The weight's column.</param>
/// <param name="Weight">The weight w[O,C,KH,KW].</param>
/// <param name="At">The row-major position of the number that it multiplies.</param>
internal readonly record struct ConvTerm(int O, int C, int KH, int KW, double Weight, long At)
{
    /// <summary>The weight's name, for example <c>w[3,0,1,1]</c>.</summary>
    public string Name => $"w[{O},{C},{KH},{KW}]";
}

/// <summary>
/// The sums of a convolution y(o,q) = sum over c, k of w[o,c,k] x(c, q stride - pad + k dilation), one element at a time in
/// both directions. A transposed convolution has the same sums with the directions exchanged.
/// </summary>
internal static class ConvTerms
{
    /// <summary>The inputs that an output reads.</summary>
    /// <param name="g">The convolution.</param>
    /// <param name="weights">Its weights [O, C / groups, KH, KW].</param>
    /// <param name="output">The output's image, channel, row and column.</param>
    public static IEnumerable<ConvTerm> Inputs(ConvGeometry g, ReadOnlyMemory<float> weights, int[] output)
    {
        Window w = g.Window;
        (int n, int o) = (output[0], output[1]);
        for (int c = 0; c < g.CG; c++)
        for (int kh = 0; kh < w.KH; kh++)
        for (int kw = 0; kw < w.KW; kw++)
        {
            int y = output[2] * w.StrideH - w.PadTop + kh * w.DilationH, x = output[3] * w.StrideW - w.PadLeft + kw * w.DilationW;
            if (y < 0 || y >= g.H || x < 0 || x >= g.W) continue;
            long at = (((long)n * g.C + o / g.OG * g.CG + c) * g.H + y) * g.W + x;
            yield return new ConvTerm(o, c, kh, kw, weights.Span[((o * g.CG + c) * w.KH + kh) * w.KW + kw], at);
        }
    }

    /// <summary>The outputs that read an input.</summary>
    /// <param name="g">The convolution.</param>
    /// <param name="weights">Its weights [O, C / groups, KH, KW].</param>
    /// <param name="input">The input's image, channel, row and column.</param>
    public static IEnumerable<ConvTerm> Outputs(ConvGeometry g, ReadOnlyMemory<float> weights, int[] input)
    {
        (int n, int group, int c) = (input[0], input[1] / g.CG, input[1] % g.CG);
        for (int o = group * g.OG; o < (group + 1) * g.OG; o++)
        foreach (WindowReach.Place p in WindowReach.Of(g.Window, input[2], input[3], g.OH, g.OW))
        {
            int weight = ((o * g.CG + c) * g.Window.KH + p.KH) * g.Window.KW + p.KW;
            long at = (((long)n * g.Output.C + o) * g.OH + p.Y) * g.OW + p.X;
            yield return new ConvTerm(o, c, p.KH, p.KW, weights.Span[weight], at);
        }
    }
}
