using NetViz.Analysis.Layers;
using NetViz.Analysis.Stepping;
using NetViz.Engine.Model;
using NetViz.Explorer.Passes;
using NetViz.Explorer.Server;
using NetViz.Procedures;

namespace NetViz.Explorer.Views;

/// <summary>One layer of a backward pass taken apart: the signal above, what is zeroed and why, the signal below.</summary>
internal static class StepView
{
    private const int MaxChannels = 32, DefaultChannels = 6;

    public static byte[] Of(Walk walk, Question asked, int index, CancellationToken token)
    {
        Exploration exploration = walk.Exploration;
        Network network = exploration.Network;
        LayerSignals signals = walk.Signals(index, asked.Rules()[0], token);
        Passage passage = exploration.Passage(asked.Required("layer"), signals);
        Node node = passage.Node;
        int count = asked.Number("n", DefaultChannels, 1, MaxChannels);
        var message = new TensorMessage();
        var above = Planes.Of(passage.OutputShape, network.LayoutOf(node.Output));
        int[] aboveChannels = above.Strongest(count, i => passage.Above[i]);
        message.With("above", [aboveChannels.Length, above.Height, above.Width], above.Take(aboveChannels, i => passage.Above[i]));
        bool isRectifier = passage.Rectifier is not null;
        if (isRectifier)
        {
            message.With("active", [aboveChannels.Length, above.Height, above.Width],
                above.Take(aboveChannels, i => passage.Kept.IsActive(i) ? 1 : 0));
        }

        var inputs = new List<object>();
        for (int k = 0; k < passage.Below.Count; k++)
        {
            int tensor = node.Inputs[k];
            var below = Planes.Of(passage.InputShape(k), network.LayoutOf(tensor));
            double[]? r = passage.Below[k];
            int[] channels = r is null ? [] : isRectifier ? aboveChannels : below.Strongest(count, i => r[i]);
            if (r is not null) message.With($"below{k}", [channels.Length, below.Height, below.Width], below.Take(channels, i => r[i]));
            inputs.Add(new
            {
                layer = network.NameOf(tensor),
                shape = passage.InputShape(k).Lengths.ToArray(),
                below.IsVector,
                channels,
                summary = r is null ? null : Summary.Of(r, null),
                all = signals.At(tensor) is { } whole ? Summary.Of(null, whole) : null,
            });
        }

        return message.ToBytes(new
        {
            layer = node.Name,
            @operator = node.Layer.Operator,
            rule = signals.Rule.Name,
            signals.Note,
            equation = passage.Equation.Equation,
            remark = passage.Equation.Remark,
            reasons = PassageReasons.Of(passage),
            shape = passage.OutputShape.Lengths.ToArray(),
            above.IsVector,
            channels = aboveChannels,
            summary = Summary.Of(passage.Above, null),
            rectifier = passage.Rectifier is { } cases ? RectifierReport.Of(cases) : null,
            pool = passage.Pool,
            inputs,
        });
    }
}
