using NetViz.Engine;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Import;

/// <summary>
/// All operators of ONNX that NetViz takes, each with the function that reads its node. What changed from one version of
/// an operator to the next is told where it is read. Versions 1 to 26 are known; newer ones are read like 26.
/// </summary>
internal static class Operators
{
    private static readonly SortedDictionary<string, Func<NodeReader, Value>> Table = new(StringComparer.Ordinal)
    {
        ["Add"] = ArithmeticOperators.Binary,
        ["AveragePool"] = WindowOperators.AveragePool,
        ["BatchNormalization"] = NormalizationOperators.BatchNormalization,
        ["Cast"] = ShapeOperators.Cast,
        ["Clip"] = ActivationOperators.Clip,
        ["Concat"] = ShapeOperators.Concat,
        ["Constant"] = ConstantOperators.Constant,
        ["ConstantOfShape"] = ConstantOperators.ConstantOfShape,
        ["Conv"] = WindowOperators.Conv,
        ["Div"] = ArithmeticOperators.Binary,
        ["Dropout"] = ShapeOperators.Dropout,
        ["Flatten"] = ShapeOperators.Flatten,
        ["Gather"] = ConstantOperators.Gather,
        ["Gemm"] = LinearOperators.Gemm,
        ["GlobalAveragePool"] = WindowOperators.GlobalAveragePool,
        ["GlobalMaxPool"] = WindowOperators.GlobalMaxPool,
        ["Identity"] = ShapeOperators.Identity,
        ["LRN"] = NormalizationOperators.Lrn,
        ["LeakyRelu"] = ActivationOperators.LeakyRelu,
        ["MatMul"] = LinearOperators.MatMul,
        ["MaxPool"] = WindowOperators.MaxPool,
        ["Mul"] = ArithmeticOperators.Binary,
        ["Pad"] = ShapeOperators.Pad,
        ["Relu"] = ActivationOperators.Relu,
        ["Reshape"] = ShapeOperators.Reshape,
        ["Shape"] = ConstantOperators.Shape,
        ["Slice"] = ConstantOperators.Slice,
        ["Softmax"] = ActivationOperators.Softmax,
        ["Squeeze"] = ShapeOperators.Squeeze,
        ["Sub"] = ArithmeticOperators.Binary,
        ["Sum"] = ArithmeticOperators.Sum,
        ["Transpose"] = ShapeOperators.Transpose,
        ["Unsqueeze"] = ShapeOperators.Unsqueeze,
    };

    /// <summary>The names of all supported operators.</summary>
    public static IReadOnlyCollection<string> Names => Table.Keys;

    /// <summary>The function that reads a node.</summary>
    /// <exception cref="NetVizException">The operator is not supported.</exception>
    public static Func<NodeReader, Value> Find(NodeProto node, NodeReader reader)
    {
        if (node.Domain is not ("" or "ai.onnx"))
            throw reader.Refuse($"the operator belongs to '{node.Domain}'; only ONNX's own operators are supported");
        return Table.TryGetValue(node.OpType, out Func<NodeReader, Value>? import)
            ? import
            : throw reader.Refuse($"the operator is not supported", $"supported are {string.Join(", ", Table.Keys)}");
    }
}
