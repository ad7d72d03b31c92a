using NetViz.Kernels;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Import;

/// <summary>
/// What a name in the graph stands for while the graph is read. The batch size is left open by working everything out for
/// two batch sizes side by side: what comes out the same for both does not depend on it.
/// </summary>
internal abstract record Value;

/// <summary>Numbers known at load: weights, and everything computed from weights and shapes alone.</summary>
/// <param name="Tensor">The numbers, at the first batch size.</param>
/// <param name="AtOtherBatch">The numbers at the second batch size; null where they are the same.</param>
internal sealed record ConstantValue(OnnxTensor Tensor, OnnxTensor? AtOtherBatch = null) : Value;

/// <summary>Numbers that depend on the image: the input, and what layers write.</summary>
/// <param name="Name">The tensor's name in the network.</param>
/// <param name="Shape">Its shape at the first batch size.</param>
/// <param name="ShapeAtOtherBatch">Its shape at the second batch size; null where the file pins the batch size to the
/// first.</param>
internal sealed record ActivationValue(string Name, Shape Shape, Shape? ShapeAtOtherBatch) : Value
{
    /// <summary>Gets where the images of the batch lie.</summary>
    public BatchAxis Batch { get; init; }
}
