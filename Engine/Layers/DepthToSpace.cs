using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>How channels and the pixels of a block change places.</summary>
public enum DepthToSpaceKind
{
    /// <summary>Channels become pixels; those of one pixel of the block lie together (ONNX's DCR).</summary>
    DepthFirst,

    /// <summary>Channels become pixels; those of one output channel lie together (ONNX's CRD, PyTorch's PixelShuffle).</summary>
    ColumnFirst,

    /// <summary>Pixels become channels (ONNX's SpaceToDepth), the inverse of <see cref="DepthFirst"/>.</summary>
    SpaceToDepth,
}

/// <summary>
/// Channels become blocks of pixels, or blocks of pixels channels. On the backward pass elements move back: the same under all
/// rules.
/// </summary>
public sealed class DepthToSpace : Layer
{
    private readonly int[] _permutation, _inverse;

    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="kind">What moves where.</param>
    /// <param name="block">Rows and columns of a block.</param>
    public DepthToSpace(string name, DepthToSpaceKind kind, int block)
        : base(name, kind == DepthToSpaceKind.SpaceToDepth ? "SpaceToDepth" : "DepthToSpace")
    {
        if (block is < 1 or > 1 << 12) throw Refuse($"its blocksize is {block}; 1 to {1 << 12} are supported");
        (Kind, Block) = (kind, block);
        _permutation = kind switch
        {
            DepthToSpaceKind.DepthFirst => [0, 3, 4, 1, 5, 2],
            DepthToSpaceKind.ColumnFirst => [0, 1, 4, 2, 5, 3],
            _ => [0, 3, 5, 1, 2, 4],
        };
        _inverse = new int[6];
        for (int axis = 0; axis < 6; axis++) _inverse[_permutation[axis]] = axis;
    }

    /// <summary>What moves where.</summary>
    public DepthToSpaceKind Kind { get; }

    /// <summary>Rows and columns of a block.</summary>
    public int Block { get; }

    /// <summary>Axis i of the output, taken as six axes, is axis i of this list among the input's.</summary>
    public ReadOnlySpan<int> Permutation => _permutation;

    internal override int RowCopies => 2;

    /// <summary>The input as six axes.</summary>
    public int[] Axes(Shape input) => Kind switch
    {
        DepthToSpaceKind.DepthFirst => [input.N, Block, Block, input.C / (Block * Block), input.H, input.W],
        DepthToSpaceKind.ColumnFirst => [input.N, input.C / (Block * Block), Block, Block, input.H, input.W],
        _ => [input.N, input.C, input.H / Block, Block, input.W / Block, Block],
    };

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape x = RequireRank(inputs, 4);
        bool toDepth = Kind == DepthToSpaceKind.SpaceToDepth;
        if (toDepth ? x.H % Block != 0 || x.W % Block != 0 : x.C % (Block * Block) != 0)
        {
            throw Refuse($"its input {x} does not divide into blocks of {Block}x{Block}: "
                + (toDepth ? "rows and columns must be multiples of it" : $"channels must be a multiple of {Block * Block}"));
        }

        if (Math.Max((long)x.H, x.W) * Block > int.MaxValue || (long)x.C * Block * Block > int.MaxValue)
            throw Refuse($"blocks of {Block}x{Block} of its input {x} are too many");
        return toDepth
            ? new Shape(x.N, x.C * Block * Block, x.H / Block, x.W / Block)
            : new Shape(x.N, x.C / (Block * Block), x.H * Block, x.W * Block);
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) =>
        a.Kernels.Rearrange(Axes(a.Input.Shape), _permutation, a.Input, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a)
    {
        int[] axes = Axes(a.InputSignal.Shape);
        a.Kernels.Rearrange([.. _permutation.Select(axis => axes[axis])], _inverse, a.OutputSignal, a.InputSignal);
    }
}
