using NetViz.Engine;
using NetViz.Engine.Rules;
using NetViz.Weights.InputPreprocessing;

namespace NetViz.Procedures;

/// <summary>What the options of all procedures that follow rules have in common.</summary>
public abstract record RuleSettings
{
    /// <summary>A file of composite rules, which are then chosen by their names; null for none.</summary>
    public string? RuleFile { get; init; }

    /// <summary>
    /// The smallest and the largest number of the input, for lrp.z-box; null for those that the preprocessing makes of samples 0
    /// and 255, by channel.
    /// </summary>
    public (double Low, double High)? Box { get; init; }

    /// <summary>Lets only some channels of a layer's output pass, under every rule: LAYER:c[,c...] for each layer.</summary>
    public IReadOnlyList<string> Through { get; init; } = [];

    /// <summary>A rule with the bounds of its input and the channels that it may pass.</summary>
    internal BackwardRule Settled(BackwardRule rule, Explainer model)
    {
        if (rule.Relevance is not null && BoxOf(model.Model.Preprocessing) is { } box) rule = rule.WithBox(box);
        foreach (string text in Through) rule = rule.Passing(ChannelPassage.Parse(text, model.Network));
        return rule;
    }

    private RelevanceBox? BoxOf(Preprocessing? preprocessing)
    {
        if (Box is { } box)
        {
            return box.Low <= box.High && double.IsFinite(box.Low) && double.IsFinite(box.High)
                ? new RelevanceBox([box.Low], [box.High], "given")
                : throw new NetVizException($"`Box` {box.Low},{box.High}; the smaller number comes first");
        }

        if (preprocessing is not { } p) return null;
        double Of(int channel, double sample) => (sample / p.Divisor - p.Mean[channel]) / p.Deviation[channel];
        return new RelevanceBox([.. Enumerable.Range(0, p.Channels).Select(c => Of(c, 0))],
            [.. Enumerable.Range(0, p.Channels).Select(c => Of(c, 255))], $"preprocessing {p.Name}");
    }
}
