using System.Globalization;
using System.Text;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;
using SkiaSharp;

namespace NetViz.Visualisation.Plots;

/// <summary>Files in which what the image library draws stays lines and text.</summary>
internal static class VectorFile
{
    // A unit is a pixel of a plot; 96 of them are an inch, as in browsers.
    private const float PointsAUnit = 72f / 96;

    /// <summary>Draws into a file.</summary>
    /// <param name="format">PDF, SVG or WebP.</param>
    /// <param name="title">The document's title.</param>
    /// <param name="width">Units.</param>
    /// <param name="height">Units.</param>
    /// <param name="draw">Draws.</param>
    public static byte[] Encode(SheetFormat format, string title, int width, int height, Action<SKCanvas> draw) => format switch
    {
        SheetFormat.Pdf => Pdf(title, width * PointsAUnit, height * PointsAUnit, page =>
        {
            page.Scale(PointsAUnit);
            draw(page);
        }),
        SheetFormat.Svg => Svg(width, height, draw),
        SheetFormat.WebP => ImageFile.EncodeWebP(ImageFile.Drawn(width, height, draw), quality: 100),
        _ => ImageFile.EncodePng(ImageFile.Drawn(width, height, draw)),
    };

    /// <summary>Draws a PDF of one page. It holds no date, which would differ from run to run.</summary>
    /// <param name="title">The document's title.</param>
    /// <param name="width">Points.</param>
    /// <param name="height">Points.</param>
    /// <param name="draw">Draws.</param>
    public static byte[] Pdf(string title, float width, float height, Action<SKCanvas> draw)
    {
        using var data = new MemoryStream();
        using (var stream = new SKManagedWStream(data))
        {
            using SKDocument document = SKDocument.CreatePdf(stream, new SKDocumentPdfMetadata
            {
                Title = title,
                Creator = "NetViz",
                RasterDpi = 300,
                // Above 100 pictures are kept without loss.
                EncodingQuality = 101,
            });
            draw(document.BeginPage(width, height));
            document.EndPage();
            document.Close();
        }

        return data.ToArray();
    }

    private static byte[] Svg(int width, int height, Action<SKCanvas> draw)
    {
        using var data = new MemoryStream();
        using (var stream = new SKManagedWStream(data))
        using (SKCanvas canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), stream))
            draw(canvas);
        string text = Encoding.UTF8.GetString(data.ToArray());
        // The library names the typeface and does not embed it: its outlines follow, for the characters of the text.
        int end = text.IndexOf('>', text.IndexOf("<svg", StringComparison.Ordinal)) + 1;
        IEnumerable<int> characters = text.EnumerateRunes().Select(rune => rune.Value).Distinct().Order();
        string face = string.Create(CultureInfo.InvariantCulture, $"\n<!-- made by NetViz -->\n<style>{Face(InterFont.RegularFile, 400)}"
            + $"{Face(InterFont.BoldFile, 600)}</style>\n");
        return Encoding.UTF8.GetBytes(text.Insert(end, face));

        string Face(byte[] file, int weight) => $"@font-face{{font-family:Inter;font-weight:{weight};"
            + $"src:url(data:font/ttf;base64,{Convert.ToBase64String(FontSubset.Of(file, characters))})}}";
    }
}
