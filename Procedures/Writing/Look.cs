using NetViz.Engine;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Procedures;

/// <summary>What of a picture's result is written.</summary>
[Flags]
public enum SavedParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Heat maps.</summary>
    Png = 1,

    /// <summary>Raw signals.</summary>
    Npy = 2,

    /// <summary>The numbers, and all that the result depends on.</summary>
    Json = 4,

    /// <summary>Heat maps over the photograph.</summary>
    Overlay = 8,

    /// <summary>One sheet of all.</summary>
    Sheet = 16,

    /// <summary>All of them.</summary>
    All = Png | Npy | Json | Overlay | Sheet,
}

/// <summary>How results look when they are saved, and what of them is.</summary>
public sealed record Look
{
    /// <summary>What kind of file a sheet becomes.</summary>
    public SheetFormat Format { get; init; } = SheetFormat.Png;

    /// <summary>Which maps have one scale; null for what the command usually does.</summary>
    public SheetScale? Scale { get; init; }

    /// <summary>The colours of maps by name; null for heat, and diverging where values have a sign.</summary>
    public string? Colours { get; init; }

    /// <summary>The percentile of the magnitudes that ends a scale, above 0, to 100; null for the usual.</summary>
    public double? Percentile { get; init; }

    /// <summary>The compression of PNG files, 0 to 9.</summary>
    public int PngLevel { get; init; } = ImageFile.DefaultPngLevel;

    /// <summary>What is written, where a result has several parts.</summary>
    public SavedParts Parts { get; init; } = SavedParts.All;

    internal ColorMap? ColorMap => Colours is null ? null : ColorMap.Named(Colours);

    /// <summary>Refuses what makes no sense, before a model is loaded.</summary>
    /// <exception cref="NetVizException">A number is out of range, or a name is unknown.</exception>
    public void Check()
    {
        if (Colours is not null && ColorMap.All.All(map => map.Name != Colours))
        {
            throw new NetVizException($"`{nameof(Colours)}` '{Colours}' is unknown; there are "
                + string.Join(", ", ColorMap.All.Select(map => map.Name)));
        }

        if (Percentile is { } percentile && !(percentile is > 0 and <= 100))
            throw new NetVizException($"`{nameof(Percentile)}` {percentile}; above 0, to 100 is supported");
        if (PngLevel is < 0 or > 9) throw new NetVizException($"`{nameof(PngLevel)}` {PngLevel}; 0 to 9 is supported");
        if (Parts == SavedParts.None) throw new NetVizException("`Write` names nothing; there are png, npy, json, overlay, sheet");
    }
}
