using System.Runtime.Intrinsics;
using NetViz.Engine;

namespace NetViz.Weights.Onnx;

/// <summary>Finds a NaN or an infinity among a model's weights, which would silently spoil every result.</summary>
internal static class FiniteCheck
{
    private const int Chunk = 1 << 20;

    /// <summary>Looks through all floating-point tensors with all cores.</summary>
    /// <param name="file">The file, for the error.</param>
    /// <param name="tensors">Tensors; those that hold no floating-point numbers are passed over.</param>
    /// <exception cref="NetVizException">There is one; the first is named.</exception>
    public static void Require(string file, IEnumerable<OnnxTensor> tensors)
    {
        (OnnxTensor Tensor, int Start)[] chunks =
        [
            .. from tensor in tensors
               where tensor.IsFloat
               from chunk in Enumerable.Range(0, (int)(((long)tensor.Count + Chunk - 1) / Chunk))
               select (tensor, chunk * Chunk),
        ];
        ParallelLoopResult result = Parallel.For(0, chunks.Length, (i, loop) =>
        {
            (OnnxTensor tensor, int start) = chunks[i];
            ReadOnlySpan<float> numbers = tensor.Floats.Span.Slice(start, Math.Min(Chunk, tensor.Count - start));
            if (!AreFinite(numbers)) loop.Break(); // the lowest such chunk is the one reported
        });
        if (result.LowestBreakIteration is not { } lowest) return;
        OnnxTensor bad = chunks[lowest].Tensor;
        throw new NetVizException($"{file}: initializer '{bad.Name}' holds "
            + $"{Describe(bad, FirstIn(bad, chunks[lowest].Start)!.Value)}", Hint);
    }

    /// <summary>What the user can do.</summary>
    public const string Hint = "the file is damaged or training diverged; `AllowNonFinite` loads it all the same, "
        + "OnnxOptions.AllowNonFinite in code";

    /// <summary>The first number from a place on that is NaN or infinite; null if there is none.</summary>
    public static int? FirstIn(OnnxTensor tensor, int start = 0)
    {
        ReadOnlySpan<float> numbers = tensor.Floats.Span;
        if (AreFinite(numbers[start..])) return null;
        while (float.IsFinite(numbers[start])) start++;
        return start;
    }

    // Vectors of 128 bits are compiled ahead of time on every platform, so that a start need not wait for the compiler.
    private static bool AreFinite(ReadOnlySpan<float> numbers)
    {
        const int Infinity = 0x7f800000;
        Vector128<int> isSpecial = default;
        int i = 0;
        for (; i + 4 <= numbers.Length; i += 4)
        {
            Vector128<int> bits = Vector128.Create(numbers[i..]).AsInt32();
            isSpecial |= Vector128.Equals(bits & Vector128.Create(Infinity), Vector128.Create(Infinity));
        }

        bool isFinite = isSpecial == Vector128<int>.Zero;
        for (; i < numbers.Length; i++) isFinite &= float.IsFinite(numbers[i]);
        return isFinite;
    }

    /// <summary>For example <c>NaN at element 7 of 24 [0, 1, 3]</c>.</summary>
    public static string Describe(OnnxTensor tensor, int element)
    {
        var index = new int[tensor.Dims.Length];
        for (int axis = index.Length - 1, rest = element; axis >= 0; axis--)
            (rest, index[axis]) = Math.DivRem(rest, tensor.Dims[axis]);
        string found = float.IsNaN(tensor.Floats.Span[element]) ? "NaN" : "an infinity";
        return $"{found} at element {element} of {tensor.Count} [{string.Join(", ", index)}]";
    }
}
