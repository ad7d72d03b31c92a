using NetViz.Visualisation.Rendering.Text;

namespace NetViz.Samples.Tracing;

/// <summary>A line of text as strokes on a surface.</summary>
internal sealed class Writing
{
    private readonly (float X0, float Y0, float X1, float Y1)[] _strokes;

    /// <summary>Sets it, a capital being 1 high.</summary>
    /// <param name="text">Letters of <see cref="StrokeFont"/>.</param>
    public Writing(string text)
    {
        double x = 0;
        var strokes = new List<(float, float, float, float)>();
        const double Unit = StrokeFont.CapHeight;
        foreach (char character in text)
        {
            if (character == ' ')
            {
                x += StrokeFont.Blank / Unit;
                continue;
            }

            StrokeFont.Glyph glyph = StrokeFont.Of(character);
            foreach ((double x0, double y0, double x1, double y1) in glyph.Segments)
            {
                strokes.Add(((float)(x + x0 / Unit), (float)((y0 - StrokeFont.Baseline) / Unit), (float)(x + x1 / Unit),
                    (float)((y1 - StrokeFont.Baseline) / Unit)));
            }

            x += (glyph.Width + StrokeFont.Gap) / Unit;
        }

        Width = (float)(x - StrokeFont.Gap / Unit);
        _strokes = [.. strokes];
    }

    /// <summary>How wide the line is, in heights of a capital.</summary>
    public float Width { get; }

    /// <summary>How far a point is from the nearest stroke, in heights of a capital.</summary>
    /// <param name="x">To the right of the line's beginning.</param>
    /// <param name="y">Above the baseline.</param>
    public float Distance(float x, float y)
    {
        float least = 9;
        if (x < -0.3f || x > Width + 0.3f || y < -0.3f || y > 1.3f) return least;
        foreach ((float x0, float y0, float x1, float y1) in _strokes)
        {
            float dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
            float t = length > 0 ? Math.Clamp(((x - x0) * dx + (y - y0) * dy) / length, 0, 1) : 0;
            float ex = x - x0 - t * dx, ey = y - y0 - t * dy;
            least = MathF.Min(least, ex * ex + ey * ey);
        }

        return MathF.Sqrt(least);
    }
}
