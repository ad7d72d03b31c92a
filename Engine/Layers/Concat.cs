using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// Joins tensors along one axis. On the backward pass each input gets its part of the signal: the same under all rules (for
/// DeconvNet by extension).
/// </summary>
/// <param name="name">The node's name.</param>
/// <param name="axis">The axis; negative counts from the end.</param>
/// <param name="inputCount">How many tensors are joined.</param>
public sealed class Concat(string name, int axis, int inputCount) : Layer(name, "Concat")
{
    /// <summary>The axis along which they are joined; negative counts from the end.</summary>
    public int Axis { get; } = axis;

    /// <inheritdoc/>
    public override int InputCount => inputCount;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        int rank = inputs[0].Rank;
        if (Axis < -rank || Axis >= rank) throw Refuse($"axis {Axis} does not exist in its input {inputs[0]}");
        int[] lengths = inputs[0].Lengths.ToArray();
        int along = Along(inputs[0]);
        foreach (Shape input in inputs[1..])
        {
            bool fits = input.Rank == rank;
            for (int k = 0; fits && k < rank; k++) fits = k == along || input[k] == lengths[k];
            if (!fits) throw Refuse($"its inputs {inputs[0]} and {input} differ in more than axis {along}");
            lengths[along] += input[along];
        }

        return new Shape(lengths);
    }

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a)
    {
        int along = Along(a.Output.Shape), offset = 0;
        foreach (DeviceTensor input in a.Inputs)
        {
            a.Kernels.ConcatForward(along, offset, input, a.Output);
            offset += input.Shape[along];
        }
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a)
    {
        int along = Along(a.OutputSignal.Shape);
        int offset = 0;
        for (int k = 0; k < a.InputSignals.Length; k++)
        {
            if (a.InputSignals[k] is DeviceTensor signal) a.Kernels.ConcatBackward(along, offset, a.OutputSignal, signal);
            offset += a.InputShapes[k][along];
        }
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => Axis != 0 && Axis != -rank;

    private int Along(Shape shape) => Axis < 0 ? Axis + shape.Rank : Axis;
}
