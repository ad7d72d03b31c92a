using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// Decides which images of a batch go through the forward pass by plain sums instead of Winograd's transforms.
/// <para>
/// Bits and switches are decisions: a rectifier asks whether x > 0, a max-pooling which of its values is the first maximum. Where
/// two units of one pooling window see equal pixels, their values are equal, and the first one wins. Winograd's transforms round
/// a sum differently at each place of a tile, so they break such ties by chance; the plain sum computes every place in the same
/// order, so it keeps them. Therefore
/// </para>
/// <list type="bullet">
/// <item>a small network (<see cref="SmallNetworkOperations"/>) always runs forward by plain sums: its decisions are those of
/// <see cref="ConvAlgorithm.Direct"/>, bit for bit, and cost little;</item>
/// <item>in a large network an image does that contains two units of one pooling window with equal receptive fields
/// (<see cref="EqualFields"/>): flat areas, stripes, checkers, a cut-out on white.</item>
/// </list>
/// The choice depends on the network and the image alone, not on the batch, so an image's bytes are the same in any batch. The
/// backward pass is linear between the decisions and keeps Winograd's transforms.
/// </summary>
internal sealed class PlainImages
{
    /// <summary>
    /// Multiplications and additions of a forward pass for one image up to which a network is small: 10^9 of each, as
    /// SqueezeNet's 0.86 10^9. VGG-16 at 224x224 has 15.5 10^9.
    /// </summary>
    public const long SmallNetworkOperations = 2_000_000_000;

    private readonly PreparedNetwork _prepared;
    private Shape[] _shapes = [];
    private EqualFields? _fields;
    private bool[] _marks = [];
    private bool _isSmall;

    /// <summary>Looks at a network whose weights are prepared.</summary>
    public PlainImages(PreparedNetwork prepared) => _prepared = prepared;

    /// <summary>Computes how a network's convolutions are prepared, from its declared input size.</summary>
    public static ForwardSums SumsOf(Network network)
    {
        if (network.Input.Dimensions.Skip(1).Any(length => length is null)) return ForwardSums.ByImage;
        try
        {
            return OperationsOf(network, network.InferShapes(network.Input.ShapeFor(batch: 1))) <= SmallNetworkOperations
                ? ForwardSums.Plain
                : ForwardSums.ByImage;
        }
        catch (NetVizException)
        {
            // Shapes that fit no single image are judged at the pass that they fit.
            return ForwardSums.ByImage;
        }
    }

    /// <summary>Marks the images that are computed by plain sums.</summary>
    /// <param name="shapes">Each tensor's shape.</param>
    /// <param name="images">The input; empty if it is given as double.</param>
    /// <param name="doubles">The input in double.</param>
    /// <returns>[N]; empty if no image is marked. Valid until the next call.</returns>
    public ReadOnlyMemory<bool> Mark(Shape[] shapes, ReadOnlySpan<float> images, ReadOnlySpan<double> doubles)
    {
        if (_shapes.Length == 0 || _shapes[0] != shapes[0])
        {
            _shapes = shapes;
            _marks = new bool[shapes[0].N];
            _isSmall = _prepared.Network.Nodes.Any(IsTransformed)
                && OperationsOf(_prepared.Network, shapes) / shapes[0].N <= SmallNetworkOperations;
            _fields = _isSmall ? null : EqualFields.Of(_prepared.Network, shapes, IsTransformed);
        }

        if (_isSmall) Array.Fill(_marks, true);
        else if (_fields is null) return default;
        else _fields.Mark(images, doubles, _marks);
        return _marks.AsSpan().Contains(true) ? _marks : default;
    }

    private bool IsTransformed(Node node) => _prepared.AlgorithmUp(node) == ConvAlgorithm.Winograd;

    private static long OperationsOf(Network network, Shape[] shapes)
    {
        long operations = 0;
        foreach (Node node in network.Nodes)
        {
            long ofLayer = node.Layer.Operations([.. node.Inputs.Select(tensor => shapes[tensor])]);
            operations = ofLayer > long.MaxValue - operations ? long.MaxValue : operations + ofLayer;
        }

        return operations;
    }
}
