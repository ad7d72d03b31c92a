using System.Collections.Immutable;
using System.Globalization;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Rules;

/// <summary>
/// Which relevance rule holds at which linear layer, by the names of the literature: one rule at every convolution and fully
/// connected layer, or a composite. The first layer is the first one in the order of the forward pass.
/// </summary>
public sealed class RelevanceComposite
{
    /// <summary>What relevance rules begin with.</summary>
    public const string Prefix = "lrp.";

    private readonly RelevanceRule _conv;
    private readonly RelevanceRule _connected;
    private readonly RelevanceRule? _first;
    private readonly bool _isFirstConv;

    private RelevanceComposite(string name, RelevanceRule conv, RelevanceRule connected, RelevanceRule? first = null,
        bool isFirstConv = false) =>
        (Name, _conv, _connected, _first, _isFirstConv) = (name, conv, connected, first, isFirstConv);

    /// <summary>The name, with its prefix and its parameters.</summary>
    public string Name { get; }

    /// <summary>The names that are known, without parameters, in the order of docs/rules.md.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        "lrp.0", "lrp.epsilon", "lrp.gamma", "lrp.alpha2-beta1", "lrp.z-plus", "lrp.z-box", "lrp.w-square", "lrp.flat",
        "lrp.epsilon-plus", "lrp.epsilon-plus-flat", "lrp.epsilon-gamma-box", "lrp.epsilon-alpha2-beta1",
        "lrp.epsilon-alpha2-beta1-flat", "lrp.excitation-backprop",
    ];

    /// <summary>Whether a text means to name a relevance rule.</summary>
    public static bool IsMeant(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads the name of one rule, for example <c>lrp.epsilon:0.25</c>.</summary>
    /// <exception cref="NetVizException">It is no rule, or a composite, which holds at no single layer.</exception>
    public static RelevanceRule ParseRule(string text)
    {
        RelevanceComposite read = Parse(text);
        return read._first is null && read._conv == read._connected && !read.Name.Contains("excitation", StringComparison.Ordinal)
            ? read._conv
            : throw new NetVizException($"'{text}' is a composite of several rules; at one place one rule holds",
                $"there are {string.Join(", ", Names.Take(8))}");
    }

    /// <summary>Reads a name, for example <c>lrp.epsilon-plus</c> or <c>lrp.gamma:0.1</c>.</summary>
    /// <exception cref="NetVizException">There is no rule of that name, or a parameter is none.</exception>
    public static RelevanceComposite Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Trim().ToLowerInvariant().Split(':');
        string name = parts[0];
        double[] numbers = [.. parts.Skip(1).Select(part => NumberOf(text, part))];
        double Number(int index, double otherwise) => index < numbers.Length ? numbers[index] : otherwise;
        int allowed = 0;
        RelevanceComposite One(RelevanceRule rule) => new(Join(name, parts), rule, rule);
        RelevanceComposite Of(RelevanceRule conv, RelevanceRule connected, RelevanceRule? first = null, bool isConv = false) =>
            new(Join(name, parts), conv, connected, first, isConv);
        RelevanceRule Epsilon(int index = 0)
        {
            allowed = Math.Max(allowed, index + 1);
            double epsilon = Number(index, RelevanceRule.Stabiliser);
            return epsilon >= 0 ? new EpsilonRule(epsilon) : throw Refuse(text, "an epsilon is not negative");
        }

        RelevanceRule Gamma(int index)
        {
            allowed = index + 1;
            double gamma = Number(index, 0.25);
            return gamma >= 0 ? new GammaRule(gamma) : throw Refuse(text, "a gamma is not negative");
        }

        RelevanceRule Alpha(double alpha) =>
            alpha >= 1 ? new AlphaBetaRule(alpha) : throw Refuse(text, "alpha is at least 1, and beta = alpha - 1");

        RelevanceRule FirstParameterAlpha()
        {
            allowed = 1;
            return Alpha(Number(0, 2));
        }

        RelevanceComposite? read = name switch
        {
            "lrp.0" or "lrp.zero" => One(new EpsilonRule(0)),
            "lrp.epsilon" => One(Epsilon()),
            "lrp.gamma" => One(Gamma(0)),
            "lrp.z-plus" or "lrp.alpha1-beta0" => One(new ZPlusRule()),
            "lrp.alpha2-beta1" => One(new AlphaBetaRule()),
            "lrp.alpha-beta" => One(FirstParameterAlpha()),
            "lrp.z-box" => One(new ZBoxRule()),
            "lrp.w-square" => One(new WSquareRule()),
            "lrp.flat" => One(new FlatRule()),
            "lrp.epsilon-plus" => Of(new ZPlusRule(), Epsilon()),
            "lrp.epsilon-plus-flat" => Of(new ZPlusRule(), Epsilon(), new FlatRule()),
            "lrp.epsilon-gamma-box" => Of(Gamma(1), Epsilon(), new ZBoxRule(), isConv: true),
            "lrp.epsilon-alpha2-beta1" => Of(new AlphaBetaRule(), Epsilon()),
            "lrp.epsilon-alpha2-beta1-flat" => Of(new AlphaBetaRule(), Epsilon(), new FlatRule()),
            "lrp.excitation-backprop" => One(new ZPlusRule()),
            _ => null,
        };
        if (read is null)
        {
            throw new NetVizException($"rule '{text}' is unknown", $"there are {string.Join(", ", Names)}");
        }

        if (name == "lrp.epsilon-gamma-box") allowed = 2;
        if (numbers.Length > allowed)
        {
            throw Refuse(text, allowed == 0 ? $"{name} has no parameter"
                : $"{name} has {Counted.Of(allowed, "parameter")} at most");
        }

        return read;
    }

    /// <summary>The rule at a convolution or fully connected layer.</summary>
    /// <param name="network">The network, whose order tells which layer is the first.</param>
    /// <param name="layer">The layer.</param>
    public RelevanceRule RuleAt(Network network, Layer layer)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (_first is not null)
        {
            foreach (Node node in network.Nodes)
            {
                if (node.Layer is not Conv && (_isFirstConv || node.Layer is not FullyConnected)) continue;
                if (node.Layer == layer) return _first;
                break;
            }
        }

        return layer is Conv ? _conv : _connected;
    }

    private static string Join(string name, string[] parts) => string.Join(':', [name, .. parts.Skip(1)]);

    private static double NumberOf(string text, string part) =>
        double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw Refuse(text, $"'{part}' is no number");

    private static NetVizException Refuse(string text, string problem) =>
        new($"rule '{text}': {problem}", "for example lrp.epsilon:0.25, lrp.gamma:0.1, lrp.alpha-beta:3");
}

/// <summary>The smallest and the largest number that each channel of an input can hold: the bounds of the z-box rule.</summary>
/// <param name="Low">One for each channel, or one for all.</param>
/// <param name="High">As many.</param>
/// <param name="Source">Where they come from, for people.</param>
public sealed record RelevanceBox(ImmutableArray<double> Low, ImmutableArray<double> High, string Source)
{
    /// <summary>The bounds of a channel; of all channels together where there are other channels than these.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="channels">How many the tensor has.</param>
    public (double Low, double High) At(int channel, int channels) =>
        Low.Length == channels ? (Low[channel], High[channel]) : (Low.Min(), High.Max());
}

/// <summary>The channels of a layer's output that a signal may pass.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Channels">The channels.</param>
public sealed record ChannelPassage(string Layer, ImmutableArray<int> Channels)
{
    /// <summary>As the command line has it: <c>LAYER:c,c</c>.</summary>
    public override string ToString() => $"{Layer}:{string.Join(',', Channels)}";

    /// <summary>Reads <c>LAYER:c[,c...]</c>.</summary>
    /// <exception cref="NetVizException">It is not written so, or the network has no such layer.</exception>
    public static ChannelPassage Parse(string text, Network network)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(network);
        int colon = text.LastIndexOf(':');
        var channels = new SortedSet<int>();
        bool isRead = colon > 0;
        foreach (string part in isRead ? text[(colon + 1)..].Split(',') : [])
            isRead &= int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int channel) && channels.Add(channel);
        if (!isRead || channels.Count == 0)
        {
            throw new NetVizException($"'{text}' names no channels of a layer",
                "write LAYER:c or LAYER:c,c,..., each channel once, for example conv5_3:17,40");
        }

        string layer = text[..colon];
        network.Find(layer);
        return new ChannelPassage(layer, [.. channels]);
    }
}
