using NetViz.Engine.Imaging;
using SkiaSharp;

namespace NetViz.Visualisation.Rendering.Pages;

/// <summary>A canvas of the image library: a page of a PDF, or pixels at any resolution. Text stays text where the file can hold it.</summary>
/// <param name="canvas">Is drawn on, in the sheet's units.</param>
internal class SkiaCanvas(SKCanvas canvas) : SheetCanvas
{
    public override int Measure(SheetLetters letters, string text)
    {
        if (text.Length == 0) return 0;
        using SKFont font = OutlineFont.Of(letters);
        return (int)Math.Ceiling(Math.Min(int.MaxValue / 2, font.MeasureText(text)));
    }

    public override void Write(SheetLetters letters, int x, int baseline, string text, Rgb colour)
    {
        using SKFont font = OutlineFont.Of(letters);
        using SKPaint paint = Paint(colour);
        canvas.DrawText(text, x, baseline, SKTextAlign.Left, font, paint);
    }

    public override void Paste(int x, int y, int width, int height, Photo photo)
    {
        using SKImage image = ImageFile.ToImage(photo);
        canvas.DrawImage(image, new SKRect(x, y, x + width, y + height),
            new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
    }

    public override void Fill(int x, int y, int width, int height, Rgb colour)
    {
        using SKPaint paint = Paint(colour);
        canvas.DrawRect(x, y, width, height, paint);
    }

    public override void Frame(int x, int y, int width, int height, Rgb colour)
    {
        using SKPaint paint = Paint(colour);
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeWidth = 1;
        canvas.DrawRect(x + 0.5f, y + 0.5f, width - 1, height - 1, paint);
    }

    public override void Gradient(int x, int y, int width, int height, ColorBar bar)
    {
        // The 256 colours themselves, as a picture of one row.
        var row = new Photo(256, 1, new byte[256 * 3]);
        for (int i = 0; i < 256; i++)
        {
            Rgb colour = bar.At((i + 0.5f) / 256);
            (row.Rgb[3 * i], row.Rgb[3 * i + 1], row.Rgb[3 * i + 2]) = (colour.R, colour.G, colour.B);
        }

        Paste(x, y, width, height, row);
    }

    private static SKPaint Paint(Rgb colour) => new() { Color = new SKColor(colour.R, colour.G, colour.B), IsAntialias = true };
}
