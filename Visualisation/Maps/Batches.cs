using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Visualisation.Maps;

/// <summary>Many variations of an image through a network, several at a time.</summary>
public static class Batches
{
    /// <summary>Images of one forward pass [ours]: enough to keep the processor busy, few enough for a VGG's memory.</summary>
    public const int Images = 16;

    /// <summary>Writes an image.</summary>
    /// <param name="job">Its number.</param>
    /// <param name="image">Row-major, all 0, to be filled.</param>
    public delegate void Fill(int job, Span<float> image);

    /// <summary>How many images the network takes at once: <see cref="Images"/>, or 1 where its file fixes the batch.</summary>
    /// <param name="network">The network.</param>
    /// <param name="image">The shape of one image, with its batch axis.</param>
    public static int SizeFor(Network network, Shape image)
    {
        ArgumentNullException.ThrowIfNull(network);
        try
        {
            // A Reshape to [1, 256] takes no second image.
            network.InferShapes(image.WithBatch(2));
            return Images;
        }
        catch (NetVizException)
        {
            return 1;
        }
    }

    /// <summary>Runs jobs 0 .. count - 1 forward.</summary>
    /// <param name="prepared">The prepared network.</param>
    /// <param name="image">The shape of one image, with its batch axis.</param>
    /// <param name="count">How many jobs.</param>
    /// <param name="fill">Writes a job's image.</param>
    /// <param name="use">Receives each record, and of the number of its first job.</param>
    /// <param name="keep">Names of layers whose activations the records shall hold.</param>
    /// <exception cref="NetVizException">The shape does not fit the network.</exception>
    public static void Run(PreparedNetwork prepared, Shape image, int count, Fill fill, Action<ForwardRecord, int> use,
        params string[] keep) => Run(prepared, image, count, fill, use, CancellationToken.None, keep);

    /// <summary>Runs jobs 0 .. count - 1 forward, until it is cancelled.</summary>
    /// <param name="prepared">The prepared network.</param>
    /// <param name="image">The shape of one image, with its batch axis.</param>
    /// <param name="count">How many jobs.</param>
    /// <param name="fill">Writes a job's image.</param>
    /// <param name="use">Receives each record, and of the number of its first job.</param>
    /// <param name="token">Cancels it between layers.</param>
    /// <param name="keep">Names of layers whose activations the records shall hold.</param>
    /// <exception cref="NetVizException">The shape does not fit the network.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Run(PreparedNetwork prepared, Shape image, int count, Fill fill, Action<ForwardRecord, int> use,
        CancellationToken token, params string[] keep)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        ArgumentNullException.ThrowIfNull(fill);
        ArgumentNullException.ThrowIfNull(use);
        int most = SizeFor(prepared.Network, image), length = checked((int)image.CountPerImage);
        var values = new float[Math.Min(most, count) * length];
        ForwardRecord? record = null;
        try
        {
            for (int first = 0; first < count; first += most)
            {
                int n = Math.Min(most, count - first);
                if (record?.InputShape.N != n)
                {
                    record?.Dispose();
                    record = null;
                }

                values.AsSpan(0, n * length).Clear();
                for (int k = 0; k < n; k++) fill(first + k, values.AsSpan(k * length, length));
                var images = new ReadOnlyTensorSpan<float>(values, LengthsOf(image.WithBatch(n)));
                if (record is null) record = prepared.ForwardUnchecked(images, progress: null, token, keep);
                else prepared.ForwardInto(images, record, progress: null, token, keep);
                use(record, first);
            }
        }
        finally
        {
            record?.Dispose();
        }
    }

    internal static nint[] LengthsOf(Shape shape) => [.. shape.Lengths.ToArray().Select(length => (nint)length)];

    internal static Shape ShapeOf(ReadOnlySpan<nint> lengths) => new([.. lengths.ToArray().Select(length => (int)length)]);
}
