using System.Globalization;
using System.Text;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Plots;
using SkiaSharp;

namespace NetViz.Visualisation.Rendering.Pages;

/// <summary>
/// A sheet that is laid out but not drawn yet: it can become pixels, or a file in which text is text and lines are lines.
/// </summary>
public sealed class SheetPage
{
    // A unit of a command's sheet is a pixel; on paper 144 of them are an inch.
    private const double UnitsAnInch = 144, MillimetresAnInch = 25.4, PointsAnInch = 72;

    private readonly Sheet _sheet;

    internal SheetPage(Sheet sheet) => _sheet = sheet;

    /// <summary>Draws it a pixel a unit, in letters of strokes: the same bytes on every machine.</summary>
    public Photo ToPhoto()
    {
        (int width, int height) = _sheet.Measure(new PixelCanvas(Painting.Blank(1, 1, Rgb.Grey(255))));
        Photo page = Painting.Blank(width, height, Rgb.Grey(255));
        _sheet.Draw(new PixelCanvas(page));
        return page;
    }

    /// <summary>Computes the bytes of a file. The same sheet gives the same bytes.</summary>
    /// <param name="format">What kind of file.</param>
    /// <param name="pngLevel">The compression of PNG pictures, 0 to 9.</param>
    public byte[] Encode(SheetFormat format, int pngLevel = ImageFile.DefaultPngLevel) => format switch
    {
        SheetFormat.Png => ImageFile.EncodePng(ToPhoto(), pngLevel),
        SheetFormat.WebP => ImageFile.EncodeWebP(ToPhoto(), quality: 100),
        _ => Encode(format, millimetresAUnit: MillimetresAnInch / UnitsAnInch, dpi: UnitsAnInch, pngLevel),
    };

    /// <summary>Computes the bytes of a file of a size on paper, in outline letters.</summary>
    /// <param name="format">What kind of file.</param>
    /// <param name="millimetresAUnit">The size of a unit.</param>
    /// <param name="dpi">Pixels an inch, of formats of pixels.</param>
    /// <param name="pngLevel">The compression of PNG pictures, 0 to 9.</param>
    internal byte[] Encode(SheetFormat format, double millimetresAUnit, double dpi, int pngLevel) => format switch
    {
        SheetFormat.Svg => Svg(millimetresAUnit, pngLevel),
        SheetFormat.Pdf => Pdf(millimetresAUnit),
        SheetFormat.WebP => ImageFile.EncodeWebP(Pixels(millimetresAUnit * dpi / MillimetresAnInch), quality: 100),
        _ => ImageFile.EncodePng(Pixels(millimetresAUnit * dpi / MillimetresAnInch), pngLevel),
    };

    private byte[] Svg(double millimetresAUnit, int pngLevel)
    {
        var canvas = new SvgCanvas(pngLevel);
        (int width, int height) = _sheet.Measure(canvas);
        _sheet.Draw(canvas);
        (IReadOnlySet<int> regular, IReadOnlySet<int> bold) = canvas.Characters;
        string file = string.Create(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width * millimetresAUnit:0.###}mm\" "
            + $"height=\"{height * millimetresAUnit:0.###}mm\" viewBox=\"0 0 {width} {height}\">\n<!-- made by NetViz -->\n"
            + $"<title>{SvgCanvas.Escaped(_sheet.Title)}</title>\n<style>{Face(InterFont.RegularFile, regular, 400)}"
            + $"{Face(InterFont.BoldFile, bold, 600)}text{{font-family:'{SvgCanvas.FamilyName}',Inter,Helvetica,Arial,sans-serif;"
            + $"white-space:pre}}</style>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{canvas.Elements}</svg>\n");
        return Encoding.UTF8.GetBytes(file);
    }

    private static string Face(byte[] font, IReadOnlySet<int> characters, int weight) => characters.Count == 0 ? "" :
        string.Create(CultureInfo.InvariantCulture, $"@font-face{{font-family:'{SvgCanvas.FamilyName}';font-weight:{weight};"
            + $"src:url(data:font/ttf;base64,{Convert.ToBase64String(FontSubset.Of(font, characters))})}}");

    private byte[] Pdf(double millimetresAUnit)
    {
        (int width, int height) = _sheet.Measure(Measuring);
        float scale = (float)(millimetresAUnit / MillimetresAnInch * PointsAnInch);
        return VectorFile.Pdf(_sheet.Title, width * scale, height * scale, page =>
        {
            page.Scale(scale);
            _sheet.Draw(new SkiaCanvas(page));
        });
    }

    private Photo Pixels(double pixelsAUnit)
    {
        (int width, int height) = _sheet.Measure(Measuring);
        (int columns, int rows) = (Math.Max(1, (int)Math.Round(width * pixelsAUnit)), Math.Max(1, (int)Math.Round(height * pixelsAUnit)));
        return ImageFile.Drawn(columns, rows, canvas =>
        {
            canvas.Clear(SKColors.White);
            canvas.Scale((float)pixelsAUnit);
            _sheet.Draw(new SkiaCanvas(canvas));
        });
    }

    private static SkiaCanvas Measuring { get; } = new(new SKNoDrawCanvas(1, 1));
}
