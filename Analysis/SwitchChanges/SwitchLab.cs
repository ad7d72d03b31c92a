using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.SwitchChanges;

/// <summary>
/// Other switches for a forward record: what a reconstruction owes to the places of the maxima, and what to the weights. Only
/// the switches change; bits, scores and all else stay the image's own. A changed record goes back into the network by
/// <see cref="PreparedNetwork.Import"/>, and every rule runs from it. To drop the switches altogether there is
/// <see cref="Unpooling.Even"/>.
/// </summary>
public static class SwitchLab
{
    /// <summary>The max-poolings of a network, by name, in topological order.</summary>
    /// <exception cref="NetVizException">It has none.</exception>
    public static IReadOnlyList<string> PoolsOf(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        string[] pools = [.. network.Nodes.Where(node => node.Layer is MaxPool).Select(node => node.Name)];
        return pools.Length > 0
            ? pools
            : throw new NetVizException($"network '{network.Name}' has no max-pooling, hence no switches");
    }

    /// <summary>The record with the switches of another image.</summary>
    /// <param name="record">The image's own record.</param>
    /// <param name="donor">The other image's record, of the same network and input size.</param>
    /// <param name="pools">The max-poolings that change.</param>
    /// <exception cref="NetVizException">The records are not of one network and one input size.</exception>
    public static PortableRecord Transplant(PortableRecord record, PortableRecord donor, IReadOnlyCollection<string> pools)
    {
        RequirePair(record, donor);
        Dictionary<string, PortableLayer> donated = donor.Layers.ToDictionary(layer => layer.Layer);
        return Replace(record, pools, layer => donated[layer.Layer].Switches);
    }

    /// <summary>The record with switches drawn evenly from each window's places inside the plane.</summary>
    /// <param name="record">The image's own record.</param>
    /// <param name="network">Its network.</param>
    /// <param name="pools">The max-poolings that change.</param>
    /// <param name="seed">The same seed draws the same switches.</param>
    public static PortableRecord Random(PortableRecord record, Network network, IReadOnlyCollection<string> pools, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(record);
        var geometries = Geometries(record, network);
        return Replace(record, pools, layer =>
        {
            PoolGeometry g = geometries[layer.Layer];
            var random = new CounterRandom(seed, (ulong)network.Find(layer.Layer));
            var places = new List<int>();
            return Choose(layer.Switches, g, (p, oh, ow) =>
            {
                places.Clear();
                for (int position = 0; position < g.Window.Area; position++)
                {
                    if (g.Reaches(oh, ow, position)) places.Add(position);
                }

                return places[(int)(random.Bits(p) % (ulong)places.Count)];
            });
        });
    }

    /// <summary>
    /// The record with every switch at the centre of its window, of an even window above and to the left of it; where that lies
    /// in the padding, at the place inside the plane that is nearest.
    /// </summary>
    /// <param name="record">The image's own record.</param>
    /// <param name="network">Its network.</param>
    /// <param name="pools">The max-poolings that change.</param>
    public static PortableRecord Centre(PortableRecord record, Network network, IReadOnlyCollection<string> pools)
    {
        ArgumentNullException.ThrowIfNull(record);
        var geometries = Geometries(record, network);
        return Replace(record, pools, layer =>
        {
            PoolGeometry g = geometries[layer.Layer];
            (int middleH, int middleW) = ((g.Window.KH - 1) / 2, (g.Window.KW - 1) / 2);
            return Choose(layer.Switches, g, (_, oh, ow) =>
                Enumerable.Range(0, g.Window.Area).Where(position => g.Reaches(oh, ow, position))
                    .MinBy(position => Math.Abs(position / g.Window.KW - middleH) + Math.Abs(position % g.Window.KW - middleW)));
        });
    }

    /// <summary>For each max-pooling the share of windows whose switches agree.</summary>
    /// <param name="record">One record.</param>
    /// <param name="other">Another of the same network and input size.</param>
    /// <param name="pools">The max-poolings that are compared.</param>
    /// <exception cref="NetVizException">The records are not of one network and one input size.</exception>
    public static IReadOnlyList<(string Pool, double Share)> Agreement(PortableRecord record, PortableRecord other,
        IReadOnlyCollection<string> pools)
    {
        RequirePair(record, other);
        Dictionary<string, PortableLayer> others = other.Layers.ToDictionary(layer => layer.Layer);
        return [.. record.Layers.Where(layer => pools.Contains(layer.Layer)).Select(layer =>
        {
            int[] switches = others[layer.Layer].Switches;
            int agree = layer.Switches.Where((position, p) => position == switches[p]).Count();
            return (layer.Layer, (double)agree / switches.Length);
        })];
    }

    private static PortableRecord Replace(PortableRecord record, IReadOnlyCollection<string> pools,
        Func<PortableLayer, int[]> switches)
    {
        PortableLayer[] layers = [.. record.Layers.Select(layer =>
            pools.Contains(layer.Layer) ? layer with { Switches = switches(layer) } : layer)];
        return record with { Layers = layers };
    }

    /// <summary>A place for each window; one that has no switch, because nothing of it lies in the plane, gets none.</summary>
    private static int[] Choose(int[] own, PoolGeometry g, Func<int, int, int, int> place)
    {
        var chosen = new int[own.Length];
        for (int p = 0; p < own.Length; p++)
        {
            (int oh, int ow) = Math.DivRem(p % (g.OH * g.OW), g.OW);
            chosen[p] = own[p] == Switches.None ? Switches.None : place(p, oh, ow);
        }

        return chosen;
    }

    private static Dictionary<string, PoolGeometry> Geometries(PortableRecord record, Network network)
    {
        Shape[] shapes = network.InferShapes(record.InputShape);
        return network.Nodes.Where(node => node.Layer is MaxPool)
            .ToDictionary(node => node.Name, node => node.Layer.SwitchGeometry(shapes[node.Inputs[0]]));
    }

    private static void RequirePair(PortableRecord record, PortableRecord other)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(other);
        if (record.ModelSha256 != other.ModelSha256)
        {
            throw new NetVizException($"the switches belong to a model with SHA-256 {other.ModelSha256}, the image was run "
                + $"through {record.ModelSha256}", "both must be of one network");
        }
        if (record.InputShape != other.InputShape)
            throw new NetVizException($"the switches are of an input {other.InputShape}, the image is {record.InputShape}");
    }
}
