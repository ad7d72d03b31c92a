using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// Draws a raw signal as a colour image, as the DeconvNet and guided papers show their reconstructions: zero is middle grey,
/// each channel pushes its own colour up or down, and the scale is symmetric about zero.
/// </summary>
public static class SignalImage
{
    /// <summary>The scale of a signal: a percentile of the non-zero magnitudes of all channels.</summary>
    /// <param name="signal">What a backward pass left at the image, [N,C,H,W].</param>
    /// <param name="image">Which of the N.</param>
    /// <param name="percentile">0 to 100.</param>
    /// <exception cref="NetVizException">The signal holds NaN or infinity.</exception>
    public static MapScale ScaleOf(
        in ReadOnlyTensorSpan<float> signal, int image = 0, double percentile = MapScale.DefaultPercentile)
    {
        var magnitudes = new List<float>();
        MapScale.AddMagnitudes(SignalPlanes.Of(signal, image).Values, magnitudes);
        return new MapScale(MapScale.PercentileOf(magnitudes, percentile), percentile, IsSigned: true);
    }

    /// <summary>One scale for several signals: a percentile of the non-zero magnitudes of all of them together.</summary>
    /// <param name="signals">What backward passes left at the image, each [N,C,H,W].</param>
    /// <param name="image">Which of the N.</param>
    /// <param name="percentile">0 to 100.</param>
    /// <exception cref="NetVizException">A signal holds NaN or infinity.</exception>
    public static MapScale ScaleOf(
        IReadOnlyList<Tensor<float>> signals, int image = 0, double percentile = MapScale.DefaultPercentile)
    {
        ArgumentNullException.ThrowIfNull(signals);
        var magnitudes = new List<float>();
        foreach (var signal in signals)
            MapScale.AddMagnitudes(SignalPlanes.Of(signal, image).Values, magnitudes);
        return new MapScale(MapScale.PercentileOf(magnitudes, percentile), percentile, IsSigned: true);
    }

    /// <summary>The signal in the photograph's coordinates and size; faded photograph outside the crop.</summary>
    /// <param name="signal">Of one channel (drawn in grey) or three, [N,C,H,W].</param>
    /// <param name="image">Which of the N.</param>
    /// <param name="scale">The magnitude that is drawn as 0 or 255.</param>
    /// <param name="order">Which colours the three channels are.</param>
    /// <param name="placement">Where the network's input lies on the photograph.</param>
    /// <param name="photo">The photograph.</param>
    /// <exception cref="ArgumentException">The signal has not one or three channels, or does not fit the placement.</exception>
    public static Photo Draw(in ReadOnlyTensorSpan<float> signal, int image, in MapScale scale, ChannelOrder order,
        in InputPlacement placement, Photo photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        var planes = SignalPlanes.Of(signal, image);
        if (!CanDraw(planes.Channels))
            throw new ArgumentException($"A signal of {planes.Channels} channels is no image; 1 or 3 are.", nameof(signal));
        if ((placement.InputWidth, placement.InputHeight) != (planes.Width, planes.Height))
            throw new ArgumentException($"The placement is of an input of {placement.InputWidth}x{placement.InputHeight}, "
                + $"the signal has {planes.Width}x{planes.Height}.", nameof(placement));

        var resampling = new Resampling(placement, photo.Width, photo.Height);
        var picture = new Photo(photo.Width, photo.Height, GC.AllocateUninitializedArray<byte>(photo.Rgb.Length));
        for (var colour = 0; colour < 3; colour++)
        {
            var c = planes.Channels == 1 ? 0 : order == ChannelOrder.Bgr ? 2 - colour : colour;
            var plane = resampling.Resample((y, row) => planes.Row(c, y).CopyTo(row));
            for (var i = 0; i < plane.Length; i++)
                picture.Rgb[3 * i + colour] = float.IsNaN(plane[i])
                    ? HeatMap.Faded(photo.Rgb.AsSpan(3 * i, 3))
                    : (byte)Math.Round(128 + 127 * scale.Position(plane[i]));
        }
        return picture;
    }

    /// <summary>Whether a signal of the given number of channels can be drawn as an image.</summary>
    internal static bool CanDraw(nint channels) => channels is 1 or 3;
}
