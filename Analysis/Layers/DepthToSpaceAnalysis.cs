using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// Channels and the pixels of blocks change places. Elements move and keep their values. With blocks of b x b and C channels
/// of the side that has more pixels, its element (c, y, x) is, on the side that has more channels, at row y / b and column x /
/// b in channel (i b + j) C + c, or, column first, c b^2 + i b + j, where i = y mod b and j = x mod b.
/// </summary>
internal sealed class DepthToSpaceAnalysis : LayerAnalysis<DepthToSpace>
{
    /// <inheritdoc/>
    protected override (string Equation, string Remark) Equation(DepthToSpace layer, ReluRule rule, Unpooling unpooling) =>
        ("R_n = R_{n+1}, elements moved back", $"elements move and keep their values; {ByExtension}");

    /// <inheritdoc/>
    protected override TracePart Forward(DepthToSpace layer, ForwardElement e) =>
        e.Part("y = x of the block", null, [e.Term(null, 1, ElementIndex.In(e.Input, Source(layer, e.Index, e.Input)))]);

    /// <inheritdoc/>
    protected override TracePart Backward(DepthToSpace layer, BackwardElement e) =>
        e.Moved("R_n = R_{n+1} of the block", Target(layer, e.Index, e.Output));

    /// <inheritdoc/>
    protected override LiteralSignal[]? Transpose(DepthToSpace layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r)
    {
        var below = new double[r.Length];
        for (int i = 0; i < r.Length; i++)
            below[ElementIndex.In(inputs[0], Source(layer, ElementIndex.Of(output, i), inputs[0]))] = r[i];
        return [LiteralSignal.Moved(below)];
    }

    /// <inheritdoc/>
    protected override void Field(DepthToSpace layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        FieldSets.Move(above, output, below[0], inputs[0], at => Source(layer, at, inputs[0]));

    private static int[] Source(DepthToSpace layer, int[] at, Shape input) => layer.Kind == DepthToSpaceKind.SpaceToDepth
        ? ToPixels(layer, at, input.C)
        : ToChannels(layer, at, input.C / (layer.Block * layer.Block));

    private static int[] Target(DepthToSpace layer, int[] at, Shape output) => layer.Kind == DepthToSpaceKind.SpaceToDepth
        ? ToChannels(layer, at, output.C / (layer.Block * layer.Block))
        : ToPixels(layer, at, output.C);

    private static int[] ToChannels(DepthToSpace layer, int[] at, int channels)
    {
        int b = layer.Block, pixel = at[2] % b * b + at[3] % b;
        int channel = layer.Kind == DepthToSpaceKind.ColumnFirst ? at[1] * b * b + pixel : pixel * channels + at[1];
        return [at[0], channel, at[2] / b, at[3] / b];
    }

    private static int[] ToPixels(DepthToSpace layer, int[] at, int channels)
    {
        int b = layer.Block;
        (int channel, int pixel) = layer.Kind == DepthToSpaceKind.ColumnFirst
            ? Math.DivRem(at[1], b * b)
            : (at[1] % channels, at[1] / channels);
        return [at[0], channel, at[2] * b + pixel / b, at[3] * b + pixel % b];
    }
}
