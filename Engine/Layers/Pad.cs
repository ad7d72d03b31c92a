using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// Surrounds a tensor with a constant; negative pads crop. On the backward pass the signal is cropped: the same under all rules
/// (for DeconvNet by extension).
/// </summary>
public sealed class Pad : Layer
{
    private readonly int[] _before;
    private readonly int[] _after;

    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="before">Elements added before each axis.</param>
    /// <param name="after">Elements added after each axis.</param>
    /// <param name="value">The constant.</param>
    public Pad(string name, ReadOnlySpan<int> before, ReadOnlySpan<int> after, float value)
        : base(name, "Pad")
    {
        if (before.Length != after.Length)
            throw Refuse($"{Counted.Of(before.Length, "pad")} before and {after.Length} after the axes; they must be as many");
        (_before, _after, Value) = (before.ToArray(), after.ToArray(), value);
    }

    /// <summary>Elements added before each axis; negative ones crop.</summary>
    public ReadOnlySpan<int> Before => _before;

    /// <summary>Elements added after each axis; negative ones crop.</summary>
    public ReadOnlySpan<int> After => _after;

    /// <summary>The constant.</summary>
    public float Value { get; }

    internal override int RowCopies => 2;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        if (_before.Length != input.Rank) throw Refuse($"it pads {Counted.Of(_before.Length, "axis")}, its input has the "
            + $"shape {input}");
        var lengths = new int[input.Rank];
        for (int axis = 0; axis < lengths.Length; axis++)
        {
            lengths[axis] = (int)Math.Min((long)input[axis] + _before[axis] + _after[axis], int.MaxValue);
            if (lengths[axis] < 1)
                throw Refuse($"pads {_before[axis]} and {_after[axis]} leave nothing of axis {axis} of its input {input}");
        }

        return new Shape(lengths);
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => _before[0] == 0 && _after[0] == 0;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.PadForward(_before, Value, a.Input, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) => a.Kernels.PadBackward(_before, a.OutputSignal, a.InputSignal);
}
