using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// Fully connected: X_{n+1} = alpha X_n W^T + b (ONNX Gemm; MatMul with a constant, which has no bias).
/// <para>
/// On the backward pass R_n = alpha R_{n+1} W, the transposed map. DeconvNet has no fully connected layer; its rule is the same
/// by extension. Nothing is kept.
/// </para>
/// </summary>
public sealed class FullyConnected : Layer
{
    private readonly int _in;
    private readonly int _out;

    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="operatorName"><c>Gemm</c> or <c>MatMul</c>.</param>
    /// <param name="weight">[Out, In], or [In, Out] where <paramref name="weightIsInByOut"/>.</param>
    /// <param name="inputs">In.</param>
    /// <param name="outputs">Out.</param>
    /// <param name="weightIsInByOut">The weight's order in memory.</param>
    /// <param name="bias">[Out], or empty.</param>
    /// <param name="alpha">A factor on the product.</param>
    /// <exception cref="NetVizException">The lengths contradict each other.</exception>
    public FullyConnected(string name, string operatorName, ReadOnlyMemory<float> weight, int inputs, int outputs,
        bool weightIsInByOut, ReadOnlyMemory<float> bias, float alpha = 1f)
        : base(name, operatorName)
    {
        if (weight.Length != (long)inputs * outputs)
            throw Refuse($"its weight has {Counted.Of(weight.Length, "number")} for {Counted.Of(inputs, "input")} and "
                + $"{Counted.Of(outputs, "output")}");
        if (bias.Length != 0 && bias.Length != outputs) throw Refuse($"its bias has {Counted.Of(bias.Length, "number")} for "
            + $"{Counted.Of(outputs, "output")}");
        (Weight, Bias, _in, _out, WeightIsInByOut, Alpha) = (weight, bias, inputs, outputs, weightIsInByOut, alpha);
    }

    /// <summary>[Out, In], or [In, Out].</summary>
    public ReadOnlyMemory<float> Weight { get; }

    /// <summary>Whether the weight is [In, Out].</summary>
    public bool WeightIsInByOut { get; }

    /// <summary>[Out], or empty.</summary>
    public ReadOnlyMemory<float> Bias { get; }

    /// <summary>The factor on the product.</summary>
    public float Alpha { get; }

    /// <summary>The numbers that each output sums over.</summary>
    public int Inputs => _in;

    /// <summary>The number of outputs.</summary>
    public int Outputs => _out;

    /// <inheritdoc/>
    public override long ParameterCount => Weight.Length + Bias.Length;

    /// <summary>The shapes for an input [..., In]: all axes but the last count as rows.</summary>
    public FullyConnectedGeometry Geometry(Shape input) => new((int)input.Product(0, input.Rank - 1), _in, _out, WeightIsInByOut);

    /// <inheritdoc/>
    public override long Operations(ReadOnlySpan<Shape> inputs) => Geometry(inputs[0]).Operations;

    /// <inheritdoc/>
    public override double Effort(ReadOnlySpan<Shape> inputs, Shape output) =>
        8.0 * inputs[0].Product(0, inputs[0].Rank - 1) * _in * _out + base.Effort(inputs, output);

    /// <inheritdoc/>
    internal override double WorkspaceOn(IKernels kernels, PreparedWeights? weights, Shape[] inputs) =>
        kernels.WorkspaceBytes(Geometry(inputs[0]), weights!) ?? WorkspaceBytes;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        if (input.Rank < 2 || input[^1] != _in)
        {
            throw Refuse($"its input has the shape {input}; [N, {_in}] is wanted",
                "is a Flatten missing, or has the image the wrong size?");
        }
        int[] lengths = input.Lengths.ToArray();
        lengths[^1] = _out;
        return new Shape(lengths);
    }

    /// <inheritdoc/>
    public override PreparedWeights Prepare(IKernels kernels) =>
        kernels.PrepareFullyConnected(new FullyConnectedGeometry(1, _in, _out, WeightIsInByOut), Weight, Bias, Alpha);

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) =>
        a.Kernels.FullyConnectedForward(Geometry(a.Input.Shape), a.Input, a.Weights!, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) =>
        a.Kernels.FullyConnectedBackward(Geometry(a.InputSignal.Shape), a.OutputSignal, a.Weights!, a.InputSignal);
}
