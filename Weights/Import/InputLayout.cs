using NetViz.Engine.Imaging;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Import;

/// <summary>
/// Whether a graph's input is [N, C, H, W] or [N, H, W, C]: no field of an ONNX file says so. What is done with the input
/// tells: a Transpose that brings the last axis forward makes it the channels, a window makes the second axis the channels.
/// Where neither comes first (Keras networks of one channel are reshaped), the lengths decide.
/// </summary>
internal static class InputLayout
{
    /// <summary>Finds the layout of an input.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">The input's name.</param>
    /// <param name="dims">Its axes, null where open.</param>
    public static ImageLayout Find(GraphProto graph, string input, int?[] dims)
    {
        if (dims.Length != 4) return ImageLayout.Nchw;
        string tensor = input;
        foreach (NodeProto node in graph.Node)
        {
            if (!node.Input.Contains(tensor) || node.Output.Count == 0) continue;
            switch (node.OpType)
            {
                case "Transpose":
                    return IsToPlanes(node) ? ImageLayout.Nhwc : ByLengths(dims);
                case "Conv" or "MaxPool" or "AveragePool" or "GlobalAveragePool" or "BatchNormalization" or "LRN":
                    return ImageLayout.Nchw;
                case "Add" or "Sub" or "Mul" or "Div" or "Pad" or "Cast" or "Identity" or "Clip" or "Dropout":
                    tensor = node.Output[0]; // preprocessing in the graph, which leaves the axes where they are
                    break;
                case "Shape":
                    break;
                default:
                    return ByLengths(dims);
            }
        }

        return ByLengths(dims);
    }

    private static ImageLayout ByLengths(int?[] dims) =>
        dims[3] is 1 or 3 && dims[1] is not (1 or 3) ? ImageLayout.Nhwc : ImageLayout.Nchw;

    private static bool IsToPlanes(NodeProto transpose) =>
        transpose.Attribute.FirstOrDefault(attribute => attribute.Name == "perm")?.Ints is [0, 3, 1, 2];
}
