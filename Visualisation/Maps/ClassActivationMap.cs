using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Visualisation.Maps;

/// <summary>How a class activation map weighs a layer's channels A_c by the class score's gradient G_c there.</summary>
public enum CamWeighting
{
    /// <summary>max(sum_c mean(G_c) A_c, 0): Grad-CAM (Selvaraju et al. 2017).</summary>
    GradCam,

    /// <summary>max(sum_c G_c A_c, 0), element by element: HiResCAM (Draelos, Carin 2020).</summary>
    HiResCam,

    /// <summary>max(sum_c max(G_c, 0) A_c, 0): LayerCAM (Jiang et al. 2021).</summary>
    LayerCam,
}

/// <summary>
/// A class activation map: a layer's activations, weighted by the gradient of the class's score at that layer and added over the
/// channels. It has the rows and columns of the layer.
/// </summary>
/// <param name="Values">[N, 1, h, w].</param>
/// <param name="Layer">The layer.</param>
public sealed record ClassActivationMap(Tensor<double> Values, string Layer)
{
    /// <summary>The last convolution whose output has rows and columns, at its output, before its rectifier.</summary>
    /// <exception cref="NetVizException">The network has none.</exception>
    public static string DefaultLayer(Network network, Shape input)
    {
        ArgumentNullException.ThrowIfNull(network);
        Shape[] shapes = network.InferShapes(input);
        Node? last = network.Nodes.LastOrDefault(node =>
            node.Layer is Conv && shapes[node.Output].H * shapes[node.Output].W > 1 && node.Output <= network.ScoreTensor);
        return last?.Name ?? throw new NetVizException($"network '{network.Name}' has no convolution whose output has rows and "
            + "columns: a class activation map needs one", "name a layer with `Layer`");
    }

    /// <summary>Computes a map of each image's class.</summary>
    /// <param name="record">A forward pass that kept the layer's activations.</param>
    /// <param name="classes">A class for each image.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="weighting">Which map.</param>
    /// <param name="isRectified">Whether what speaks against the class is set to 0 at the end, as the papers do.</param>
    /// <exception cref="NetVizException">The layer has no rows and columns, or its activations were not kept.</exception>
    public static ClassActivationMap Of(ForwardRecord record, IReadOnlyList<int> classes, string layer,
        CamWeighting weighting = CamWeighting.GradCam, bool isRectified = true)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(classes);
        Shape shape = record.ShapeOf(layer);
        if (shape.Rank != 4)
        {
            throw new NetVizException($"layer '{layer}' has the output shape {shape}; a class activation map needs rows and columns",
                "choose a layer before the network flattens");
        }

        var layout = record.Prepared.Network.LayoutOf(record.Prepared.Network.Find(layer));
        Tensor<double> activations = ToPlanes(record.ActivationInDouble(layer), layout);
        Tensor<double> gradients = ToPlanes(record.BackwardInDouble(Seed.Classes(classes), BackwardRule.Gradient, layer), layout);
        (int n, int channels, int height, int width) = ((int)activations.Lengths[0], (int)activations.Lengths[1],
            (int)activations.Lengths[2], (int)activations.Lengths[3]);
        double[] a = Flat(activations), g = Flat(gradients);
        int plane = height * width;
        var map = new double[n * plane];
        for (int i = 0; i < n; i++)
        {
            Span<double> of = map.AsSpan(i * plane, plane);
            for (int c = 0; c < channels; c++)
            {
                ReadOnlySpan<double> ac = a.AsSpan((i * channels + c) * plane, plane), gc = g.AsSpan((i * channels + c) * plane, plane);
                double mean = TensorPrimitives.Sum(gc) / plane;
                for (int p = 0; p < plane; p++)
                {
                    of[p] += ac[p] * weighting switch
                    {
                        CamWeighting.GradCam => mean,
                        CamWeighting.HiResCam => gc[p],
                        _ => Math.Max(gc[p], 0),
                    };
                }
            }

            for (int p = 0; p < plane && isRectified; p++) of[p] = Math.Max(of[p], 0);
        }

        return new ClassActivationMap(Numbers.Create(map, [n, 1, height, width]), layer);
    }

    /// <summary>The map enlarged to rows and columns of an input, [N, 1, H, W].</summary>
    public Tensor<double> Enlarged(int height, int width)
    {
        int n = (int)Values.Lengths[0], h = (int)Values.Lengths[2], w = (int)Values.Lengths[3];
        double[] values = Flat(Values);
        return Numbers.Create([.. Enumerable.Range(0, n).SelectMany(i =>
            BilinearGrid.Enlarge(values.AsSpan(i * h * w, h * w), h, w, height, width))], [n, 1, height, width]);
    }

    /// <summary>
    /// Guided Grad-CAM: the signal of guided back-propagation at the image, times the map enlarged to it (Selvaraju et al. 2017).
    /// </summary>
    /// <param name="record">The forward pass.</param>
    /// <param name="classes">A class for each image.</param>
    /// <returns>Of the input's shape.</returns>
    public Tensor<double> Guided(ForwardRecord record, IReadOnlyList<int> classes)
    {
        ArgumentNullException.ThrowIfNull(record);
        Tensor<double> signal = record.BackwardInDouble(Seed.Classes(classes), BackwardRule.Guided);
        bool isLast = record.Prepared.Network.LayoutOf(0) == Engine.Imaging.ImageLayout.Nhwc;
        int height = (int)signal.Lengths[isLast ? 1 : 2], width = (int)signal.Lengths[isLast ? 2 : 3];
        int channels = (int)signal.Lengths[isLast ? 3 : 1], plane = height * width;
        double[] cam = Flat(Enlarged(height, width)), values = Flat(signal);
        for (int i = 0; i < values.Length; i++)
        {
            int image = i / (channels * plane), place = isLast ? i % (channels * plane) / channels : i % plane;
            values[i] *= cam[image * plane + place];
        }

        return Numbers.Create(values, signal.Lengths);
    }

    private static double[] Flat(Tensor<double> tensor)
    {
        var values = new double[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }

    private static Tensor<double> ToPlanes(Tensor<double> tensor, Engine.Imaging.ImageLayout layout) =>
        layout == Engine.Imaging.ImageLayout.Nhwc && tensor.Rank == 4 ? Numbers.PermuteDimensions(tensor, [0, 3, 1, 2]) : tensor;
}
