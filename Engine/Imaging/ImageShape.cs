using NetViz.Kernels;

namespace NetViz.Engine.Imaging;

/// <summary>Views of a tensor's shape image by image.</summary>
public static class ImageShape
{
    /// <summary>
    /// Returns the shape of the same elements with the batch as its first axis. A tensor of one image may have lost its batch
    /// axis, as after a Squeeze of all axes, or have it elsewhere, as after a Transpose to [C, N]: it gets an axis of length 1.
    /// </summary>
    /// <param name="shape">The tensor's shape.</param>
    /// <param name="images">The number of images of the pass.</param>
    /// <returns>[<paramref name="images"/>, ...].</returns>
    /// <exception cref="NetVizException">The tensor holds several images and its first axis is not the batch.</exception>
    public static Shape WithImages(this Shape shape, int images) =>
        shape.Rank > 0 && shape[0] == images ? shape
        : images == 1 ? new Shape([1, .. shape.Lengths])
        : throw new NetVizException($"a tensor {shape} of {Counted.Of(images, "image")} does not have the batch as its "
            + "first axis",
            "look at one image at a time");
}
