using NetViz.Engine;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Import;

/// <summary>
/// Goes through a result to which constants broadcast, element by element, and tells where each constant's element lies.
/// </summary>
internal sealed class ConstantGrid
{
    private readonly int[] _position;
    private readonly int[][] _strides;

    /// <summary>Begins at the first element.</summary>
    /// <param name="most">Elements that the result may have.</param>
    /// <param name="operands">The constants.</param>
    /// <exception cref="NetVizException">They do not broadcast to each other, or the result is too large.</exception>
    public ConstantGrid(long most, params ReadOnlySpan<OnnxTensor> operands)
    {
        int rank = 0;
        foreach (OnnxTensor operand in operands) rank = Math.Max(rank, operand.Dims.Length);
        Dims = [.. Enumerable.Repeat(1, rank)];
        foreach (OnnxTensor operand in operands)
        {
            for (int k = 1; k <= operand.Dims.Length; k++)
            {
                if (operand.Dims[^k] == 1 || operand.Dims[^k] == Dims[^k]) continue;
                Dims[^k] = Dims[^k] == 1 ? operand.Dims[^k] : throw Refused(operands);
            }
        }

        Count = ConstantFolding.RequireAffordable(Dims, most);
        _position = new int[rank];
        At = new int[operands.Length];
        _strides = new int[operands.Length][];
        for (int i = 0; i < operands.Length; i++)
        {
            int[] own = operands[i].Dims.ToArray(), strides = ConstantFolding.Strides(own);
            _strides[i] = [.. Enumerable.Repeat(0, rank - own.Length), .. strides.Select((stride, axis) => own[axis] == 1 ? 0 : stride)];
        }
    }

    /// <summary>The result's axes.</summary>
    public int[] Dims { get; }

    /// <summary>The result's number of elements.</summary>
    public int Count { get; }

    /// <summary>For each constant the element that belongs to this element of the result.</summary>
    public int[] At { get; }

    /// <summary>Goes to the next element.</summary>
    public void Next()
    {
        for (int axis = _position.Length - 1; axis >= 0; axis--)
        {
            for (int i = 0; i < At.Length; i++) At[i] += _strides[i][axis];
            if (++_position[axis] < Dims[axis]) return;
            for (int i = 0; i < At.Length; i++) At[i] -= _strides[i][axis] * Dims[axis];
            _position[axis] = 0;
        }
    }

    private static NetVizException Refused(ReadOnlySpan<OnnxTensor> operands)
    {
        string names = string.Join(", ", operands.ToArray().Select(operand => operand.ToString()));
        return new NetVizException($"the constants {names} do not broadcast to each other");
    }
}
