using System.Collections.Concurrent;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering.Text;

namespace NetViz.Visualisation.Rendering.Pages;

/// <summary>A picture as canvas: a pixel a unit, letters as strokes, the same bytes on every machine.</summary>
/// <param name="page">Is drawn on.</param>
internal sealed class PixelCanvas(Photo page) : SheetCanvas
{
    private static readonly ConcurrentDictionary<SheetLetters, Lettering> Letterings = new();

    public override int Measure(SheetLetters letters, string text) => Of(letters).Measure(text);

    public override string Fit(SheetLetters letters, string text, int width) => Of(letters).Fit(text, width);

    public override void Write(SheetLetters letters, int x, int baseline, string text, Rgb colour) =>
        Of(letters).Write(page, x, baseline, text, colour);

    public override void Paste(int x, int y, int width, int height, Photo photo) =>
        page.Paste(x, y, (photo.Width, photo.Height) == (width, height) ? photo : photo.Resize(width, height));

    public override void Fill(int x, int y, int width, int height, Rgb colour) => page.Fill(x, y, width, height, colour);

    public override void Frame(int x, int y, int width, int height, Rgb colour) => page.Frame(x, y, width, height, colour);

    public override void Gradient(int x, int y, int width, int height, ColorBar bar)
    {
        for (int i = 0; i < width; i++) page.Fill(x + i, y, 1, height, bar.At((i + 0.5f) / width));
    }

    private static Lettering Of(SheetLetters letters) =>
        Letterings.GetOrAdd(letters, size => new Lettering(size.CapHeight, size.StrokeWidth));
}
