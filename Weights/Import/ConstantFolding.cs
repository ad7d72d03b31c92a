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
    /// <summary>Elements that a constant worked out at load may have: 1 GiB of floats, more than any layer of VGG.</summary>
    public const int MostElements = 1 << 28;

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
    public static OnnxTensor Transpose(OnnxTensor tensor, long[]? permutation)
    {
        int rank = tensor.Dims.Length;
        int[] perm = permutation is null
            ? [.. Enumerable.Range(0, rank).Reverse()]
            : [.. permutation.Select(axis => Axis(axis, rank))];
        if (!perm.Order().SequenceEqual(Enumerable.Range(0, rank)))
            throw new NetVizException($"perm [{string.Join(", ", perm)}] does not permute the axes of the constant {tensor}");
        int[] dims = tensor.Dims.ToArray(), strides = Strides(dims);
        return Walk(tensor, [.. perm.Select(axis => dims[axis])], [.. perm.Select(axis => strides[axis])], 0);
    }

    /// <summary>Rows of an axis picked by number.</summary>
    public static OnnxTensor Gather(OnnxTensor tensor, OnnxTensor indices, long axis)
    {
        int[] dims = tensor.Dims.ToArray();
        int along = Axis(axis, dims.Length), inner = dims[(along + 1)..].Aggregate(1, (a, b) => a * b), picked = indices.Count;
        int[] rows = [.. indices.Integers.ToArray().Select(index => Axis(index, dims[along]))];
        return tensor.Select([.. dims[..along], .. indices.Dims, .. dims[(along + 1)..]], i =>
            (i / (picked * inner) * dims[along] + rows[i / inner % picked]) * inner + i % inner);
    }

    /// <summary>Every step-th element from start to end, end excluded, along some axes.</summary>
    public static OnnxTensor Slice(OnnxTensor tensor, long[] starts, long[] ends, long[]? axes, long[]? steps)
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

        return Walk(tensor, dims, strides, offset);
    }

    /// <summary>Joins tensors along an axis.</summary>
    public static OnnxTensor Concat(OnnxTensor[] tensors, long axis)
    {
        int[] dims = tensors[0].Dims.ToArray();
        int along = Axis(axis, dims.Length), outer = dims[..along].Aggregate(1, (a, b) => a * b);
        foreach (OnnxTensor tensor in tensors)
        {
            int[] others = tensor.Dims.ToArray();
            if (others.Length == dims.Length) others[along] = dims[along];
            if (!others.SequenceEqual(dims))
                throw new NetVizException($"the constants {tensors[0]} and {tensor} differ in more than axis {along}");
        }

        dims[along] = tensors.Sum(tensor => tensor.Dims[along]);
        RequireAffordable(tensors.Sum(tensor => (long)tensor.Count));
        return tensors[0].IsFloat
            ? new OnnxTensor("", tensors[0].Type, dims, Join(tensor => tensor.Floats), null)
            : new OnnxTensor("", tensors[0].Type, dims, null, new Lazy<long[]>(Join(tensor => tensor.Integers)));

        T[] Join<T>(Func<OnnxTensor, ReadOnlyMemory<T>> values)
        {
            var joined = new List<T>();
            for (int o = 0; o < (dims.Contains(0) ? 0 : outer); o++)
            {
                foreach (OnnxTensor tensor in tensors)
                    joined.AddRange(values(tensor).Span.Slice(o * (tensor.Count / outer), tensor.Count / outer));
            }

            return [.. joined];
        }
    }

    /// <summary>Another element type; towards integers the fraction is dropped.</summary>
    public static OnnxTensor Cast(OnnxTensor tensor, OnnxElementType type)
    {
        int[] dims = tensor.Dims.ToArray();
        if (type.Size() == 0) throw new NetVizException($"a cast to {type} is not supported");
        if (type.IsFloat())
            return new OnnxTensor(tensor.Name, type, dims,
                tensor.IsFloat ? tensor.Floats : Array.ConvertAll(tensor.Integers.ToArray(), number => (float)number), null);
        long[] integers = tensor.IsFloat
            ? Array.ConvertAll(tensor.Floats.ToArray(), number => (long)number)
            : tensor.Integers.ToArray();
        if (type == OnnxElementType.Bool)
        {
            integers = tensor.IsFloat
                ? Array.ConvertAll(tensor.Floats.ToArray(), n => n == 0 ? 0L : 1)
                : Array.ConvertAll(integers, n => n == 0 ? 0L : 1);
        }

        return new OnnxTensor(tensor.Name, type, dims, null, new Lazy<long[]>(integers));
    }

    /// <summary>Add, Sub, Mul or Div of two constants that broadcast to each other; integers divide towards 0.</summary>
    public static OnnxTensor Combine(string operation, OnnxTensor a, OnnxTensor b)
    {
        int rank = Math.Max(a.Dims.Length, b.Dims.Length);
        int[] da = Padded(a), db = Padded(b);
        if (da.Zip(db).Any(pair => pair.First != pair.Second && pair.First != 1 && pair.Second != 1))
            throw new NetVizException($"the constants {a} and {b} do not broadcast to each other");
        int[] dims = [.. da.Zip(db, (x, y) => x == 1 ? y : x)];
        OnnxTensor wideA = Walk(a, dims, Spread(da), 0), wideB = Walk(b, dims, Spread(db), 0);
        if (a.IsFloat)
        {
            float[] values = [.. wideA.Floats.ToArray().Zip(wideB.Floats.ToArray(), (x, y) => operation switch
            {
                "Add" => x + y,
                "Sub" => x - y,
                "Mul" => x * y,
                _ => x / y,
            })];
            return new OnnxTensor("", a.Type, dims, values, null);
        }

        long[] integers = [.. wideA.Integers.ToArray().Zip(wideB.Integers.ToArray(), (x, y) => operation switch
        {
            "Add" => x + y,
            "Sub" => x - y,
            "Mul" => x * y,
            _ => y != 0 ? x / y : throw new NetVizException("an integer constant is divided by 0"),
        })];
        return new OnnxTensor("", a.Type, dims, null, new Lazy<long[]>(integers));

        int[] Padded(OnnxTensor tensor) => [.. Enumerable.Repeat(1, rank - tensor.Dims.Length), .. tensor.Dims];

        static int[] Spread(int[] dims) => [.. Strides(dims).Zip(dims, (stride, length) => length == 1 ? 0 : stride)];
    }

    /// <summary>A number of an axis or element, counted from the end where it is negative.</summary>
    public static int Axis(long axis, int count)
    {
        long counted = axis < 0 ? axis + count : axis;
        return counted >= 0 && counted < count
            ? (int)counted
            : throw new NetVizException($"{axis} is outside of 0 to {count - 1}");
    }

    // The tensor read in a grid of the given lengths, each step of an axis advancing by its stride.
    private static OnnxTensor Walk(OnnxTensor tensor, int[] dims, int[] strides, int offset)
    {
        int[] inner = Strides(dims);
        return tensor.Select(dims, i =>
        {
            int source = offset;
            for (int axis = 0; axis < dims.Length; axis++)
            {
                source += i / inner[axis] * strides[axis];
                i %= inner[axis];
            }

            return source;
        });
    }

    /// <summary>Refuses a constant that a few bytes of a file could make arbitrarily large.</summary>
    public static void RequireAffordable(long elements)
    {
        if (elements > MostElements)
            throw new NetVizException($"a constant of {elements} elements would be worked out; {MostElements} are supported");
    }

    // Elements between neighbours along each axis, row-major; at least 1, so that empty tensors do no harm.
    private static int[] Strides(int[] dims)
    {
        var strides = new int[dims.Length];
        for (int axis = dims.Length - 1, stride = 1; axis >= 0; stride *= Math.Max(1, dims[axis--])) strides[axis] = stride;
        return strides;
    }
}
