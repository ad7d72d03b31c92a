namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// Padding, jitter, scaling, rotation and resizing as one resampling. View pixel (y, x) takes the image at
/// (sy, sx) = centre + M (y - centre, x - centre) + shift by bilinear interpolation; outside the image lies 0, the mean of the
/// training set. Several steps one after the other would blur several times.
/// </summary>
public sealed class AffineView : IPixelView
{
    private readonly int _height;
    private readonly int _width;
    private readonly double _cos;
    private readonly double _sin;
    private readonly double _down;
    private readonly double _right;

    /// <summary>Creates it; M = zoom (cos, -sin; sin, cos).</summary>
    /// <param name="height">Rows of image and view.</param>
    /// <param name="width">Columns of image and view.</param>
    /// <param name="zoom">Image pixels for a step of one view pixel: above 1 the view shows more than the image.</param>
    /// <param name="degrees">The turn.</param>
    /// <param name="down">The shift in rows of the image.</param>
    /// <param name="right">The shift in columns of the image.</param>
    public AffineView(int height, int width, double zoom, double degrees, double down, double right)
    {
        (_height, _width, _down, _right) = (height, width, down, right);
        (double sin, double cos) = Math.SinCos(degrees * Math.PI / 180);
        (_cos, _sin) = (zoom * cos, zoom * sin);
    }

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<float> image, Span<float> view)
    {
        int plane = _height * _width;
        for (int i = 0; i < plane; i++)
        {
            Corners at = CornersOf(i);
            for (int c = 0; c * plane < view.Length; c++)
            {
                ReadOnlySpan<float> from = image.Slice(c * plane, plane);
                float sum = 0;
                for (int k = 0; k < 4; k++)
                {
                    (int index, float weight) = at[k];
                    if (index >= 0) sum += weight * from[index];
                }

                view[c * plane + i] = sum;
            }
        }
    }

    /// <inheritdoc/>
    public void Backward(ReadOnlySpan<float> viewSignal, Span<float> imageSignal)
    {
        int plane = _height * _width;
        imageSignal.Clear();
        // The same weights the other way: each view pixel adds its signal to the four pixels that it took from.
        for (int i = 0; i < plane; i++)
        {
            Corners at = CornersOf(i);
            for (int c = 0; c * plane < viewSignal.Length; c++)
            {
                Span<float> to = imageSignal.Slice(c * plane, plane);
                for (int k = 0; k < 4; k++)
                {
                    (int index, float weight) = at[k];
                    if (index >= 0) to[index] += weight * viewSignal[c * plane + i];
                }
            }
        }
    }

    private Corners CornersOf(int i)
    {
        double cy = (_height - 1) / 2.0, cx = (_width - 1) / 2.0, y = i / _width - cy, x = i % _width - cx;
        double sy = cy + _cos * y - _sin * x + _down, sx = cx + _sin * y + _cos * x + _right;
        int top = (int)Math.Floor(sy), left = (int)Math.Floor(sx);
        return new Corners(this, top, left, (float)(sy - top), (float)(sx - left));
    }

    // The four pixels around a place, with their bilinear weights; index -1 for one outside the image.
    private readonly record struct Corners(AffineView View, int Top, int Left, float Lower, float Rightward)
    {
        public (int Index, float Weight) this[int k]
        {
            get
            {
                int y = Top + k / 2, x = Left + k % 2;
                bool inside = (uint)y < (uint)View._height && (uint)x < (uint)View._width;
                float weight = (k / 2 == 0 ? 1 - Lower : Lower) * (k % 2 == 0 ? 1 - Rightward : Rightward);
                return (inside ? y * View._width + x : -1, weight);
            }
        }
    }
}
