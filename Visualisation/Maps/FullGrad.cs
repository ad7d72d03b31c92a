using System.Numerics.Tensors;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Kernels;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Visualisation.Maps;

/// <summary>
/// FullGrad (Srinivas, Fleuret 2019, arXiv 1905.00780): input times gradient, and at each layer its biases times the gradient
/// there. Of each part the magnitudes, brought to 0 .. 1 in each image, enlarged to the input and added over the channels.
/// </summary>
public static class FullGrad
{
    /// <summary>Computes the map.</summary>
    /// <param name="record">What the forward pass left; it kept <see cref="TaylorLedger.Keeps"/>.</param>
    /// <param name="classes">A class for each image.</param>
    /// <returns>[N, 1, H, W].</returns>
    public static Tensor<double> Of(ForwardRecord record, IReadOnlyList<int> classes)
    {
        ArgumentNullException.ThrowIfNull(record);
        Shape input = record.InputShape;
        bool isLast = record.Prepared.Network.LayoutOf(0) == ImageLayout.Nhwc;
        (int height, int width) = isLast ? (input[1], input[2]) : (input.H, input.W);
        var map = new double[input.N * height * width];
        FullGradientPart.Each(record, classes, part =>
        {
            bool isPartLast = record.Prepared.Network.LayoutOf(record.Prepared.Network.Find(part.Layer)) == ImageLayout.Nhwc;
            (int channels, int h, int w) = isPartLast
                ? (part.Shape[3], part.Shape[1], part.Shape[2])
                : (part.Shape.C, part.Shape.H, part.Shape.W);
            int plane = h * w, each = channels * plane;
            for (int n = 0; n < input.N; n++)
            {
                double[] values = [.. part.Values.AsSpan(n * each, each).ToArray().Select(Math.Abs)];
                double least = values.Min(), span = values.Max() - least;
                if (!(span > 0)) continue;

                // Enlarging is linear: the channels are added first.
                var sum = new double[plane];
                for (int i = 0; i < each; i++) sum[isPartLast ? i / channels : i % plane] += (values[i] - least) / span;
                double[] enlarged = (h, w) == (height, width) ? sum : BilinearGrid.Enlarge(sum, h, w, height, width);
                TensorPrimitives.Add(map.AsSpan(n * height * width, height * width), enlarged,
                    map.AsSpan(n * height * width, height * width));
            }
        });
        return Numbers.Create(map, [input.N, 1, height, width]);
    }
}
