using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Visualisation.Rendering.Pages;

/// <summary>The kinds of files that a sheet or a figure can be.</summary>
public enum SheetFormat
{
    /// <summary>Pixels without loss.</summary>
    Png,

    /// <summary>Pixels without loss that can be seen, smaller.</summary>
    WebP,

    /// <summary>Text and lines as such, pictures as PNG inside.</summary>
    Svg,

    /// <summary>Text and lines as such on one page, pictures inside.</summary>
    Pdf,
}

/// <summary>Names of <see cref="SheetFormat"/>.</summary>
public static class SheetFormats
{
    /// <summary>Gets all names, as options and file names have them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["pdf", "svg", "png", "webp"];

    /// <summary>Returns the end of a file's name, with the dot.</summary>
    /// <param name="format">The format.</param>
    public static string Extension(this SheetFormat format) => format switch
    {
        SheetFormat.WebP => ".webp",
        SheetFormat.Svg => ".svg",
        SheetFormat.Pdf => ".pdf",
        _ => ".png",
    };

    /// <summary>Returns what such a file is as a result of netviz.</summary>
    /// <param name="format">The format.</param>
    public static ResultKind Kind(this SheetFormat format) => format switch
    {
        SheetFormat.WebP => ResultKind.Animation,
        SheetFormat.Svg => ResultKind.Drawing,
        SheetFormat.Pdf => ResultKind.Document,
        _ => ResultKind.Picture,
    };

    /// <summary>Returns the format of a file by its name.</summary>
    /// <param name="setting">What names the file, for the message.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="NetVizException">The name ends in something else.</exception>
    public static SheetFormat OfFile(string setting, string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => SheetFormat.Png,
        ".webp" => SheetFormat.WebP,
        ".svg" => SheetFormat.Svg,
        ".pdf" => SheetFormat.Pdf,
        var other => throw new NetVizException($"`{setting}` '{path}' ends in "
            + $"{(other.Length == 0 ? "no format" : $"'{other}'")}; supported are .pdf, .svg, .png and .webp"),
    };
}
