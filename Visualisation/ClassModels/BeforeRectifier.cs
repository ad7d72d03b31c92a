using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// Class scores that are the mean of a rectified map for each class, as in SqueezeNet and Network in Network: Conv, ReLU,
/// average pooling. Where a map is 0 everywhere its gradient is 0 as well.
/// </summary>
internal static class BeforeRectifier
{
    /// <summary>The tensor that goes into the ReLU; null where no ReLU stands there.</summary>
    public static int? Find(Network network, Shape input)
    {
        int tensor = network.ScoreTensor;
        while (tensor > 0)
        {
            Node node = network.Nodes[tensor - 1];
            if (node.Layer is Relu) return HasMapForEachClass(network, node.Inputs[0], input) ? node.Inputs[0] : null;
            if (node.Layer is not (AveragePool or Reshape or Identity)) return null;
            tensor = node.Inputs[0];
        }

        return null;
    }

    private static bool HasMapForEachClass(Network network, int tensor, Shape input)
    {
        Shape[] shapes = network.InferShapes(input);
        Shape map = shapes[tensor];
        return map.Rank == 4
            && map[network.LayoutOf(tensor) == ImageLayout.Nhwc ? 3 : 1] == shapes[network.ScoreTensor].Count / input.N;
    }
}
