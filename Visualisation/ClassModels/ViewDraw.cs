using NetViz.Engine;

namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// Draws the view of a step. Rolled (CS231n): rows and columns from -jitter to jitter. Otherwise as Lucid does: pad, jitter,
/// scale, rotate, jitter, resize to the network's input. Lengths are given for 224 pixels and shrink with the input [ours].
/// </summary>
internal sealed class ViewDraw(ClassModelSettings settings, InputUnits units)
{
    private const int DrawsPerStep = 8;

    /// <summary>The view of a step, or null for the image itself.</summary>
    public IPixelView? Draw(CounterRandom random, int step)
    {
        double jitter = units.Length(settings["jitter"]), after = units.Length(settings["jitter-after"]);
        double pad = units.Length(settings["pad"]), scale = settings["scale"], turn = settings["rotate"];
        int at = 0;
        if (pad == 0 && after == 0 && scale == 0 && turn == 0)
        {
            int reach = (int)Math.Round(jitter);
            return reach == 0
                ? null
                : new Roll(units.Height, units.Width, (int)Math.Round(Next() * reach), (int)Math.Round(Next() * reach));
        }
        // A jitter of j crops j rows and columns at random places: shifts of up to j/2, and an image smaller by j.
        double zoom = 1 / (1 + scale * Next()), degrees = turn * Next();
        double down = (jitter * Next() + after * Next() * zoom) / 2, right = (jitter * Next() + after * Next() * zoom) / 2;
        double side = Math.Min(units.Height, units.Width), shown = side + 2 * pad - jitter - after * zoom;
        return new AffineView(units.Height, units.Width, zoom * Math.Max(shown, 1) / side, degrees, down, right);

        // Uniform in [-1, 1).
        double Next() => (random.Bits((long)step * DrawsPerStep + at++) >> 11) * (2.0 / (1L << 53)) - 1;
    }
}
