using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>y = x, both ways (ONNX Identity; Dropout at inference).</summary>
/// <param name="name">The node's name.</param>
/// <param name="operatorName"><c>Identity</c> or <c>Dropout</c>.</param>
public sealed class Identity(string name, string operatorName) : Layer(name, operatorName)
{
    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.Reshape(a.Input, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) => a.Kernels.Reshape(a.OutputSignal, a.InputSignal);
}
