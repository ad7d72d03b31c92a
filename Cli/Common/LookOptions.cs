using System.CommandLine;
using NetViz.Engine;
using NetViz.Procedures;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Cli.Common;

/// <summary>The options on how pictures look: the same for every command that draws.</summary>
internal static class LookOptions
{
    public static Option<string> Format { get; } = new("--format")
    {
        Description = "What sheets are written as: png, webp, svg or pdf. In svg and pdf text stays text, and pictures keep their "
            + "resolution.",
        HelpName = string.Join('|', SheetFormats.Names),
        DefaultValueFactory = _ => "png",
    };

    public static Option<string?> Scale { get; } = new("--scale")
    {
        Description = "Which maps of a sheet have one scale: shared (all of them), row (those of a row), own (each its own). The "
            + "sheet states it. Default: what lets maps be compared.",
        HelpName = "shared|row|own",
    };

    public static Option<string?> Colours { get; } = new("--colours")
    {
        Description = "The colours of maps: heat, diverging (both signs), grey (black to white, as the paper's figure 2), ink (white "
            + "to black, for paper), signed-grey. Where values have a sign, the map of this kind that has one. Default: heat, and "
            + "diverging for values with a sign.",
        HelpName = string.Join('|', ColorMap.All.Select(map => map.Name)),
    };

    public static Option<double?> Percentile { get; } = new("--percentile")
    {
        Description = "The percentile of the magnitudes that are not 0 at which a scale ends; what lies beyond has the last colour. "
            + "Default: 99.5, for sums over channels 99 [ours].",
        HelpName = "P",
    };

    public static Option<int> PngLevel { get; } = new("--png-level")
    {
        Description = "The compression of PNG files, 0 (none, fastest) to 9.",
        HelpName = "N",
        DefaultValueFactory = _ => ImageFile.DefaultPngLevel,
    };

    public static Option<string?> Write { get; } = new("--write")
    {
        Description = "What is written of each picture, separated by commas: png (heat maps), npy (raw signals), json, overlay, "
            + "sheet. Default: all.",
        HelpName = "PART,...",
    };

    /// <summary>Of commands whose sheets hold maps in colours.</summary>
    public static IReadOnlyList<Option> OfMaps { get; } = [Format, Scale, Colours, Percentile, PngLevel];

    /// <summary>Of commands whose sheets hold signals, where grey is 0.</summary>
    public static IReadOnlyList<Option> OfSignals { get; } = [Format, Scale, PngLevel];

    /// <summary>Of commands whose sheets have one scale, or none.</summary>
    public static IReadOnlyList<Option> OfSheets { get; } = [Format, PngLevel];

    /// <summary>What the command line says of it.</summary>
    /// <exception cref="NetVizException">A name is unknown, or a number is out of range.</exception>
    public static Look Of(ParseResult parsed)
    {
        IList<Option> known = parsed.CommandResult.Command.Options;
        var look = new Look
        {
            Format = known.Contains(Format) ? CommonOptions.ParseChoice<SheetFormat>("--format", parsed.GetValue(Format)!) : SheetFormat.Png,
            Scale = known.Contains(Scale) ? ScaleOf(parsed.GetValue(Scale)) : null,
            Colours = known.Contains(Colours) ? parsed.GetValue(Colours) : null,
            Percentile = known.Contains(Percentile) ? parsed.GetValue(Percentile) : null,
            PngLevel = known.Contains(PngLevel) ? parsed.GetValue(PngLevel) : ImageFile.DefaultPngLevel,
            Parts = known.Contains(Write) ? PartsOf(parsed.GetValue(Write)) : SavedParts.All,
        };
        look.Check();
        return look;
    }

    /// <summary>A scale by its name; null for null.</summary>
    /// <exception cref="NetVizException">It is unknown.</exception>
    public static SheetScale? ScaleOf(string? name) => name?.ToLowerInvariant() switch
    {
        null => null,
        // The former name.
        "perpanel" => SheetScale.Own,
        _ => CommonOptions.ParseChoice<SheetScale>("--scale", name),
    };

    private static SavedParts PartsOf(string? names)
    {
        if (names is null) return SavedParts.All;
        SavedParts parts = SavedParts.None;
        foreach (string name in names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            parts |= name.ToLowerInvariant() switch
            {
                "png" => SavedParts.Png,
                "npy" => SavedParts.Npy,
                "json" => SavedParts.Json,
                "overlay" => SavedParts.Overlay,
                "sheet" => SavedParts.Sheet,
                _ => throw new NetVizException($"--write '{name}' is unknown; there are png, npy, json, overlay, sheet"),
            };
        }

        return parts;
    }
}
