using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// Memory and operations that a forward and a backward pass need, computed from shapes alone, so that a file of some hundred bytes
/// whose shapes multiply up to terabytes, or whose loops would run for days, is known before anything is allocated.
/// </summary>
/// <param name="Bytes">
/// Memory at once: activations, signals, what the record keeps, prepared weights, the kernels' workspace.
/// </param>
/// <param name="Operations">
/// Time, in operations that each last about as long as one of a convolution's: see <see cref="Layer.Effort"/>.
/// </param>
/// <param name="LargestLayer">The layer with the largest output.</param>
/// <param name="LongestLayer">The layer with the most operations.</param>
public sealed record ResourceDemand(double Bytes, double Operations, string LargestLayer, string LongestLayer)
{
    // A product goes down by its two inputs, the signal above and the one below.
    private const int MostRowCopies = 4;

    /// <summary>The demand of one forward and one backward pass from the scores to the input.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The input's shape, batch included.</param>
    /// <exception cref="NetVizException">The shape does not fit the network.</exception>
    public static ResourceDemand Of(Network network, Shape input)
    {
        ArgumentNullException.ThrowIfNull(network);
        Shape[] shapes = network.InferShapes(input);
        double bytes = BytesOfPass(network, shapes);

        // On the host: the input twice as float32 and its signal; scores, seed and probabilities as float64.
        bytes += 3.0 * sizeof(float) * input.Count + 6.0 * sizeof(float) * shapes[network.ScoreTensor].Count;

        double operations = 0, longest = -1, workspace = 0;
        // A back-end keeps each copy's memory for the next layer that works on copies.
        var rows = new double[MostRowCopies];
        (long largest, string largestLayer, string longestLayer) = (-1, "", "");
        foreach (Node node in network.Nodes)
        {
            Shape[] inputs = [.. node.Inputs.Select(tensor => shapes[tensor])];
            Shape output = shapes[node.Output];
            double effort = node.Layer.Effort(inputs, output);
            operations += effort;
            bytes += node.Layer.PreparedBytes;
            workspace = Math.Max(workspace, node.Layer.WorkspaceBytes);
            for (int copy = 0; copy < node.Layer.RowCopies; copy++)
                rows[copy] = Math.Max(rows[copy], RowBytes(inputs, output));
            if (effort > longest) (longest, longestLayer) = (effort, node.Name);
            if (output.Count > largest) (largest, largestLayer) = (output.Count, node.Name);
        }

        return new ResourceDemand(bytes + workspace + rows.Sum(), operations, largestLayer, longestLayer);
    }

    /// <summary>
    /// Memory of one pass in both directions on any back-end: activations, signals and what the record keeps, without weights.
    /// </summary>
    private static double BytesOfPass(Network network, Shape[] shapes)
    {
        static long BytesOf(Shape shape) => sizeof(float) * StoredOf(shape);
        ForwardPlan up = ForwardPlan.Make(network, BytesOf, shapes);
        BackwardPlan? down = BackwardPlan.LeadsTo(network, 0)[network.ScoreTensor]
            ? BackwardPlan.Make(network, BytesOf, shapes, network.ScoreTensor, target: 0)
            : null;

        double bytes = MemoryPlan.BytesOfBoth(up.Memory, down?.Memory);
        bool[] kept = network.KeptAsNumbers;
        for (int tensor = 0; tensor < shapes.Length; tensor++)
        {
            if (kept[tensor]) bytes += BytesOf(shapes[tensor]);
        }

        foreach (Node node in network.Nodes)
        {
            long outputs = StoredOf(shapes[node.Output]);
            if (node.Layer.Keeps.HasFlag(Keep.Bits)) bytes += outputs / 8.0;
            if (!node.Layer.Keeps.HasFlag(Keep.Switches)) continue;
            bool fitsByte = node.Layer.SwitchGeometry(shapes[node.Inputs[0]]).Window.FitsByte;
            bytes += (double)outputs * (fitsByte ? 1 : sizeof(int));
        }

        return bytes;
    }

    // Only tensors of four axes are kept in blocks, and all others are row-major as they are.
    private static double RowBytes(Shape[] inputs, Shape output) => sizeof(float)
        * inputs.Append(output).Where(shape => shape.Rank == 4).Select(shape => (double)shape.Count).DefaultIfEmpty().Max();

    /// <summary>Numbers that a tensor takes at most: a back-end may keep channels in blocks of 16.</summary>
    private static long StoredOf(Shape shape) =>
        shape.Rank == 4 && shape.C > 0 ? checked(shape.Count / shape.C * ((shape.C + 15L) / 16 * 16)) : shape.Count;
}
