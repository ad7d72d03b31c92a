using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation;

/// <summary>
/// One number a pixel: a signal at the image, reduced over its channels. Values are raw, in units of score per unit of
/// network input; only drawing scales them. NaN marks pixels without data: those of a photograph outside the crop.
/// </summary>
public sealed class SaliencyMap
{
    private readonly float[] _values;

    /// <summary>Wraps values without copying them.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="values">Row by row, [height, width]; NaN where there is no data.</param>
    /// <param name="reduction">What made the values.</param>
    /// <exception cref="ArgumentException">There are not width * height values.</exception>
    public SaliencyMap(int width, int height, float[] values, Reduction reduction)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(values);
        if (values.LongLength != (long)width * height)
            throw new ArgumentException(
                $"A {width}x{height} map has {(long)width * height} values, not {values.LongLength}.", nameof(values));
        (Width, Height, _values, Reduction) = (width, height, values, reduction);
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>How the channels were reduced.</summary>
    public Reduction Reduction { get; }

    /// <summary>Whether values below zero have a meaning.</summary>
    public bool IsSigned => Reduction == Reduction.Signed;

    /// <summary>All values, row by row, [Height, Width].</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>The value at a pixel; NaN where there is no data.</summary>
    /// <param name="y">Row, 0 at the top.</param>
    /// <param name="x">Column, 0 at the left.</param>
    public float this[int y, int x] => Row(y)[x];

    /// <summary>The values of one row, [Width].</summary>
    /// <param name="y">Row, 0 at the top.</param>
    public ReadOnlySpan<float> Row(int y)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)Height, nameof(y));
        return _values.AsSpan(y * Width, Width);
    }

    /// <summary>The greatest magnitude; 0 where there is no data at all.</summary>
    public float Peak
    {
        get
        {
            var peak = 0f;
            foreach (var value in _values)
                peak = MathF.Max(peak, float.IsNaN(value) ? 0 : MathF.Abs(value));
            return peak;
        }
    }

    /// <summary>Reduces one image's signal to a map of the network's input.</summary>
    /// <param name="signal">What a backward pass left at the image, [N,C,H,W].</param>
    /// <param name="image">Which of the N.</param>
    /// <param name="reduction">How the channels become one number.</param>
    /// <exception cref="ArgumentException">The signal is not of rank 4, or has no such image.</exception>
    /// <exception cref="NetVizException">The signal holds NaN or infinity.</exception>
    public static SaliencyMap Of(in ReadOnlyTensorSpan<float> signal, int image = 0, Reduction reduction = Reduction.Max)
    {
        var planes = SignalPlanes.Of(signal, image);
        var map = new float[planes.Height * planes.Width];
        for (var c = 0; c < planes.Channels; c++)
        {
            var w = planes[c];
            switch (reduction)
            {
                case Reduction.Max:
                    TensorPrimitives.Abs(w, w);
                    TensorPrimitives.Max(map, w, map);
                    break;
                case Reduction.Sum or Reduction.Mean:
                    TensorPrimitives.Abs(w, w);
                    TensorPrimitives.Add(map, w, map);
                    break;
                case Reduction.Signed:
                    TensorPrimitives.Add(map, w, map);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "There is no such reduction.");
            }
        }
        if (reduction == Reduction.Mean)
            TensorPrimitives.Divide(map, planes.Channels, map);
        return new SaliencyMap(planes.Width, planes.Height, map, reduction);
    }

    /// <summary>
    /// The map in a photograph's own coordinates and size: resize and crop undone. Enlarged bilinearly, made smaller by the mean
    /// over the area of each pixel. Pixels whose centre lies outside the crop hold NaN.
    /// </summary>
    /// <param name="placement">Where the map lies on the photograph.</param>
    /// <param name="photoWidth">Width of the photograph in pixels.</param>
    /// <param name="photoHeight">Height of the photograph in pixels.</param>
    /// <exception cref="ArgumentException">The placement is for an input of another size, or covers no area.</exception>
    public SaliencyMap ToPhoto(in InputPlacement placement, int photoWidth, int photoHeight)
    {
        if ((placement.InputWidth, placement.InputHeight) != (Width, Height))
            throw new ArgumentException(
                $"The placement is of an input of {placement.InputWidth}x{placement.InputHeight}, the map has {Width}x{Height}.",
                nameof(placement));
        var laid = new Resampling(placement, photoWidth, photoHeight).Resample((y, row) => Row(y).CopyTo(row));
        return new SaliencyMap(photoWidth, photoHeight, laid, Reduction);
    }
}
