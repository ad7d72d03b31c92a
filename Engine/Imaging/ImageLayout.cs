using System.Numerics.Tensors;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Engine.Imaging;

/// <summary>The order of an image tensor's axes.</summary>
public enum ImageLayout
{
    /// <summary>[N, C, H, W]: each channel a plane, as PyTorch and ONNX's own operators have it.</summary>
    Nchw,

    /// <summary>[N, H, W, C]: each pixel with its channels, as TensorFlow and Keras have it.</summary>
    Nhwc,
}

/// <summary>From one layout to the other.</summary>
public static class ImageLayouts
{
    /// <summary>The lengths of one image's axes in a layout, without the batch.</summary>
    public static int[] Lengths(this ImageLayout layout, int channels, int height, int width) =>
        layout == ImageLayout.Nchw ? [channels, height, width] : [height, width, channels];

    /// <summary>An image tensor or a signal at one as [N, C, H, W]; the given one itself where it has that layout.</summary>
    /// <param name="tensor">Of four axes.</param>
    /// <param name="layout">Its layout.</param>
    public static Tensor<float> ToPlanes(this Tensor<float> tensor, ImageLayout layout) =>
        layout == ImageLayout.Nchw ? tensor : Numbers.PermuteDimensions(tensor, [0, 3, 1, 2]);
}
