using NetViz.Engine.Layers;
using NetViz.Kernels;

namespace NetViz.Engine.Proofs;

/// <summary>
/// Whether the bits and switches that a forward pass recorded are those of its image: looked up in the layer's input. Both
/// sides of every other comparison read them, so only this sees it when they are wrong.
/// </summary>
internal static class RecordedState
{
    /// <summary>What is wrong at a layer; null for nothing.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">Its input's shape.</param>
    /// <param name="output">Its output's shape.</param>
    /// <param name="kept">What it recorded.</param>
    /// <param name="x">Its input.</param>
    public static string? Fault(Layer layer, Shape input, Shape output, PortableLayer kept, double[] x) => layer switch
    {
        RectifierLayer rectifier => FaultyBit(rectifier, kept, x),
        MaxPool pool => FaultySwitch(pool, input, output, kept.Switches, x),
        _ => null,
    };

    private static string? FaultyBit(RectifierLayer layer, PortableLayer kept, double[] x)
    {
        bool Active(double value) => layer is Clip
            ? value > layer.Rectifier.Low && value < layer.Rectifier.High
            : value > 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (kept.IsActive(i) != Active(x[i]))
                return $"the recorded bit of element {i} is {(kept.IsActive(i) ? 1 : 0)}, and x is "
                    + $"{NumberText.Fixed(x[i], "g4")} there";
        }

        return null;
    }

    /// <summary>The switch must be the first of the largest values in its window, in row-major order.</summary>
    private static string? FaultySwitch(MaxPool pool, Shape input, Shape output, int[] switches, double[] x)
    {
        LiteralWindow w =
            pool.Window is Window window ? LiteralWindow.Of(window, input, output) : LiteralWindow.Whole(input);
        for (int p = 0; p < switches.Length; p++)
        {
            (int plane, int place) = Math.DivRem(p, output.H * output.W);
            (int oh, int ow) = Math.DivRem(place, output.W);
            (int position, double largest) = (-1, double.NegativeInfinity);
            for (int k = 0; k < w.KH * w.KW; k++)
            {
                (int h, int column) = (w.Row(oh, k / w.KW), w.Column(ow, k % w.KW));
                if (h < 0 || h >= input.H || column < 0 || column >= input.W) continue;
                double value = x[(plane * input.H + h) * input.W + column];
                if (position < 0 || value > largest) (position, largest) = (k, value);
            }

            if (switches[p] != position)
                return $"the recorded switch of output {p} is {switches[p]}, and the maximum stands at {position}";
        }

        return null;
    }
}
