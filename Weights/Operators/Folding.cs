using System.Numerics.Tensors;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Operators;

/// <summary>
/// Operators whose inputs are all constants, worked out at load: those that are supported for constants only, and the constant
/// forms of others. An operator of neither kind is run as a layer (<see cref="ConstantRun"/>).
/// </summary>
internal static class Folding
{
    /// <summary>Floor, Ceil, Round, Sign, Not, IsNaN, IsInf, Sin, Cos and their like.</summary>
    public static Value Unary(NodeReader node)
    {
        RequireConstant(node);
        return node.Fold(1, inputs => node.Operator switch
        {
            "Not" => OfIntegers(node, inputs[0], x => x == 0 ? 1 : 0),
            "Floor" => Map(node, inputs[0], MathF.Floor),
            "Ceil" => Map(node, inputs[0], MathF.Ceiling),
            "Round" => Map(node, inputs[0], x => MathF.Round(x, MidpointRounding.ToEven)),
            "Sin" => Map(node, inputs[0], MathF.Sin),
            "Cos" => Map(node, inputs[0], MathF.Cos),
            _ => Map(node, inputs[0], x => float.IsNaN(x) ? x : MathF.Sign(x), x => Math.Sign(x)),
        });
    }

    /// <summary>Equal, Less, LessOrEqual, Greater, GreaterOrEqual, And, Or, Xor, Mod.</summary>
    public static Value Binary(NodeReader node)
    {
        RequireConstant(node);
        if (node.Opset < 7) node.Ignore("broadcast", "axis");
        bool isFloatMod = node.Flag("fmod");
        return node.Fold(2, inputs => node.Operator switch
        {
            "Equal" => Compare(node, inputs, (a, b) => a == b, (a, b) => a == b),
            "Less" => Compare(node, inputs, (a, b) => a < b, (a, b) => a < b),
            "LessOrEqual" => Compare(node, inputs, (a, b) => a <= b, (a, b) => a <= b),
            "Greater" => Compare(node, inputs, (a, b) => a > b, (a, b) => a > b),
            "GreaterOrEqual" => Compare(node, inputs, (a, b) => a >= b, (a, b) => a >= b),
            "And" => Compare(node, inputs, (_, _) => false, (a, b) => a != 0 && b != 0),
            "Or" => Compare(node, inputs, (_, _) => false, (a, b) => a != 0 || b != 0),
            "Xor" => Compare(node, inputs, (_, _) => false, (a, b) => a != 0 != (b != 0)),
            _ => Pairwise(node, inputs, (a, b) => isFloatMod ? a % b : a - b * MathF.Floor(a / b),
                (a, b) => b is 0 or -1 ? (b == 0 ? throw node.Refuse("an integer constant is divided by 0") : 0)
                    : isFloatMod ? a % b : a - b * FloorDivision(a, b)),
        });
    }

    /// <summary>Min, Max or Sum-like chains of constants, two at a time.</summary>
    public static OnnxTensor Chain(NodeReader node, OnnxTensor[] inputs)
    {
        OnnxTensor result = inputs[0];
        for (int i = 1; i < inputs.Length; i++)
        {
            result = node.Operator == "Min"
                ? Pairwise(node, [result, inputs[i]], Math.Min, Math.Min)
                : Pairwise(node, [result, inputs[i]], Math.Max, Math.Max);
            node.Step(result);
        }

        return result;
    }

    /// <summary>Pow of constants.</summary>
    public static OnnxTensor Pow(NodeReader node, OnnxTensor[] inputs) => inputs[0].IsFloat && inputs[1].IsInteger
        ? Pow(node, [inputs[0], ConstantFolding.Cast(inputs[1], OnnxElementType.Float32, node.MostElements)])
        : Pairwise(node, inputs, MathF.Pow, (a, b) => (long)Math.Clamp(Math.Pow(a, b), long.MinValue, long.MaxValue));

    /// <summary>Where: the first or the second of two constants by a third.</summary>
    public static Value Where(NodeReader node)
    {
        RequireConstant(node);
        return node.Fold(3, inputs =>
        {
            RequireSameKind(node, inputs[1], inputs[2]);
            var grid = new ConstantGrid(node.MostElements, inputs[0], inputs[1], inputs[2]);
            ReadOnlyMemory<long> condition = inputs[0].Integers;
            return inputs[1].IsFloat
                ? new OnnxTensor(node.Name, inputs[1].Type, grid.Dims, Pick(inputs[1].Floats.Span, inputs[2].Floats.Span), null)
                : new OnnxTensor(node.Name, inputs[1].Type, grid.Dims, null,
                    new Lazy<long[]>(Pick(inputs[1].Integers.Span, inputs[2].Integers.Span)));

            T[] Pick<T>(ReadOnlySpan<T> first, ReadOnlySpan<T> second)
            {
                var picked = new T[grid.Count];
                ReadOnlySpan<long> isFirst = condition.Span;
                for (int i = 0; i < picked.Length; i++, grid.Next())
                    picked[i] = isFirst[grid.At[0]] != 0 ? first[grid.At[1]] : second[grid.At[2]];
                return picked;
            }
        });
    }

    /// <summary>Expand: a constant repeated to a shape that it broadcasts to.</summary>
    public static Value Expand(NodeReader node)
    {
        RequireConstant(node);
        return node.Fold(2, inputs =>
        {
            long[] wanted = inputs[1].Integers.ToArray();
            int[] own = inputs[0].Dims.ToArray(), strides = ConstantFolding.Strides(own);
            int rank = Math.Max(own.Length, wanted.Length);
            int[] dims = new int[rank], steps = new int[rank];
            for (int k = 1; k <= rank; k++)
            {
                int length = k <= own.Length ? own[^k] : 1;
                long target = k <= wanted.Length ? wanted[^k] : 1;
                if (target is < 0 or > int.MaxValue || (length != 1 && target != 1 && target != length))
                    throw node.Refuse($"the constant {inputs[0].DimsText} does not broadcast to [{string.Join(", ", wanted)}]");
                dims[^k] = length == 1 ? (int)target : length;
                steps[^k] = k <= own.Length && length > 1 ? strides[^k] : 0;
            }

            return inputs[0].Walk(dims, steps, 0, node.MostElements);
        });
    }

    /// <summary>Tile: a constant repeated along its axes.</summary>
    public static Value Tile(NodeReader node)
    {
        RequireConstant(node);
        return node.Fold(2, inputs =>
        {
            long[] repeats = inputs[1].Integers.ToArray();
            int[] own = inputs[0].Dims.ToArray(), strides = ConstantFolding.Strides(own);
            if (repeats.Length != own.Length || repeats.Any(repeat => repeat is < 0 or > int.MaxValue))
                throw node.Refuse($"the repeats [{string.Join(", ", repeats)}] do not fit the constant {inputs[0].DimsText}");
            int[] dims = new int[2 * own.Length], steps = new int[2 * own.Length];
            for (int axis = 0; axis < own.Length; axis++)
                (dims[2 * axis], dims[2 * axis + 1], steps[2 * axis + 1]) = ((int)repeats[axis], own[axis], strides[axis]);
            ConstantFolding.RequireAffordable(dims, node.MostElements);
            return inputs[0].Walk(dims, steps, 0, node.MostElements)
                .WithDims([.. own.Select((length, axis) => length * (int)repeats[axis])]);
        });
    }

    /// <summary>Range: numbers from a start, by a step, up to a limit that does not belong to them.</summary>
    public static Value Range(NodeReader node)
    {
        RequireConstant(node);
        return node.Fold(3, inputs =>
        {
            if (inputs.Any(input => input.Count != 1)) throw node.Refuse("its start, limit and step have to be single numbers");
            double[] numbers = [.. inputs.Select(input => input.IsFloat ? input.Floats.Span[0] : (double)input.Integers.Span[0])];
            double count = Math.Ceiling((numbers[1] - numbers[0]) / numbers[2]);
            if (double.IsNaN(count) || numbers[2] == 0) throw node.Refuse($"its step is {numbers[2]}");
            int length = ConstantFolding.RequireAffordable([(int)Math.Clamp(count, 0, int.MaxValue)], node.MostElements);
            if (inputs[0].IsFloat)
                return OnnxTensor.OfFloats(node.Name, [length], Numbers(i => (float)(numbers[0] + i * numbers[2])));
            (long start, long step) = (inputs[0].Integers.Span[0], inputs[2].Integers.Span[0]);
            return new OnnxTensor(node.Name, inputs[0].Type, [length], null, new Lazy<long[]>(Numbers(i => unchecked(start + i * step))));

            T[] Numbers<T>(Func<int, T> at)
            {
                var values = new T[length];
                for (int i = 0; i < length; i++) values[i] = at(i);
                return values;
            }
        });
    }

    /// <summary>NonZero: the indices of the elements that are not 0, [axes, elements].</summary>
    public static Value NonZero(NodeReader node)
    {
        RequireConstant(node);
        return node.Fold(1, inputs =>
        {
            OnnxTensor x = inputs[0];
            int[] places = [.. Enumerable.Range(0, x.Count).Where(i => x.IsFloat ? x.Floats.Span[i] != 0 : x.Integers.Span[i] != 0)];
            int rank = Math.Max(1, x.Dims.Length);
            ConstantFolding.RequireAffordable([rank, places.Length], node.MostElements);
            int[] dims = x.Dims.Length == 0 ? [1] : x.Dims.ToArray(), strides = ConstantFolding.Strides(dims);
            var indices = new long[rank * places.Length];
            for (int axis = 0; axis < rank; axis++)
                for (int i = 0; i < places.Length; i++) indices[axis * places.Length + i] = places[i] / strides[axis] % dims[axis];
            return OnnxTensor.OfIntegers(node.Name, [rank, places.Length], indices);
        });
    }

    /// <summary>Size: the number of elements, known at load but for the batch size.</summary>
    public static Value Size(NodeReader node)
    {
        if (node.IsConstant) return node.Fold(1, inputs => OnnxTensor.OfIntegers(node.Name, [], inputs[0].Count));
        ActivationValue x = node.Activation();
        return NodeReader.Combine(OnnxTensor.OfIntegers(node.Name, [], x.Shape.Count),
            x.ShapeAtOtherBatch is { } other ? OnnxTensor.OfIntegers(node.Name, [], other.Count) : null);
    }

    /// <summary>ReduceProd, ReduceLogSumExp and other reductions that are supported for constants only.</summary>
    public static Value Reduce(NodeReader node)
    {
        RequireConstant(node);
        return ReduceOperators.Read(node);
    }

    /// <summary>A reduction of a constant.</summary>
    /// <param name="node">The node, whose operator says which.</param>
    /// <param name="tensor">The constant.</param>
    /// <param name="axes">The axes, sorted.</param>
    /// <param name="keep">Whether the axes stay, with length 1.</param>
    public static OnnxTensor Reduce(NodeReader node, OnnxTensor tensor, int[] axes, bool keep)
    {
        int[] dims = tensor.Dims.ToArray();
        int[] kept = [.. dims.Select((length, axis) => axes.Contains(axis) ? 1 : length)];
        int[] result = keep ? kept : [.. dims.Where((_, axis) => !axes.Contains(axis))];
        int count = ConstantFolding.RequireAffordable(kept, node.MostElements);
        int[] strides = ConstantFolding.Strides(kept), to = [.. strides.Select((stride, axis) => kept[axis] == 1 ? 0 : stride)];
        var index = new int[dims.Length];
        long length = count == 0 ? 0 : tensor.Count / count;
        if (length == 0 && node.Operator is "ReduceMax" or "ReduceMin" or "ReduceMean")
            throw node.Refuse($"the constant {tensor.DimsText} has nothing along the axes [{string.Join(", ", axes)}]");
        if (tensor.IsInteger) return OfIntegers();
        var values = new double[count];
        string what = node.Operator;
        Array.Fill(values, what switch
        {
            "ReduceProd" => 1,
            "ReduceMax" => double.NegativeInfinity,
            "ReduceMin" => double.PositiveInfinity,
            _ => 0,
        });
        int position = 0;
        foreach (float x in tensor.Floats.ToArray())
        {
            values[position] = what switch
            {
                "ReduceProd" => values[position] * x,
                "ReduceMax" => Math.Max(values[position], x),
                "ReduceMin" => Math.Min(values[position], x),
                "ReduceL1" => values[position] + Math.Abs(x),
                "ReduceL2" or "ReduceSumSquare" => values[position] + (double)x * x,
                "ReduceLogSumExp" => values[position] + Math.Exp(x),
                _ => values[position] + x,
            };
            Advance(ref position);
        }

        return OnnxTensor.OfFloats(node.Name, result, Array.ConvertAll(values, value => (float)(what switch
        {
            "ReduceMean" => value / length,
            "ReduceL2" => Math.Sqrt(value),
            "ReduceLogSum" or "ReduceLogSumExp" => Math.Log(value),
            _ => value,
        })));

        OnnxTensor OfIntegers()
        {
            var sums = new long[count];
            Array.Fill(sums, node.Operator switch
            {
                "ReduceProd" => 1,
                "ReduceMax" => long.MinValue,
                "ReduceMin" => long.MaxValue,
                _ => 0,
            });
            int at = 0;
            foreach (long x in tensor.Integers.ToArray())
            {
                sums[at] = unchecked(node.Operator switch
                {
                    "ReduceProd" => sums[at] * x,
                    "ReduceMax" => Math.Max(sums[at], x),
                    "ReduceMin" => Math.Min(sums[at], x),
                    "ReduceL1" => sums[at] + Math.Abs(x),
                    "ReduceSumSquare" => sums[at] + x * x,
                    "ReduceSum" or "ReduceMean" => sums[at] + x,
                    _ => throw node.Refuse("it reduces integers, which is not supported for this operator"),
                });
                Advance(ref at);
            }

            if (node.Operator == "ReduceMean" && count > 0) sums = Array.ConvertAll(sums, sum => sum / length);
            return new OnnxTensor(node.Name, tensor.Type, result, null, new Lazy<long[]>(sums));
        }

        void Advance(ref int at)
        {
            for (int axis = dims.Length - 1; axis >= 0; axis--)
            {
                at += to[axis];
                if (++index[axis] < dims[axis]) return;
                at -= to[axis] * dims[axis];
                index[axis] = 0;
            }
        }
    }

    /// <summary>MatMul of two constants: stacks of matrices that broadcast, a vector standing for a row or a column.</summary>
    public static OnnxTensor MatMul(NodeReader node, OnnxTensor[] inputs)
    {
        int[] a = inputs[0].Dims.ToArray(), b = inputs[1].Dims.ToArray();
        if (a.Length == 0 || b.Length == 0) throw node.Refuse("a number is multiplied as a matrix");
        (bool isRow, bool isColumn) = (a.Length == 1, b.Length == 1);
        if (isRow) a = [1, a[0]];
        if (isColumn) b = [b[0], 1];
        (int m, int k, int n) = (a[^2], a[^1], b[^1]);
        if (b[^2] != k) throw node.Refuse($"the constants {inputs[0].DimsText} and {inputs[1].DimsText} do not fit each other");
        var grid = new ConstantGrid(node.MostElements, Stack(a), Stack(b));
        int count = ConstantFolding.RequireAffordable([.. grid.Dims, m, n], node.MostElements);
        node.Work((double)count * k);
        var product = new float[count];
        ReadOnlySpan<float> x = inputs[0].Floats.Span, y = inputs[1].Floats.Span;
        for (int matrix = 0; matrix < grid.Count; matrix++, grid.Next())
        {
            for (int i = 0; i < m; i++)
            {
                Span<float> row = product.AsSpan((matrix * m + i) * n, n);
                for (int p = 0; p < k; p++)
                {
                    float factor = x[(grid.At[0] * m + i) * k + p];
                    TensorPrimitives.MultiplyAdd(y.Slice((grid.At[1] * k + p) * n, n), factor, row, row);
                }
            }
        }

        int[] dims = [.. grid.Dims, .. isRow ? (int[])[] : [m], .. isColumn ? (int[])[] : [n]];
        return OnnxTensor.OfFloats(node.Name, dims, product);

        // One number for each matrix of a stack.
        static OnnxTensor Stack(int[] dims)
        {
            ReadOnlySpan<int> lead = dims.AsSpan(0, dims.Length - 2);
            return OnnxTensor.OfIntegers("", lead, new long[ConstantFolding.Product(lead)]);
        }
    }

    /// <summary>f of each element; integers by a function of their own.</summary>
    public static OnnxTensor Map(NodeReader node, OnnxTensor tensor, Func<float, float> f, Func<long, long>? ofIntegers = null)
    {
        if (tensor.IsInteger && ofIntegers is not null) return OfIntegers(node, tensor, ofIntegers);
        ReadOnlySpan<float> from = tensor.Floats.Span;
        var values = new float[ConstantFolding.RequireAffordable(tensor.Dims, node.MostElements)];
        for (int i = 0; i < values.Length; i++) values[i] = f(from[i]);
        node.RequireFinite(values, "result");
        return OnnxTensor.OfFloats(node.Name, tensor.Dims, values);
    }

    private static OnnxTensor OfIntegers(NodeReader node, OnnxTensor tensor, Func<long, long> f)
    {
        ReadOnlySpan<long> from = tensor.Integers.Span;
        var values = new long[ConstantFolding.RequireAffordable(tensor.Dims, node.MostElements)];
        for (int i = 0; i < values.Length; i++) values[i] = f(from[i]);
        return new OnnxTensor(node.Name, tensor.Type, tensor.Dims.ToArray(), null, new Lazy<long[]>(values));
    }

    private static OnnxTensor Pairwise(NodeReader node, OnnxTensor[] inputs, Func<float, float, float> ofFloats,
        Func<long, long, long> ofIntegers)
    {
        RequireSameKind(node, inputs[0], inputs[1]);
        var grid = new ConstantGrid(node.MostElements, inputs[0], inputs[1]);
        return inputs[0].IsFloat
            ? new OnnxTensor(node.Name, inputs[0].Type, grid.Dims, Combine(inputs[0].Floats.Span, inputs[1].Floats.Span, ofFloats), null)
            : new OnnxTensor(node.Name, inputs[0].Type, grid.Dims, null,
                new Lazy<long[]>(Combine(inputs[0].Integers.Span, inputs[1].Integers.Span, ofIntegers)));

        T[] Combine<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Func<T, T, T> f)
        {
            var values = new T[grid.Count];
            for (int i = 0; i < values.Length; i++, grid.Next()) values[i] = f(a[grid.At[0]], b[grid.At[1]]);
            return values;
        }
    }

    private static OnnxTensor Compare(NodeReader node, OnnxTensor[] inputs, Func<float, float, bool> ofFloats,
        Func<long, long, bool> ofIntegers)
    {
        RequireSameKind(node, inputs[0], inputs[1]);
        var grid = new ConstantGrid(node.MostElements, inputs[0], inputs[1]);
        long[] truths = inputs[0].IsFloat
            ? Truths(inputs[0].Floats.Span, inputs[1].Floats.Span, ofFloats)
            : Truths(inputs[0].Integers.Span, inputs[1].Integers.Span, ofIntegers);
        return new OnnxTensor(node.Name, OnnxElementType.Bool, grid.Dims, null, new Lazy<long[]>(truths));

        long[] Truths<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Func<T, T, bool> f)
        {
            var values = new long[grid.Count];
            for (int i = 0; i < values.Length; i++, grid.Next()) values[i] = f(a[grid.At[0]], b[grid.At[1]]) ? 1 : 0;
            return values;
        }
    }

    private static long FloorDivision(long a, long b) => a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);

    private static void RequireSameKind(NodeReader node, OnnxTensor a, OnnxTensor b)
    {
        if (a.IsFloat != b.IsFloat) throw node.Refuse($"its inputs have the element types {a.Type} and {b.Type}; they must be the same");
    }

    private static void RequireConstant(NodeReader node)
    {
        if (!node.IsConstant || node.InputCount == 0)
            throw node.Refuse($"it reads what the network computes; {node.Operator} is supported for constants only");
    }
}
