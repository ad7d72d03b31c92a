using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Operators;

/// <summary>
/// All operators of ONNX that NetViz takes, each with the function that reads its node, and all layers with the one that writes
/// it. What changed from one version of
/// an operator to the next is documented where it is read. Versions 1 to 26 are known; newer ones are read like 26.
/// </summary>
internal static class OperatorTable
{
    private static readonly SortedDictionary<string, Func<NodeReader, Value>> Table = new(StringComparer.Ordinal)
    {
        ["Abs"] = FunctionOperators.Read,
        ["Add"] = ArithmeticOperators.Binary,
        ["And"] = Folding.Binary,
        ["AveragePool"] = WindowOperators.AveragePool,
        ["BatchNormalization"] = NormalizationOperators.BatchNormalization,
        ["Cast"] = ShapeOperators.Cast,
        ["Ceil"] = Folding.Unary,
        ["Celu"] = FunctionOperators.Read,
        ["Clip"] = ActivationOperators.Clip,
        ["Concat"] = ShapeOperators.Concat,
        ["Constant"] = ConstantOperators.Constant,
        ["ConstantOfShape"] = ConstantOperators.ConstantOfShape,
        ["Conv"] = WindowOperators.Conv,
        ["ConvTranspose"] = WindowOperators.ConvTranspose,
        ["Cos"] = Folding.Unary,
        ["DepthToSpace"] = SliceOperators.Blocks,
        ["Div"] = ArithmeticOperators.Binary,
        ["Dropout"] = ShapeOperators.Dropout,
        ["Elu"] = FunctionOperators.Read,
        ["Equal"] = Folding.Binary,
        ["Erf"] = FunctionOperators.Read,
        ["Exp"] = FunctionOperators.Read,
        ["Expand"] = Folding.Expand,
        ["Flatten"] = ShapeOperators.Flatten,
        ["Floor"] = Folding.Unary,
        ["Gather"] = SliceOperators.Gather,
        ["Gelu"] = FunctionOperators.Read,
        ["Gemm"] = LinearOperators.Gemm,
        ["GlobalAveragePool"] = WindowOperators.GlobalAveragePool,
        ["GlobalMaxPool"] = WindowOperators.GlobalMaxPool,
        ["Greater"] = Folding.Binary,
        ["GreaterOrEqual"] = Folding.Binary,
        ["GroupNormalization"] = NormalizationOperators.GroupNormalization,
        ["HardSigmoid"] = FunctionOperators.Read,
        ["HardSwish"] = FunctionOperators.Read,
        ["Identity"] = ShapeOperators.Identity,
        ["InstanceNormalization"] = NormalizationOperators.InstanceNormalization,
        ["LRN"] = NormalizationOperators.Lrn,
        ["LayerNormalization"] = NormalizationOperators.LayerNormalization,
        ["LeakyRelu"] = ActivationOperators.LeakyRelu,
        ["Less"] = Folding.Binary,
        ["LessOrEqual"] = Folding.Binary,
        ["Log"] = FunctionOperators.Read,
        ["LogSoftmax"] = ActivationOperators.Softmax,
        ["MatMul"] = LinearOperators.MatMul,
        ["Max"] = PairOperators.Extremum,
        ["MaxPool"] = WindowOperators.MaxPool,
        ["Min"] = PairOperators.Extremum,
        ["Mish"] = FunctionOperators.Read,
        ["Mod"] = Folding.Binary,
        ["Mul"] = ArithmeticOperators.Binary,
        ["Neg"] = FunctionOperators.Neg,
        ["NonZero"] = Folding.NonZero,
        ["Not"] = Folding.Unary,
        ["Or"] = Folding.Binary,
        ["PRelu"] = PairOperators.PRelu,
        ["Pad"] = ShapeOperators.Pad,
        ["Pow"] = FunctionOperators.Pow,
        ["Range"] = Folding.Range,
        ["Reciprocal"] = FunctionOperators.Read,
        ["ReduceL1"] = ReduceOperators.Read,
        ["ReduceL2"] = ReduceOperators.Read,
        ["ReduceLogSum"] = ReduceOperators.Read,
        ["ReduceLogSumExp"] = Folding.Reduce,
        ["ReduceMax"] = ReduceOperators.Read,
        ["ReduceMean"] = ReduceOperators.Read,
        ["ReduceMin"] = ReduceOperators.Read,
        ["ReduceProd"] = Folding.Reduce,
        ["ReduceSum"] = ReduceOperators.Read,
        ["ReduceSumSquare"] = ReduceOperators.Read,
        ["Relu"] = ActivationOperators.Relu,
        ["Reshape"] = ShapeOperators.Reshape,
        ["Resize"] = ResizeOperators.Resize,
        ["Round"] = Folding.Unary,
        ["Selu"] = FunctionOperators.Read,
        ["Shape"] = ConstantOperators.Shape,
        ["Sigmoid"] = FunctionOperators.Read,
        ["Sign"] = Folding.Unary,
        ["Sin"] = Folding.Unary,
        ["Size"] = Folding.Size,
        ["Slice"] = SliceOperators.Slice,
        ["Softmax"] = ActivationOperators.Softmax,
        ["Softplus"] = FunctionOperators.Read,
        ["Softsign"] = FunctionOperators.Read,
        ["SpaceToDepth"] = SliceOperators.Blocks,
        ["Split"] = SliceOperators.Split,
        ["Sqrt"] = FunctionOperators.Read,
        ["Squeeze"] = ShapeOperators.Squeeze,
        ["Sub"] = ArithmeticOperators.Binary,
        ["Sum"] = ArithmeticOperators.Sum,
        ["Swish"] = FunctionOperators.Read,
        ["Tanh"] = FunctionOperators.Read,
        ["ThresholdedRelu"] = FunctionOperators.Read,
        ["Tile"] = Folding.Tile,
        ["Transpose"] = ShapeOperators.Transpose,
        ["Unsqueeze"] = ShapeOperators.Unsqueeze,
        ["Upsample"] = ResizeOperators.Upsample,
        ["Where"] = Folding.Where,
        ["Xor"] = Folding.Binary,
    };

    private static readonly Dictionary<Type, Action<NodeWriter>> Writers = new()
    {
        [typeof(Affine)] = node => ArithmeticOperators.Write(node, (Affine)node.Layer),
        [typeof(AveragePool)] = node => WindowOperators.Write(node, (AveragePool)node.Layer),
        [typeof(Clip)] = node => ActivationOperators.Write(node, (Clip)node.Layer),
        [typeof(Concat)] = node => ShapeOperators.Write(node, (Concat)node.Layer),
        [typeof(Conv)] = node => WindowOperators.Write(node, (Conv)node.Layer),
        [typeof(ConvTranspose)] = node => WindowOperators.Write(node, (ConvTranspose)node.Layer),
        [typeof(DepthToSpace)] = node => SliceOperators.Write(node, (DepthToSpace)node.Layer),
        [typeof(Elementwise)] = node => FunctionOperators.Write(node, (Elementwise)node.Layer),
        [typeof(FullyConnected)] = node => LinearOperators.Write(node, (FullyConnected)node.Layer),
        [typeof(Identity)] = node => ShapeOperators.Write(node, (Identity)node.Layer),
        [typeof(LeakyRelu)] = node => ActivationOperators.Write(node, (LeakyRelu)node.Layer),
        [typeof(LogSoftmax)] = node => ActivationOperators.Write(node, (LogSoftmax)node.Layer),
        [typeof(Lrn)] = node => NormalizationOperators.Write(node, (Lrn)node.Layer),
        [typeof(MaxPool)] = node => WindowOperators.Write(node, (MaxPool)node.Layer),
        [typeof(Normalization)] = node => NormalizationOperators.Write(node, (Normalization)node.Layer),
        [typeof(PRelu)] = node => PairOperators.Write(node, (PRelu)node.Layer),
        [typeof(Pad)] = node => ShapeOperators.Write(node, (Pad)node.Layer),
        [typeof(Pair)] = node => PairOperators.Write(node, (Pair)node.Layer),
        [typeof(Reduce)] = node => ReduceOperators.Write(node, (Reduce)node.Layer),
        [typeof(Relu)] = node => ActivationOperators.Write(node, (Relu)node.Layer),
        [typeof(AxisMapping)] = node => SliceOperators.Write(node, (AxisMapping)node.Layer),
        [typeof(Reshape)] = node => ShapeOperators.Write(node, (Reshape)node.Layer),
        [typeof(Slice)] = node => SliceOperators.Write(node, (Slice)node.Layer),
        [typeof(Softmax)] = node => ActivationOperators.Write(node, (Softmax)node.Layer),
        [typeof(Sum)] = node => ArithmeticOperators.Write(node, (Sum)node.Layer),
        [typeof(Transpose)] = node => ShapeOperators.Write(node, (Transpose)node.Layer),
    };

    /// <summary>Adds a layer's nodes to the graph.</summary>
    /// <exception cref="NetVizException">The layer has no form in ONNX.</exception>
    public static void Write(NodeWriter node)
    {
        if (!Writers.TryGetValue(node.Layer.GetType(), out Action<NodeWriter>? write))
        {
            throw new NetVizException($"layer '{node.Layer.Name}' is a {node.Layer.GetType().Name}, which has no form in ONNX",
                "layers of NetViz.Engine.Layers have one");
        }

        write(node);
    }

    /// <summary>
    /// Returns whether an operator works its constant form out itself; others are run as layers where all inputs are constants.
    /// </summary>
    public static bool FoldsItself(string operation) => !OfActivations.Contains(operation);

    private static readonly HashSet<string> OfActivations =
    [
        "AveragePool", "BatchNormalization", "Clip", "Conv", "ConvTranspose", "DepthToSpace", "Dropout", "Gemm", "GlobalAveragePool",
        "GlobalMaxPool", "GroupNormalization", "InstanceNormalization", "LRN", "LayerNormalization", "LeakyRelu", "LogSoftmax", "MaxPool",
        "PRelu", "Pad", "Relu", "Resize", "Softmax", "SpaceToDepth", "Upsample",
    ];

    /// <summary>Returns whether layers of a type can be written.</summary>
    public static bool Writes(Type layer) => Writers.ContainsKey(layer);

    /// <summary>The names of all supported operators.</summary>
    public static IReadOnlyCollection<string> Names => Table.Keys;

    /// <summary>The function that reads a node.</summary>
    /// <exception cref="NetVizException">The operator is not supported.</exception>
    public static Func<NodeReader, Value> Find(NodeProto node, NodeReader reader)
    {
        if (IsQuantised(node.OpType))
            throw reader.Refuse("quantised networks are not supported", "use the float32 file from which it was made");
        if (node.Domain is not ("" or "ai.onnx"))
            throw reader.Refuse($"the operator belongs to '{node.Domain}'; only ONNX's own operators are supported",
                AdviceOnDomain(node.Domain));
        if (Table.TryGetValue(node.OpType, out Func<NodeReader, Value>? import)) return import;
        throw node.OpType is "If" or "Loop" or "Scan"
            ? reader.Refuse("control flow is not supported", "export by tracing, with fixed sizes, or simplify the file")
            : reader.Refuse("the operator is not supported", $"supported are {string.Join(", ", Table.Keys)}");
    }

    // QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear, QLinearConv, ConvInteger, QAttention and their like.
    private static bool IsQuantised(string operation) =>
        operation.Contains("quantize", StringComparison.OrdinalIgnoreCase)
        || operation.StartsWith("QLinear", StringComparison.Ordinal) || operation is "ConvInteger" or "MatMulInteger" or "QGemm";

    private static string? AdviceOnDomain(string domain) =>
        domain.StartsWith("com.microsoft", StringComparison.Ordinal)
            ? "ONNX Runtime writes it when it optimises a file for itself; use the file from before that"
        : domain.StartsWith("pkg.", StringComparison.Ordinal)
            ? "it is a function of the file's own; PyTorch 2.5 and newer write such files without functions, or use onnx.inliner"
        : null;
}
