namespace NetViz.Visualisation.Reconstruction;

/// <summary>A unit and how strongly a picture excites it.</summary>
/// <param name="Picture">The picture's number, in the order of reading.</param>
/// <param name="C">Feature map.</param>
/// <param name="Y">Row of the map.</param>
/// <param name="X">Column of the map.</param>
/// <param name="Value">The activation.</param>
public readonly record struct ActiveUnit(int Picture, int C, int Y, int X, float Value);

/// <summary>
/// The strongest activations of each feature map over many pictures, found in one pass: of each picture the strongest place of a
/// map counts, the first of equal ones, so that a map's best come from as many pictures. Held are <paramref name="top"/> units
/// a map
/// and nothing of the pictures. Activations that are not above 0 are left out.
/// </summary>
/// <param name="channels">Feature maps.</param>
/// <param name="top">Units kept for each.</param>
public sealed class TopActivations(int channels, int top)
{
    private readonly List<ActiveUnit>[] _best = [.. Enumerable.Range(0, channels).Select(_ => new List<ActiveUnit>(top + 1))];

    /// <summary>Feature maps.</summary>
    public int Channels => channels;

    /// <summary>Looks at one picture.</summary>
    /// <param name="picture">Its number; each is given once, in ascending order.</param>
    /// <param name="maps">Its feature maps, [C, H, W].</param>
    /// <param name="width">Columns of a map.</param>
    /// <exception cref="ArgumentException">There are not as many maps.</exception>
    public void Add(int picture, ReadOnlySpan<float> maps, int width)
    {
        int plane = maps.Length / channels;
        if (plane * channels != maps.Length) throw new ArgumentException($"{maps.Length} values for {channels} maps.",
            nameof(maps));
        for (int c = 0; c < channels; c++)
        {
            int at = FirstLargest(maps.Slice(c * plane, plane));
            Insert(_best[c], new ActiveUnit(picture, c, at / width, at % width, maps[c * plane + at]), top);
        }
    }

    /// <summary>Takes up a unit that was found before.</summary>
    /// <param name="unit">The unit; pictures come in ascending order, and of one picture one unit a map.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such map.</exception>
    public void Add(ActiveUnit unit)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)unit.C, (uint)channels, nameof(unit));
        Insert(_best[unit.C], unit, top);
    }

    /// <summary>A map's units, the strongest first; of equal ones the picture that came first.</summary>
    public IReadOnlyList<ActiveUnit> Of(int channel) => _best[channel];

    /// <summary>The strongest places of one map of one picture.</summary>
    /// <param name="channel">The map's number.</param>
    /// <param name="map">[H, W].</param>
    /// <param name="width">Columns.</param>
    /// <param name="top">How many.</param>
    public static IReadOnlyList<ActiveUnit> Within(int channel, ReadOnlySpan<float> map, int width, int top)
    {
        var best = new List<ActiveUnit>(top + 1);
        for (int i = 0; i < map.Length; i++) Insert(best, new ActiveUnit(0, channel, i / width, i % width, map[i]), top);
        return best;
    }

    private static void Insert(List<ActiveUnit> best, ActiveUnit unit, int top)
    {
        // Also false for NaN.
        if (!(unit.Value > 0) || (best.Count == top && unit.Value <= best[^1].Value)) return;
        int place = best.Count;
        while (place > 0 && best[place - 1].Value < unit.Value) place--;
        best.Insert(place, unit);
        if (best.Count > top) best.RemoveAt(top);
    }

    private static int FirstLargest(ReadOnlySpan<float> map)
    {
        int at = 0;
        for (int i = 1; i < map.Length; i++)
            if (map[i] > map[at]) at = i;
        return at;
    }
}
