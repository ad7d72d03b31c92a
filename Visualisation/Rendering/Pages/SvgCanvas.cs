using System.Globalization;
using System.Security;
using System.Text;
using NetViz.Engine.Imaging;
using SkiaSharp;

namespace NetViz.Visualisation.Rendering.Pages;

/// <summary>
/// Writes SVG elements: text as text in the embedded typeface, pictures as PNG inside the file at their own resolution.
/// </summary>
internal sealed class SvgCanvas : SheetCanvas
{
    /// <summary>What the file calls the embedded typeface.</summary>
    public const string FamilyName = "NetViz Inter";

    private readonly StringBuilder _elements = new();
    private readonly int _pngLevel;
    private readonly SortedSet<int> _regular = [], _bold = [];

    public SvgCanvas(int pngLevel) => _pngLevel = pngLevel;

    /// <summary>Gets the elements so far.</summary>
    public string Elements => _elements.ToString();

    /// <summary>Gets the characters that were written in the regular and in the bold typeface.</summary>
    public (IReadOnlySet<int> Regular, IReadOnlySet<int> Bold) Characters => (_regular, _bold);

    public override int Measure(SheetLetters letters, string text)
    {
        if (text.Length == 0) return 0;
        using SKFont font = OutlineFont.Of(letters);
        return (int)Math.Ceiling(Math.Min(int.MaxValue / 2, font.MeasureText(text)));
    }

    public override void Write(SheetLetters letters, int x, int baseline, string text, Rgb colour)
    {
        SortedSet<int> characters = letters.IsBold ? _bold : _regular;
        foreach (Rune rune in text.EnumerateRunes()) characters.Add(rune.Value);
        _elements.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{x}\" y=\"{baseline}\" font-size=\"{OutlineFont.SizeOf(letters):0.##}\"")
            .Append(letters.IsBold ? " font-weight=\"600\"" : "")
            .Append(CultureInfo.InvariantCulture, $" fill=\"{Hex(colour)}\">{Escaped(text)}</text>\n");
    }

    public override void Paste(int x, int y, int width, int height, Photo photo) => _elements.Append(
        CultureInfo.InvariantCulture, $"<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" "
        + $"href=\"data:image/png;base64,{Convert.ToBase64String(ImageFile.EncodePng(photo, _pngLevel))}\"/>\n");

    public override void Fill(int x, int y, int width, int height, Rgb colour) => _elements.Append(CultureInfo.InvariantCulture,
        $"<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{Hex(colour)}\"/>\n");

    public override void Frame(int x, int y, int width, int height, Rgb colour) => _elements.Append(CultureInfo.InvariantCulture,
        $"<rect x=\"{x + 0.5}\" y=\"{y + 0.5}\" width=\"{width - 1}\" height=\"{height - 1}\" fill=\"none\" stroke=\"{Hex(colour)}\"/>\n");

    public override void Gradient(int x, int y, int width, int height, ColorBar bar)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"scale{x}-{y}");
        _elements.Append(CultureInfo.InvariantCulture, $"<linearGradient id=\"{name}\">");
        // A stop every eighth colour: between them sRGB is interpolated, as the eye sees no difference from the map itself.
        for (int stop = 0; stop <= 32; stop++)
        {
            _elements.Append(CultureInfo.InvariantCulture,
                $"<stop offset=\"{stop / 32.0:0.#####}\" stop-color=\"{Hex(bar.At(stop / 32f))}\"/>");
        }

        _elements.Append(CultureInfo.InvariantCulture,
            $"</linearGradient>\n<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"url(#{name})\"/>\n");
    }

    /// <summary>Returns a text as XML holds it; what XML cannot hold becomes a replacement character.</summary>
    public static string Escaped(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            plain.Append(rune.Value < 0x20 || rune.Value is 0xFFFE or 0xFFFF ? Rune.ReplacementChar.ToString() : rune.ToString());
        return SecurityElement.Escape(plain.ToString());
    }

    private static string Hex(Rgb colour) => $"#{colour.R:x2}{colour.G:x2}{colour.B:x2}";
}
