using System.Numerics;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Analysis.LinearRegions;

/// <summary>
/// One linear piece of a network: the bit of every rectifier output and the switch of every max-pooling window that a score
/// depends on. With these fixed, a network of convolutions, rectifiers and poolings is linear in its input.
/// </summary>
internal sealed class LinearPiece
{
    private readonly PortableLayer?[] _kept;

    private LinearPiece(PortableLayer?[] kept) => _kept = kept;

    /// <summary>The piece in which a forward pass lies. Each call makes a copy of its own.</summary>
    /// <param name="record">The forward pass.</param>
    /// <param name="leads">For each tensor, whether the score depends on it.</param>
    public static LinearPiece Of(ForwardRecord record, bool[] leads) => new([.. record.Prepared.Network.Nodes.Select(node =>
        leads[node.Output] && Decides(node.Layer) ? record.KeptBy(node.Name) : null)]);

    /// <summary>Whether a layer keeps bits or switches.</summary>
    public static bool Decides(Layer layer) => (layer.Keeps & (Keep.Bits | Keep.Switches)) != 0;

    /// <summary>For each tensor, whether another one depends on it or is it.</summary>
    public static bool[] LeadingTo(Network network, int target)
    {
        var leads = new bool[network.Nodes.Length + 1];
        leads[target] = true;
        for (int index = target - 1; index >= 0; index--)
        {
            if (!leads[index + 1]) continue;
            foreach (int tensor in network.Nodes[index].Inputs) leads[tensor] = true;
        }

        return leads;
    }

    /// <summary>What a rectifier or a max-pooling has here.</summary>
    public PortableLayer At(Node node) => _kept[node.Index]!;

    /// <summary>Turns one bit over.</summary>
    public void Flip(Node node, long element) => At(node).Bits[element >> 3] ^= (byte)(1 << (int)(element & 7));

    /// <summary>How many bits and switches of one layer differ from those of another pass.</summary>
    public long Differences(Node node, PortableLayer other)
    {
        PortableLayer own = At(node);
        long count = 0;
        for (int i = 0; i < own.Bits.Length; i++) count += BitOperations.PopCount((uint)(own.Bits[i] ^ other.Bits[i]));
        for (int i = 0; i < own.Switches.Length; i++) count += own.Switches[i] != other.Switches[i] ? 1 : 0;
        return count;
    }

    /// <summary>How many bits or switches a layer has.</summary>
    public static long Count(Node node, Shape output) => Decides(node.Layer) ? output.Count : 0;
}
