using NetViz.Analysis.Stepping;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Procedures;
using NetViz.Visualisation.Proofs;
using NetViz.Visualisation.Rendering;
using Spectre.Console;

namespace NetViz.Cli.Step;

/// <summary>How a frame's picture is drawn.</summary>
internal enum PictureStyle
{
    /// <summary>No picture.</summary>
    None,

    /// <summary>ASCII characters from blank to @.</summary>
    Shades,

    /// <summary>Half blocks: two pixels a cell, in colour.</summary>
    Blocks,

    /// <summary>Pixels, for terminals that take sixels.</summary>
    Sixel,
}

/// <summary>
/// Lays a view out on a page: above, the image and class, the trajectory and the position; in the middle the picture of the
/// signal and beside it what the layer does to it; below, what the picture shows, the element, messages and keys.
/// </summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Style">How the picture is drawn.</param>
/// <param name="CellPixels">Pixels of a cell, for sixels.</param>
internal sealed record StepFrame(int Width, int Height, PictureStyle Style, (int Width, int Height) CellPixels)
{
    /// <summary>The smallest page on which anything can be told.</summary>
    public static readonly (int Width, int Height) Smallest = (40, 12);

    /// <summary>Columns that the text beside the picture needs.</summary>
    private const int TextWidth = 44;

    private const int Top = 3;

    private static readonly CellStyle Bold = new(Bold: true), Faint = new(Faint: true);

    // Ten shades of rising ink.
    private const string Shades = " .:-=+*#%@";

    private int BodyRows => Height - Top - 4;

    private int PictureColumns => Style == PictureStyle.None ? 0 : Math.Max(0, Math.Min(2 * BodyRows, Width - TextWidth - 2));

    /// <summary>The page.</summary>
    public Screen Draw(StepView view)
    {
        var screen = new Screen(Width, Height);
        if (Width < Smallest.Width || Height < Smallest.Height)
        {
            screen.Put(0, 0, "Too small: 80 x 24 is right.");
            return screen;
        }

        if (view.ShowsHelp)
        {
            for (int row = 0; row < StepHelp.Lines.Count && row < Height; row++) screen.Put(row, 0, StepHelp.Lines[row]);
            return screen;
        }

        Header(screen, view);
        string caption = Picture(screen, view);
        int column = PictureColumns == 0 ? 0 : PictureColumns + 2;
        IReadOnlyList<(string Text, CellStyle Style)> lines = StepLines.Of(view, Width - column, BodyRows);
        for (int i = 0; i < lines.Count && i < BodyRows; i++) screen.Put(Top + i, column, lines[i].Text, lines[i].Style);
        screen.Put(Height - 3, 0, caption, Faint);
        if (StepElement.Line(view) is string element) screen.Put(Height - 2, 0, $"element {element}");
        Footer(screen, view);
        return screen;
    }

    private void Header(Screen screen, StepView view)
    {
        Descent walk = view.Descent;
        string position = walk.Node is null ? $"the end, {Counted.Of(walk.Count, "layer")}" : $"layer {walk.Position + 1} "
            + $"of {walk.Count}";
        screen.Put(0, Width - position.Length, position);
        screen.Put(0, 0, view.Subject.Title, Bold, Width - position.Length - 2);
        int free = Width - screen.Put(1, 0, $"rule: {walk.Trajectory}");
        string model = Printable.Line(view.Subject.Model);
        if (model.GetCellWidth() + 2 <= free) screen.Put(1, Width - model.GetCellWidth(), model, Faint);
        screen.Put(2, 0, new string('-', Width), Faint);
    }

    private void Footer(Screen screen, StepView view)
    {
        string? line = view.Prompt switch
        {
            StepPrompt.Channel => $"channel, 0 to {view.ChannelsOf(view.ShownTensor) - 1} (Enter alone: all): {view.Typed}_",
            StepPrompt.Element =>
                $"element of the signal above, {ElementForm(view)} (Enter alone: the largest |R|): {view.Typed}_",
            _ => view.Message,
        };
        if (line is not null) screen.Put(Height - 4, 0, line, Bold);
        screen.Put(Height - 1, 0, StepHelp.Footer, Faint);
    }

    private static string ElementForm(StepView view) => view.ShapeOf(view.Descent.Tensor).WithImages(1) is { Rank: 4 } ? "c,y,x"
        : view.ShapeOf(view.Descent.Tensor).WithImages(1) is { Rank: 2 } ? "its number" : "its coordinates";

    /// <summary>Draws the picture.</summary>
    /// <returns>What it shows, on which scale.</returns>
    private string Picture(Screen screen, StepView view)
    {
        if (PictureColumns < 4) return "";
        bool sixel = Style == PictureStyle.Sixel;
        int width = sixel ? PictureColumns * CellPixels.Width : PictureColumns;
        int height = sixel ? BodyRows * CellPixels.Height : 2 * BodyRows;
        if (view.ShowsImage) return Image(screen, view, width, height);
        SignalThumbnail small = Thumbnail(view, width, height);
        if (Style == PictureStyle.Shades) PutShades(screen, small);
        else PutColours(screen, small.Colour(view.Subject.Order));
        return StepCaption.Of(view, small, signed: Style != PictureStyle.Shades);
    }

    private SignalThumbnail Thumbnail(StepView view, int width, int height)
    {
        SignalThumbnail Of(double[] signal, int tensor, MapScale? scale = null)
        {
            SignalAspect aspect = view.Channel is not null ? SignalAspect.OneChannel
                : view.ShowsColours && Style != PictureStyle.Shades ? SignalAspect.Colours
                : SignalAspect.AllChannels;
            return SignalThumbnail.Of(signal, view.ShapeOf(tensor), view.Network.LayoutOf(tensor), aspect, view.Channel ?? 0,
                width, height, scale);
        }

        // Below a rectifier on the scale of what came from above, so that the two can be compared.
        MapScale? shared = view is { Input: not null, Descent.Passage.Rectifier: not null }
            ? Of(view.Descent.Signal, view.Descent.Tensor).Scale
            : null;
        return Of(view.ShownSignal, view.ShownTensor, shared);
    }

    private string Image(Screen screen, StepView view, int width, int height)
    {
        Photo photo = PhotoThumbnail.Of(view.Subject.Input!, width, height);
        if (Style == PictureStyle.Shades)
        {
            for (int row = 0; row < (photo.Height + 1) / 2; row++)
            for (int x = 0; x < photo.Width; x++)
                screen.Put(Top + row, x, ShadeOf(PhotoThumbnail.Luma(photo, x, 2 * row)));
        }
        else
        {
            PutColours(screen, photo);
        }

        return "the photograph, cropped as for the network";
    }

    private static void PutShades(Screen screen, SignalThumbnail small)
    {
        for (int row = 0; row < (small.Height + 1) / 2; row++)
        for (int x = 0; x < small.Width; x++)
        {
            float lower = 2 * row + 1 < small.Height ? small.Shade(x, 2 * row + 1) : 0;
            screen.Put(Top + row, x, ShadeOf(Math.Max(small.Shade(x, 2 * row), lower)));
        }
    }

    // Blank is what is 0 or nearly so.
    private static string ShadeOf(float share) =>
        Shades[Math.Clamp((int)Math.Ceiling(share * (Shades.Length - 1) - 0.05f), 0, Shades.Length - 1)].ToString();

    private void PutColours(Screen screen, Photo photo)
    {
        if (Style == PictureStyle.Sixel)
        {
            screen.Pixels = (Top, 0, photo);
            return;
        }

        Rgb At(int x, int y)
        {
            ReadOnlySpan<byte> pixel = photo.Rgb.AsSpan(3 * (y * photo.Width + x), 3);
            return new Rgb(pixel[0], pixel[1], pixel[2]);
        }

        for (int y = 0; y < photo.Height; y += 2)
        for (int x = 0; x < photo.Width; x++)
        {
            Rgb? lower = y + 1 < photo.Height ? At(x, y + 1) : null;
            screen.Put(Top + y / 2, x, "\u2580", new CellStyle(Foreground: At(x, y), Background: lower));
        }
    }
}
