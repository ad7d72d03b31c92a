using System.Numerics.Tensors;
using NetViz.Engine;

namespace NetViz.Weights.Onnx;

/// <summary>Finds a NaN or an infinity among a model's weights, which would silently spoil every result.</summary>
internal static class FiniteCheck
{
    private const int Chunk = 1 << 20;

    /// <summary>Looks through all floating-point tensors with all cores; this is also what brings the mapped pages in.</summary>
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
            if (!TensorPrimitives.IsFiniteAll(numbers)) loop.Break(); // the lowest such chunk is the one reported
        });
        if (result.LowestBreakIteration is not { } lowest) return;
        (OnnxTensor bad, int first) = chunks[lowest];
        ReadOnlySpan<float> values = bad.Floats.Span;
        while (float.IsFinite(values[first])) first++;
        string found = float.IsNaN(values[first]) ? "NaN" : "an infinity";
        throw new NetVizException(
            $"{file}: initializer '{bad.Name}' holds {found} at element {first} of {bad.Count}",
            "the file is damaged or training diverged; AllowNonFinite loads it all the same");
    }
}
