using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Analysis.LinearRegions;

/// <summary>One layer of a <see cref="TangentWalk"/>: what its analysis needs to send a tangent through it.</summary>
/// <param name="record">The forward pass in double.</param>
/// <param name="linear">The network without constants, prepared in double.</param>
/// <param name="node">The layer in its place.</param>
/// <param name="activation">The numbers of the tensors that rectifiers and max-poolings read.</param>
/// <param name="piece">The record's linear piece; layers change it where elements flip at once.</param>
/// <param name="flips">Takes each flip.</param>
internal sealed class TangentStep(ForwardRecord record, PreparedNetwork linear, Node node, Func<int, double[]> activation,
    LinearPiece piece, FlipSearch flips)
{
    /// <summary>The network without constants, prepared in double.</summary>
    public PreparedNetwork Linear => linear;

    /// <summary>The layer in its place.</summary>
    public Node Node => node;

    /// <summary>The affine map that the network is around the picture.</summary>
    public LinearPiece Piece => piece;

    /// <summary>The flips found so far.</summary>
    public FlipSearch Flips => flips;

    /// <summary>The first input's numbers.</summary>
    public double[] Activation => activation(node.Inputs[0]);

    /// <summary>What the forward pass kept at the layer.</summary>
    public PortableLayer Kept => record.KeptBy(node.Name);

    /// <summary>The shapes of the inputs.</summary>
    public Shape[] InputShapes => [.. node.Inputs.Select(record.ShapeOf)];

    /// <summary>The shape of the output.</summary>
    public Shape OutputShape => record.ShapeOf(node.Output);

    /// <summary>Returns a flip of an element of the layer's output.</summary>
    public Flip FlipOf(FlipKind kind, long element, double distance, double value, double bound, double rate, int from, int to) =>
        new(node.Name, node.Layer.Operator, kind, element, ElementIndex.Of(OutputShape, element), distance, value, bound, rate, from,
            to);
}
