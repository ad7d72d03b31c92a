using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Kernels;

namespace NetViz.Procedures;

/// <summary>
/// Judges a batch by its shape alone, before its numbers are read or made: a header of a hundred bytes, or one option, can name
/// more images than any machine holds.
/// </summary>
/// <param name="model">The network and its device.</param>
/// <param name="maxBytes">The bytes that the model's options give; null for the machine's memory.</param>
internal sealed class BatchMemory(Explainer model, double? maxBytes)
{
    /// <summary>Refuses an input that the network does not take, or whose pass in both directions needs too much.</summary>
    /// <param name="what">How the message names it.</param>
    /// <param name="lengths">The input's shape.</param>
    /// <exception cref="NetVizException">It is refused.</exception>
    public void Require(string what, ReadOnlySpan<long> lengths)
    {
        var axes = new int[lengths.Length];
        for (int axis = 0; axis < axes.Length; axis++)
        {
            if (lengths[axis] > int.MaxValue) throw TooLarge(what, lengths, "more images or pixels than can be counted");
            axes[axis] = (int)lengths[axis];
        }

        Require(what, new Shape(axes));
    }

    /// <inheritdoc cref="Require(string, ReadOnlySpan{long})"/>
    public void Require(string what, Shape shape)
    {
        long[] lengths = [.. shape.Lengths.ToArray().Select(length => (long)length)];
        try
        {
            // Throws where the network takes no such input.
            Shape[] shapes = model.Network.InferShapes(shape);
            double bytes = OnHost(shape), limit = maxBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            if (bytes > limit)
            {
                throw TooLarge(what, lengths,
                    $"needs {ByteText.Of((long)bytes)} of memory, of which there are {ByteText.Of((long)limit)}");
            }

            if (shapes.FirstOrDefault(other => other.Count > Array.MaxLength) is { Rank: > 0 } largest)
                throw TooLarge(what, lengths, $"has a feature map {largest} of more than {Array.MaxLength} numbers");
        }
        catch (OverflowException)
        {
            throw TooLarge(what, lengths, "has feature maps of more numbers than can be counted");
        }
    }

    // A card's own memory is judged by the engine, which knows how much of it there is.
    private double OnHost(Shape shape) => model.Prepared.Kernels.DeviceMemoryBytes is not null
        ? 3.0 * sizeof(float) * shape.Count
        : ResourceDemand.Of(model.Network, shape).Bytes;

    private static NetVizException TooLarge(string what, ReadOnlySpan<long> lengths, string why) => new(
        $"{what} [{string.Join(", ", lengths.ToArray())}] is too large: one pass {why}",
        "give fewer images at once; `MaxMemory` sets the limit");
}
