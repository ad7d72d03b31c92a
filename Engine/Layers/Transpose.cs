using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// Output axis i is input axis permutation[i]; in the backward pass the inverse permutation: the same under all rules.
/// </summary>
public sealed class Transpose : Layer
{
    private readonly int[]? _permutation;
    private readonly int[]? _inverse;

    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="permutation">The permutation; empty reverses the axes.</param>
    public Transpose(string name, ReadOnlySpan<int> permutation)
        : base(name, "Transpose")
    {
        if (permutation.IsEmpty) return;
        _permutation = permutation.ToArray();
        _inverse = new int[permutation.Length];
        for (int axis = 0; axis < _inverse.Length; axis++)
            if ((uint)_permutation[axis] < (uint)_inverse.Length) _inverse[_permutation[axis]] = axis;
    }

    /// <summary>The permutation; empty reverses the axes.</summary>
    public ReadOnlySpan<int> Permutation => _permutation;

    /// <summary>Whether it brings [N, H, W, C] to [N, C, H, W].</summary>
    public bool IsToPlanes => _permutation is [0, 3, 1, 2];

    /// <summary>Whether it brings [N, C, H, W] to [N, H, W, C].</summary>
    public bool IsToPixels => _permutation is [0, 2, 3, 1];

    internal override int RowCopies => 2;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        int[] permutation = PermutationOf(input.Rank);
        if (!permutation.Order().SequenceEqual(Enumerable.Range(0, input.Rank)))
            throw Refuse($"perm [{string.Join(", ", permutation)}] does not permute the axes of its input {input}");
        return new Shape([.. permutation.Select(axis => input[axis])]);
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => AxisOf(0, rank) == 0;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) =>
        a.Kernels.Transpose(PermutationOf(a.Input.Shape.Rank), a.Input, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) =>
        a.Kernels.Transpose(_inverse ?? PermutationOf(a.OutputSignal.Shape.Rank), a.OutputSignal, a.InputSignal);

    /// <summary>Which input axis becomes an output axis.</summary>
    public int AxisOf(int outputAxis, int rank) => _permutation?[outputAxis] ?? rank - 1 - outputAxis;

    private int[] PermutationOf(int rank) => _permutation ?? [.. Enumerable.Range(0, rank).Reverse()];
}
