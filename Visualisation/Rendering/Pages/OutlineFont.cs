using NetViz.Visualisation.Plots;
using SkiaSharp;

namespace NetViz.Visualisation.Rendering.Pages;

/// <summary>The typeface of sheets that hold text as text: Inter, which comes with the program.</summary>
internal static class OutlineFont
{
    // Inter's capitals are 1,490 of 2,048 units high.
    private const float CapsOfSize = 1490f / 2048;

    private static readonly Lazy<SKTypeface> Regular = new(() => Load(InterFont.RegularFile)),
        Bold = new(() => Load(InterFont.BoldFile));

    /// <summary>Returns the size of the letters, which typographers give as the height of a line set solid.</summary>
    public static float SizeOf(SheetLetters letters) => letters.CapHeight / CapsOfSize;

    /// <summary>Creates the font of letters; the caller disposes it.</summary>
    public static SKFont Of(SheetLetters letters) => new(letters.IsBold ? Bold.Value : Regular.Value, SizeOf(letters))
    {
        // Widths do not depend on the resolution.
        Subpixel = true,
        Hinting = SKFontHinting.None,
        LinearMetrics = true,
    };

    private static SKTypeface Load(byte[] file)
    {
        using SKData data = SKData.CreateCopy(file);
        return SKTypeface.FromData(data) ?? throw new InvalidOperationException("the font that comes with the program cannot be read");
    }
}
