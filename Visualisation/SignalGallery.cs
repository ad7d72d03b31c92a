using System.Numerics.Tensors;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Visualisation;

/// <summary>One signal of a gallery.</summary>
/// <param name="Caption">What stands above it; may be empty.</param>
/// <param name="Signal">What a backward pass left at the image, [1,C,H,W], of one or three channels.</param>
/// <param name="Note">What stands below it, before its scale; may be empty.</param>
public sealed record GalleryPanel(string Caption, Tensor<float> Signal, string Note = "");

/// <summary>Signals side by side.</summary>
/// <param name="Caption">What the row is, in the first column.</param>
/// <param name="Text">Below the caption; may be empty.</param>
/// <param name="Panels">From left to right.</param>
/// <param name="Picture">A picture for the first column; null leaves text alone.</param>
public sealed record GalleryRow(string Caption, string Text, IReadOnlyList<GalleryPanel> Panels, Photo? Picture = null);

/// <summary>Raw signals in rows and columns, for comparing many, with stated scales.</summary>
public static class SignalGallery
{
    /// <summary>Draws the sheet.</summary>
    /// <param name="title">First line.</param>
    /// <param name="subtitle">Second line.</param>
    /// <param name="photo">The photograph, which fades in where a signal does not reach.</param>
    /// <param name="placement">Where the network's input lies on it.</param>
    /// <param name="order">Which colours three channels are.</param>
    /// <param name="rows">From top to bottom.</param>
    /// <param name="panelSize">Longer side of each picture in pixels.</param>
    /// <param name="scale">Which signals have one scale.</param>
    public static SheetPage Draw(string title, string subtitle, Photo photo, InputPlacement placement, ChannelOrder order,
        IReadOnlyList<GalleryRow> rows, int panelSize = 200, SheetScale scale = SheetScale.Own)
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentNullException.ThrowIfNull(rows);
        (Photo small, InputPlacement laid) = PanelFrame.Of(photo, placement, panelSize);
        MapScale? all = scale == SheetScale.Shared
            ? SignalImage.ScaleOf([.. rows.SelectMany(row => row.Panels).Select(panel => panel.Signal)]) : null;
        MapScale? OfRow(GalleryRow row) =>
            scale == SheetScale.Row && row.Panels.Count > 0 ? SignalImage.ScaleOf([.. row.Panels.Select(panel => panel.Signal)]) : all;
        string stated = scale switch
        {
            SheetScale.Shared => "one scale for all pictures",
            SheetScale.Row => "one scale for each row",
            _ => "each picture with its own scale",
        };
        return Sheet.Page(title, subtitle.Length == 0 ? stated : $"{subtitle}; {stated}", [.. rows.Select(row => new SheetRow(
        [
            new SheetPanel(row.Caption, row.Picture is null ? null : Fit(row.Picture, panelSize), row.Text),
            .. row.Panels.Select(panel => Panel(panel, OfRow(row), laid, small, order)),
        ]))]);
    }

    /// <summary>Whether signals of the given number of channels can be drawn.</summary>
    public static bool CanDraw(nint channels) => SignalImage.CanDraw(channels);

    private static Photo Fit(Photo picture, int panelSize) =>
        PanelFrame.Of(picture, new InputPlacement(1, 1, 0, 0, picture.Width, picture.Height), panelSize).Photo;

    private static SheetPanel Panel(GalleryPanel panel, MapScale? shared, in InputPlacement placement, Photo photo, ChannelOrder order)
    {
        MapScale own = SignalImage.ScaleOf(panel.Signal), scale = shared ?? own;
        Photo picture = SignalImage.Draw(panel.Signal, 0, scale, order, placement, photo);
        string size = own.Limit == 0 ? "every value is 0" : $"±{Sheet.Number(scale.Limit)}"
            + (own.Limit < SaliencyPictures.NearlyEmptyShare * scale.Limit ? ", nearly empty here: its own scale shows it" : "");
        return new SheetPanel(panel.Caption, picture, panel.Note.Length == 0 ? size : $"{panel.Note}; {size}");
    }
}
