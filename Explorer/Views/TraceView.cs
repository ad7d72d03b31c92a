using NetViz.Analysis.Traces;
using NetViz.Engine.Model;
using NetViz.Explorer.Passes;
using NetViz.Explorer.Server;
using NetViz.Procedures;

namespace NetViz.Explorer.Views;

/// <summary>One element as the sum that makes it, its terms by size.</summary>
internal static class TraceView
{
    private const int MaxTerms = 1000, DefaultTerms = 40;

    public static byte[] Of(Walk walk, Question asked, int index, CancellationToken token)
    {
        Exploration exploration = walk.Exploration;
        Network network = exploration.Network;
        bool forward = asked.Text("direction") == "forward";
        string layer = asked.Required("layer");
        LayerSignals? signals = forward ? null : walk.Signals(index, asked.Rules()[0], token);
        TraceStep step = exploration.Trace(layer, asked.Text("element"), signals);
        int shown = asked.Number("terms", DefaultTerms, 1, MaxTerms);
        int tensor = network.Find(layer);
        TraceTerm[] all = [.. step.Terms];
        return new TensorMessage().ToBytes(new
        {
            direction = forward ? "forward" : "backward",
            rule = signals?.Rule.Name,
            layer = step.Tensor,
            element = exploration.ElementName(tensor, step.Index),
            value = step.Engine,
            step.Sum,
            step.Difference,
            step.Bound,
            step.BoundRule,
            step.AddsUp,
            step.End,
            count = all.Length,
            rest = all.Skip(shown).Sum(term => term.Product),
            constant = step.Parts.Any(part => part.Constant is not null) ? step.Parts.Sum(part => part.Constant ?? 0) : (double?)null,
            parts = step.Parts.Select(part => new
            {
                part.Layer, part.Operator, part.Equation, part.Note, part.Sum, part.Constant, count = part.Terms.Count,
            }),
            terms = all.Take(shown).Select(term => new
            {
                through = term.Layer,
                term.WeightName,
                term.Weight,
                layer = term.Tensor,
                element = exploration.ElementName(term.TensorIndex, term.Index),
                term.Value,
                term.Product,
            }),
        });
    }
}
