using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using NetViz.Engine;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Import;

/// <summary>
/// The operators that exporters leave between constants, computed at load: chains of Shape, Gather, Unsqueeze, Concat and
/// the like that work a shape out, and weights that are reshaped or transposed once more. Errors here lack the node's
/// name, which the caller adds.
/// </summary>
internal static class ConstantFolding
{
    /// <summary>The same elements under a shape of ONNX Reshape: 0 copies an axis, one -1 takes what is left.</summary>
    public static OnnxTensor Reshape(OnnxTensor tensor, ReadOnlySpan<long> target, bool allowZero)
    {
        var dims = new int[target.Length];
        long known = 1;
        int open = -1;
        for (int axis = 0; axis < dims.Length; axis++)
        {
            dims[axis] = target[axis] == 0 && !allowZero && axis < tensor.Dims.Length
                ? tensor.Dims[axis]
                : checked((int)target[axis]);
            if (dims[axis] < 0) open = axis;
            else known *= dims[axis];
        }

        if (open >= 0 && known > 0) dims[open] = (int)(tensor.Count / known);
        return dims.All(length => length >= 0) && dims.Aggregate(1L, (product, length) => product * length) == tensor.Count
            ? tensor.WithDims(dims)
            : throw new NetVizException($"[{string.Join(", ", target.ToArray())}] does not fit the constant {tensor}");
    }

    /// <summary>Leaves out axes of length 1; all of them where none are given.</summary>
    public static OnnxTensor Squeeze(OnnxTensor tensor, long[]? axes)
    {
        int[] dims = tensor.Dims.ToArray();
        int[] gone = axes is null
            ? [.. Enumerable.Range(0, dims.Length).Where(axis => dims[axis] == 1)]
            : [.. axes.Select(axis => Axis(axis, dims.Length))];
        if (gone.Any(axis => dims[axis] != 1))
            throw new NetVizException($"axes [{string.Join(", ", gone)}] of the constant {tensor} are not all of length 1");
        return tensor.WithDims([.. dims.Where((_, axis) => !gone.Contains(axis))]);
    }

    /// <summary>Puts in axes of length 1, counted in the result.</summary>
    public static OnnxTensor Unsqueeze(OnnxTensor tensor, long[] axes)
    {
        var dims = new List<int>(tensor.Dims.ToArray());
        foreach (int axis in axes.Select(axis => Axis(axis, tensor.Dims.Length + axes.Length)).Order())
            dims.Insert(Math.Min(axis, dims.Count), 1);
        return tensor.WithDims([.. dims]);
    }

    /// <summary>Output axis i is input axis permutation[i]; none given reverses the axes.</summary>
    public static OnnxTensor Transpose(OnnxTensor tensor, long[]? permutation, long most)
    {
        int rank = tensor.Dims.Length;
        int[] perm = permutation is null
            ? [.. Enumerable.Range(0, rank).Reverse()]
            : [.. permutation.Select(axis => Axis(axis, rank))];
        if (!perm.Order().SequenceEqual(Enumerable.Range(0, rank)))
            throw new NetVizException($"perm [{string.Join(", ", perm)}] does not permute the axes of the constant {tensor}");
        int[] dims = tensor.Dims.ToArray(), strides = Strides(dims);
        return tensor.Walk([.. perm.Select(axis => dims[axis])], [.. perm.Select(axis => strides[axis])], 0, most);
    }

    /// <summary>Rows of an axis picked by number.</summary>
    public static OnnxTensor Gather(OnnxTensor tensor, OnnxTensor indices, long axis, long most)
    {
        int[] dims = tensor.Dims.ToArray();
        int along = Axis(axis, dims.Length), inner = Product(dims.AsSpan(along + 1));
        int[] gathered = [.. dims[..along], .. indices.Dims, .. dims[(along + 1)..]];
        int count = RequireAffordable(gathered, most);
        int[] rows = [.. indices.Integers.ToArray().Select(index => Axis(index, dims[along]))];
        return tensor.IsFloat
            ? new OnnxTensor(tensor.Name, tensor.Type, gathered, Pick(tensor.Floats.Span), null)
            : new OnnxTensor(tensor.Name, tensor.Type, gathered, null, new Lazy<long[]>(Pick(tensor.Integers.Span)));

        T[] Pick<T>(ReadOnlySpan<T> values)
        {
            var picked = new T[count];
            for (int to = 0, outer = 0; to < count; outer++)
            {
                foreach (int row in rows)
                {
                    values.Slice((outer * dims[along] + row) * inner, inner).CopyTo(picked.AsSpan(to));
                    to += inner;
                }
            }

            return picked;
        }
    }

    /// <summary>Every step-th element from start to end, end excluded, along some axes.</summary>
    public static OnnxTensor Slice(OnnxTensor tensor, long[] starts, long[] ends, long[]? axes, long[]? steps, long most)
    {
        int[] dims = tensor.Dims.ToArray(), strides = Strides(dims);
        int offset = 0;
        for (int k = 0; k < starts.Length; k++)
        {
            int axis = Axis(axes is null ? k : axes[k], dims.Length);
            long length = dims[axis], step = Math.Clamp(steps is null ? 1 : steps[k], -int.MaxValue, int.MaxValue);
            if (step == 0) throw new NetVizException("a step of 0 leads nowhere");
            if (length == 0) continue;
            long start = Math.Clamp(starts[k] < 0 ? starts[k] + length : starts[k], 0, step > 0 ? length : length - 1);
            long end = Math.Clamp(ends[k] < 0 ? ends[k] + length : ends[k], step > 0 ? 0 : -1, length);
            dims[axis] = (int)Math.Max(0, (end - start + step - Math.Sign(step)) / step);
            offset += (int)start * strides[axis];
            strides[axis] = dims[axis] > 1 ? strides[axis] * (int)step : 0;
        }

        return tensor.Walk(dims, strides, offset, most);
    }

    /// <summary>Joins tensors along an axis.</summary>
    public static OnnxTensor Concat(OnnxTensor[] tensors, long axis, long most)
    {
        int[] dims = tensors[0].Dims.ToArray();
        int along = Axis(axis, dims.Length), outer = Product(dims.AsSpan(0, along));
        foreach (OnnxTensor tensor in tensors)
        {
            int[] others = tensor.Dims.ToArray();
            if (others.Length == dims.Length) others[along] = dims[along];
            if (!others.SequenceEqual(dims))
                throw new NetVizException($"the constants {tensors[0]} and {tensor} differ in more than axis {along}");
        }

        dims[along] = tensors.Sum(tensor => tensor.Dims[along]);
        int count = RequireAffordable(dims, most);
        return tensors[0].IsFloat
            ? new OnnxTensor("", tensors[0].Type, dims, Join(tensor => tensor.Floats), null)
            : new OnnxTensor("", tensors[0].Type, dims, null, new Lazy<long[]>(Join(tensor => tensor.Integers)));

        T[] Join<T>(Func<OnnxTensor, ReadOnlyMemory<T>> values)
        {
            var joined = new T[count];
            for (int o = 0, to = 0; to < count; o++)
            {
                foreach (OnnxTensor tensor in tensors)
                {
                    int run = tensor.Count / outer;
                    values(tensor).Span.Slice(o * run, run).CopyTo(joined.AsSpan(to));
                    to += run;
                }
            }

            return joined;
        }
    }

    /// <summary>Another element type; towards integers the fraction is dropped.</summary>
    public static OnnxTensor Cast(OnnxTensor tensor, OnnxElementType type, long most)
    {
        int[] dims = tensor.Dims.ToArray();
        if (type.Size() == 0) throw new NetVizException($"a cast to {type} is not supported");
        if (type.IsFloat() && tensor.IsFloat) return new OnnxTensor(tensor.Name, type, dims, tensor.Floats, null);
        int count = RequireAffordable(dims, most);
        if (type.IsFloat())
        {
            var floats = new float[count];
            ReadOnlySpan<long> from = tensor.Integers.Span;
            for (int i = 0; i < count; i++) floats[i] = from[i];
            return new OnnxTensor(tensor.Name, type, dims, floats, null);
        }

        var integers = new long[count];
        bool isTruth = type == OnnxElementType.Bool;
        if (tensor.IsFloat)
        {
            ReadOnlySpan<float> from = tensor.Floats.Span;
            for (int i = 0; i < count; i++) integers[i] = isTruth ? (from[i] == 0 ? 0 : 1) : (long)from[i];
        }
        else
        {
            ReadOnlySpan<long> from = tensor.Integers.Span;
            for (int i = 0; i < count; i++) integers[i] = isTruth ? (from[i] == 0 ? 0 : 1) : from[i];
        }

        return new OnnxTensor(tensor.Name, type, dims, null, new Lazy<long[]>(integers));
    }

    /// <summary>
    /// Add, Sub, Mul or Div of two constants that broadcast to each other; integers divide towards 0 and wrap like int64. The
    /// operands are read where they are: nothing of the result's size is made but the result.
    /// </summary>
    public static OnnxTensor Combine(string operation, OnnxTensor a, OnnxTensor b, long most)
    {
        int rank = Math.Max(a.Dims.Length, b.Dims.Length);
        int[] da = Padded(a), db = Padded(b);
        if (da.Zip(db).Any(pair => pair.First != pair.Second && pair.First != 1 && pair.Second != 1))
            throw new NetVizException($"the constants {a} and {b} do not broadcast to each other");
        int[] dims = [.. da.Zip(db, (x, y) => x == 1 ? y : x)];
        int count = RequireAffordable(dims, most);
        var offsets = new BroadcastOffsets(dims, da, db);
        char sign = operation[0]; // each of the four begins with another letter, and a loop compares letters faster than words
        if (a.IsFloat)
        {
            var values = new float[count];
            ReadOnlySpan<float> x = a.Floats.Span, y = b.Floats.Span;
            for (int row = 0; row < count; row += offsets.Row, offsets.Next())
            {
                Span<float> result = values.AsSpan(row, offsets.Row);
                for (int i = 0, p = offsets.A, q = offsets.B; i < result.Length; i++, p += offsets.StepA, q += offsets.StepB)
                {
                    result[i] = sign switch
                    {
                        'A' => x[p] + y[q],
                        'S' => x[p] - y[q],
                        'M' => x[p] * y[q],
                        _ => x[p] / y[q],
                    };
                }
            }

            return new OnnxTensor("", a.Type, dims, values, null);
        }

        var integers = new long[count];
        ReadOnlySpan<long> m = a.Integers.Span, n = b.Integers.Span;
        for (int row = 0; row < count; row += offsets.Row, offsets.Next())
        {
            for (int i = 0, p = offsets.A, q = offsets.B; i < offsets.Row; i++, p += offsets.StepA, q += offsets.StepB)
            {
                integers[row + i] = unchecked(sign switch
                {
                    'A' => m[p] + n[q],
                    'S' => m[p] - n[q],
                    'M' => m[p] * n[q],
                    _ when n[q] == 0 => throw new NetVizException("an integer constant is divided by 0"),
                    _ => n[q] == -1 ? -m[p] : m[p] / n[q], // the processor traps on the lowest number over -1
                });
            }
        }

        return new OnnxTensor("", a.Type, dims, null, new Lazy<long[]>(integers));

        int[] Padded(OnnxTensor tensor) => [.. Enumerable.Repeat(1, rank - tensor.Dims.Length), .. tensor.Dims];
    }

    /// <summary>Adds a constant to one of the same shape and type, in place; false if they differ.</summary>
    /// <param name="sum">A result of <see cref="Combine"/> that nothing else holds.</param>
    /// <param name="other">What is added.</param>
    public static bool TryAddTo(OnnxTensor sum, OnnxTensor other)
    {
        if (!sum.Dims.SequenceEqual(other.Dims) || sum.IsFloat != other.IsFloat) return false;
        if (sum.IsFloat)
        {
            if (!MemoryMarshal.TryGetArray(sum.Floats, out ArraySegment<float> floats)) return false;
            TensorPrimitives.Add<float>(floats, other.Floats.Span, floats);
            return true;
        }

        if (!MemoryMarshal.TryGetArray(sum.Integers, out ArraySegment<long> integers)) return false;
        ReadOnlySpan<long> more = other.Integers.Span;
        for (int i = 0; i < more.Length; i++) integers[i] = unchecked(integers[i] + more[i]);
        return true;
    }

    /// <summary>A number of an axis or element, counted from the end where it is negative.</summary>
    public static int Axis(long axis, int count)
    {
        long counted = axis < 0 ? axis + count : axis;
        return counted >= 0 && counted < count
            ? (int)counted
            : throw new NetVizException($"{axis} is outside of 0 to {count - 1}");
    }

    /// <summary>The number of elements of a constant, refused where a few bytes of a file make it too many.</summary>
    public static int RequireAffordable(ReadOnlySpan<int> dims, long most)
    {
        Int128 count = 1;
        foreach (int length in dims) count = Int128.Min(count * length, (Int128)long.MaxValue * int.MaxValue);
        return count <= Math.Min(most, Array.MaxLength)
            ? (int)count
            : throw new NetVizException($"a constant of {count} elements would be worked out; {most} more are supported in a "
                + "file of this size",
                "let the exporter fold constants, or raise the limit: `MaxMemory`, OnnxOptions.MemoryLimit in code");
    }

    /// <summary>The product of some lengths.</summary>
    public static int Product(ReadOnlySpan<int> lengths)
    {
        int product = 1;
        foreach (int length in lengths) product *= length;
        return product;
    }

    // Elements between neighbours along each axis, row-major; at least 1, so that empty tensors do no harm.
    internal static int[] Strides(int[] dims)
    {
        var strides = new int[dims.Length];
        for (int axis = dims.Length - 1, stride = 1; axis >= 0; stride *= Math.Max(1, dims[axis--])) strides[axis] = stride;
        return strides;
    }
}
