namespace NetViz.Engine.Imaging;

/// <summary>The size at which a picture just covers a frame, before it is cut at the centre.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct CoveringSize(long Width, long Height)
{
    // A strip of 1 x 100000 pixels, scaled until it covers 256 x 256, would have billions.
    private const long MostPixels = 100_000_000;

    /// <summary>
    /// The side that just reaches the frame's gets that length exactly; the other is rounded down, as torchvision does.
    /// </summary>
    /// <param name="width">The picture's columns.</param>
    /// <param name="height">Its rows.</param>
    /// <param name="frameWidth">The frame's columns.</param>
    /// <param name="frameHeight">Its rows.</param>
    public static CoveringSize Of(int width, int height, int frameWidth, int frameHeight) =>
        (long)width * frameHeight <= (long)height * frameWidth
            ? new(frameWidth, (long)frameWidth * height / width)
            : new((long)frameHeight * width / height, frameHeight);

    /// <summary>Whether a picture of the given number of rows can be brought to this size.</summary>
    // Rows are resized first: there is a picture of the new width and the old height in between.
    public bool IsReachableFrom(int height) => Math.Max(Height, height) * (Int128)Width <= MostPixels;
}
