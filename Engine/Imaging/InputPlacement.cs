namespace NetViz.Engine.Imaging;

/// <summary>
/// Where the network's input lies on the photograph: the resize and crop of preprocessing, as an axis-aligned
/// affine map, so that a map of the input can be laid back over the photograph.
/// Continuous coordinates: pixel i covers [i, i+1), its centre is i + 0.5.
/// </summary>
/// <param name="InputWidth">Width of the network's input in pixels.</param>
/// <param name="InputHeight">Height of the network's input in pixels.</param>
/// <param name="Left">Photograph x of the input's left edge; negative where the crop reaches outside.</param>
/// <param name="Top">Photograph y of the input's top edge.</param>
/// <param name="Width">Width of the input's area on the photograph, in photograph pixels.</param>
/// <param name="Height">Height of the input's area on the photograph, in photograph pixels.</param>
public readonly record struct InputPlacement(int InputWidth, int InputHeight, double Left, double Top, double Width,
    double Height)
{
    /// <summary>Photograph x of a continuous input x.</summary>
    public double ToPhotoX(double inputX) => Left + inputX * Width / InputWidth;

    /// <summary>Photograph y of a continuous input y.</summary>
    public double ToPhotoY(double inputY) => Top + inputY * Height / InputHeight;

    /// <summary>Input x of a continuous photograph x.</summary>
    public double ToInputX(double photoX) => (photoX - Left) * InputWidth / Width;

    /// <summary>Input y of a continuous photograph y.</summary>
    public double ToInputY(double photoY) => (photoY - Top) * InputHeight / Height;
}
