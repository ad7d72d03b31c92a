using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// y = f(x), element by element, for a function that is no rectifier: Sigmoid, Tanh, Elu, HardSwish and their like
/// (<see cref="FunctionKind"/>). All rules multiply the signal by f'(x): gradient, DeconvNet and guided part only at rectifiers.
/// </summary>
/// <param name="name">The node's name.</param>
/// <param name="operatorName">The ONNX operator.</param>
/// <param name="function">The function with its constants.</param>
public sealed class Elementwise(string name, string operatorName, ElementFunction function) : Layer(name, operatorName)
{
    /// <summary>The function with its constants.</summary>
    public ElementFunction Function => function;

    /// <inheritdoc/>
    public override Keep Keeps => Keep.Input;

    /// <inheritdoc/>
    public override double Effort(ReadOnlySpan<Shape> inputs, Shape output) => base.Effort(inputs, output) + 200.0 * output.Count;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.ElementwiseForward(function, a.Input, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) =>
        a.Kernels.ElementwiseBackward(function, a.Kept.Input!, a.OutputSignal, a.InputSignal);
}
