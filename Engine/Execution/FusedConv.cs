using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// A convolution with the rectifier that alone reads it, and perhaps the max-pooling that alone reads that, run as one operation
/// of the back-end: what lies between them is never written. The bytes of the result, the bits and the switches are the same as
/// one by one. It runs in the convolution's place, in the backward pass too, so that signals that meet below are added in the
/// same order.
/// </summary>
internal sealed class FusedConv
{
    private readonly ConvGeometry _geometry;
    private readonly PoolGeometry? _poolGeometry;

    private FusedConv(Node conv, Node rectifier, Node? pool, ConvGeometry geometry, PoolGeometry? poolGeometry) =>
        (Conv, Rectifier, Pool, _geometry, _poolGeometry) = (conv, rectifier, pool, geometry, poolGeometry);

    /// <summary>The convolution, in whose place it runs.</summary>
    public Node Conv { get; }

    /// <summary>The rectifier that reads the convolution.</summary>
    public Node Rectifier { get; }

    /// <summary>The max-pooling, if it belongs to it.</summary>
    public Node? Pool { get; }

    /// <summary>The tensor that it writes in the forward pass and whose signal it takes in the backward pass.</summary>
    public int Output => (Pool ?? Rectifier).Output;

    /// <summary>Finds what the back-end computes in one.</summary>
    /// <param name="prepared">The prepared network.</param>
    /// <param name="shapes">Each tensor's shape, of activations or of signals.</param>
    /// <param name="seen">Tensors that somebody looks at, between which nothing can be left out.</param>
    /// <param name="backward">Whether the backward pass is meant; otherwise the forward pass.</param>
    /// <param name="plainImages">[N], or empty: the images that are computed by plain sums.</param>
    /// <returns>For each node what it is a part of; null where it runs by itself.</returns>
    public static FusedConv?[] Find(PreparedNetwork prepared, Shape[] shapes, ReadOnlySpan<bool> seen, bool backward,
        ReadOnlyMemory<bool> plainImages = default)
    {
        Network network = prepared.Network;
        var parts = new FusedConv?[network.Nodes.Length];
        if (prepared.Kernels is not IFusedKernels kernels) return parts;
        Node?[] readers = SoleReaders(network, seen);
        foreach (Node node in network.Nodes)
        {
            if (node.Layer is not Conv conv || readers[node.Output] is not { Layer: RectifierLayer and not PRelu } rectifier) continue;
            ConvGeometry geometry = conv.Geometry(shapes[node.Inputs[0]]) with { PlainImages = plainImages };
            Node? pool = readers[rectifier.Output] is { Layer: MaxPool } reader ? reader : null;
            PoolGeometry? poolGeometry = pool?.Layer.SwitchGeometry(shapes[rectifier.Output]);
            bool Fuses(PoolGeometry? pooling) =>
                kernels.CanFuse(geometry, prepared.WeightsOf(node)!, pooling, backward);

            FusedConv? fused = pool is not null && Fuses(poolGeometry)
                ? new FusedConv(node, rectifier, pool, geometry, poolGeometry)
                : Fuses(null) ? new FusedConv(node, rectifier, pool: null, geometry, poolGeometry: null) : null;
            if (fused is null) continue;
            parts[node.Index] = parts[rectifier.Index] = fused;
            if (fused.Pool is not null) parts[fused.Pool.Index] = fused;
        }

        return parts;
    }

    /// <summary>Writes the output, bits and switches.</summary>
    public void Forward(IKernels kernels, ForwardRecord record, DeviceTensor input, DeviceTensor output) =>
        ((IFusedKernels)kernels).ConvForward(_geometry, input, record.Prepared.WeightsOf(Conv)!, Tail(record), output);

    /// <summary>Writes the signal below the convolution from the one above the tail.</summary>
    public void Backward(IKernels kernels, ForwardRecord record, DeviceTensor outputSignal, BackwardRule rule,
        DeviceTensor inputSignal) =>
        ((IFusedKernels)kernels).ConvBackward(_geometry, outputSignal, Tail(record), rule.At(Rectifier.Layer),
            record.Prepared.WeightsOf(Conv)!, inputSignal);

    private ConvTail Tail(ForwardRecord record) => new()
    {
        Rectifier = ((RectifierLayer)Rectifier.Layer).Rectifier,
        Bits = record.KeptBy(Rectifier).Bits!,
        Pool = _poolGeometry,
        Switches = Pool is null ? null : record.KeptBy(Pool).Switches,
    };

    /// <summary>For each tensor the node that reads it, where that is one, reads it once, and nothing else reads it.</summary>
    private static Node?[] SoleReaders(Network network, ReadOnlySpan<bool> seen)
    {
        var readers = new Node?[seen.Length];
        var times = new int[seen.Length];
        foreach (Node node in network.Nodes)
        {
            foreach (int tensor in node.Inputs)
            {
                readers[tensor] = node;
                times[tensor]++;
            }
        }

        for (int tensor = 0; tensor < seen.Length; tensor++)
        {
            if (times[tensor] != 1 || seen[tensor]) readers[tensor] = null;
        }

        return readers;
    }
}
