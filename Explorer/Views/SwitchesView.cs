using System.Numerics.Tensors;
using NetViz.Analysis.SwitchChanges;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Explorer.Passes;
using NetViz.Explorer.Server;
using NetViz.Kernels;
using NetViz.Procedures;

namespace NetViz.Explorer.Views;

/// <summary>Max-pooling switches: where they point, and what a reconstruction owes to them.</summary>
internal static class SwitchesView
{
    private const int DefaultChannels = 6, MaxChannels = 32;

    /// <summary>Returns the input of one max-pooling with the places that its switches point at.</summary>
    public static byte[] Places(Walk walk, Question asked)
    {
        Exploration exploration = walk.Exploration;
        Network network = exploration.Network;
        string layer = asked.Required("layer");
        int tensor = network.Find(layer);
        if (tensor == 0 || network.Nodes[tensor - 1].Layer is not MaxPool pool)
            throw new NetVizException($"'{layer}' is no max-pooling", $"there are {string.Join(", ", SwitchLab.PoolsOf(network))}");
        Node node = network.Nodes[tensor - 1];
        PoolGeometry g = pool.SwitchGeometry(exploration.Record.ShapeOf(node.Inputs[0]));
        int[] switches = exploration.Record.KeptBy(layer).Switches;
        double[] y = exploration.Activation(tensor), x = exploration.Activation(node.Inputs[0]);
        var planes = new Planes(switches.Length / (g.OH * g.OW), g.OH, g.OW, false, false);
        var inputs = new Planes(planes.Channels, g.H, g.W, false, false);
        int[] channels = asked.Numbers("channels", planes.Channels, MaxChannels)
            ?? planes.Strongest(asked.Number("n", DefaultChannels, 1, MaxChannels), i => y[i]);
        float[] targets = planes.Take(channels, i => Analysis.Stepping.UnpoolingCounts.Target(g, i % (g.OH * g.OW) / g.OW,
            i % g.OW, switches[i]));
        return new TensorMessage().With("input", [channels.Length, g.H, g.W], inputs.Take(channels, i => x[i]))
            .With("output", [channels.Length, g.OH, g.OW], planes.Take(channels, i => y[i]))
            .With("places", [channels.Length, g.OH, g.OW], targets)
            .ToBytes(new { layer, channels, window = new[] { g.Window.KH, g.Window.KW }, stride = new[] { g.Window.StrideH, g.Window.StrideW } });
    }

    /// <summary>Returns the signals at the image with other switches beside those with the picture's own.</summary>
    public static byte[] Swapped(LoadedModel loaded, Walk walk, Func<Exploration>? other, Question asked, int index)
    {
        (Exploration own, PreparedNetwork prepared) = (walk.Exploration, loaded.Explainer.Prepared);
        string[] all = [.. SwitchLab.PoolsOf(own.Network)];
        string[] pools = asked.Text("layer") is { } one ? [.. all.Where(name => name == one)] : all;
        if (pools.Length == 0) throw new NetVizException($"'{asked.Text("layer")}' is no max-pooling", $"there are {string.Join(", ", all)}");
        BackwardRule[] rules = [.. asked.Rules().Select(rule => loaded.Explainer.RuleOf(rule, new StepOptions()))];
        PortableRecord mine = own.Record.Export();
        string way = asked.Required("way");
        PortableRecord? changed = null;
        switch (way)
        {
            case "random": changed = SwitchLab.Random(mine, own.Network, pools, (ulong)asked.Number("seed", 1, 0, 1_000_000_000)); break;
            case "centre": changed = SwitchLab.Centre(mine, own.Network, pools); break;
            case "even": break;
            case "other" when other is not null:
                using (Exploration donor = other()) changed = SwitchLab.Transplant(mine, donor.Record.Export(), pools);
                break;
            default: throw new NetVizException($"'way' is '{way}'; other with a second picture, random, centre, even are supported");
        }

        var message = new TensorMessage();
        var reports = new List<object>();
        using ForwardRecord? imported = changed is null ? null : prepared.Import(changed);
        for (int k = 0; k < rules.Length; k++)
        {
            BackwardRule down = changed is null ? rules[k].With(layer => pools.Contains(layer.Name), Unpooling.Even) : rules[k];
            float[] usual = Flat(own.Record.Backward(Seed.Class(index), rules[k]));
            float[] swapped = Flat((imported ?? own.Record).Backward(Seed.Class(index), down));
            int[] shape = own.Record.InputShape.Lengths.ToArray();
            message.With($"own{k}", shape, usual).With($"swapped{k}", shape, swapped);
            double norms = TensorPrimitives.Norm<float>(usual) * (double)TensorPrimitives.Norm<float>(swapped);
            reports.Add(new
            {
                rules[k].Name,
                cosine = norms > 0 ? TensorPrimitives.Dot<float>(usual, swapped) / norms : (double?)null,
                norm = TensorPrimitives.Norm<float>(usual) > 0 ? TensorPrimitives.Norm<float>(swapped) / TensorPrimitives.Norm<float>(usual) : (double?)null,
            });
        }

        return message.ToBytes(new
        {
            way,
            pools,
            agreement = changed is null ? [] : SwitchLab.Agreement(mine, changed, pools)
                .Select(share => new { pool = share.Pool, share = share.Share }).ToArray(),
            rules = reports,
        });
    }

    private static float[] Flat(Tensor<float> signal)
    {
        var values = new float[signal.FlattenedLength];
        signal.FlattenTo(values);
        return values;
    }
}
