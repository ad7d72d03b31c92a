using System.Globalization;
using System.IO.Enumeration;
using NetViz.Engine.Files;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Rules;

/// <summary>
/// Rules as people write them: one of the three, then places at which another one holds, the last that fits being asked first.
/// <code>
/// guided                                the rule everywhere
/// deconvnet,relu5_*=gradient            by name; * and ? stand for any letters
/// gradient,type:LRN=deconvnet           by type: the ONNX operator
/// gradient,depth:1..3=guided            by depth: rectifiers and LRNs counted from the image, -1 being the last
/// guided,fully-connected=gradient       rectifiers between fully connected layers
/// lrp.epsilon-plus,conv1_*=lrp.z-box    relevance: another rule at convolutions and fully connected layers
/// lrp.epsilon:0.25,start=one            relevance that starts at 1, not at the score
/// deconvnet,type:MaxPool=even           max-poolings: switches or even (<see cref="Unpooling"/>); depth counts max-poolings then
/// gradient,type:Mul=gate                products: the factor that comes through a Sigmoid, HardSigmoid, HardSwish or Softmax
///                                       counts as a constant (<see cref="Gates"/>); depth counts products then
/// </code>
/// </summary>
public static class RuleExpression
{
    private const string Grammar =
        "a rule is gradient, deconvnet, guided or lrp.NAME, then any number of ,PLACE=RULE, where PLACE is a layer's name (* and "
        + "? allowed), type:OPERATOR, depth:FROM..TO or fully-connected, and RULE one of the three, switches or even for "
        + "max-poolings, gate for products, or, after lrp.NAME, lrp.NAME for linear layers; start=one lets relevance start at 1";

    /// <summary>Reads a rule for a network.</summary>
    /// <param name="text">The rule.</param>
    /// <param name="network">The network, whose layers the places must name.</param>
    /// <exception cref="NetVizException">It is not written so, or a place names no layer at which the rule matters.</exception>
    public static BackwardRule Parse(string text, Network network)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(network);
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        BackwardRule rule = BackwardRule.Parse(parts[0]);
        foreach (string part in parts.AsSpan(1))
        {
            int equals = part.LastIndexOf('=');
            if (equals <= 0) throw new NetVizException($"rule '{text}': '{part}' is no PLACE=RULE", Grammar);
            (string place, string name) = (part[..equals].Trim(), part[(equals + 1)..].Trim());
            if (place == "start" && rule.Relevance is not null)
            {
                if (name is not ("one" or "score"))
                    throw new NetVizException($"rule '{text}': relevance starts at 'score' or 'one', not at '{name}'", Grammar);
                if (name == "one") rule = rule.StartingAtOne();
            }
            else if (RelevanceComposite.IsMeant(name))
            {
                if (rule.Relevance is null)
                {
                    throw new NetVizException($"rule '{text}': {parts[0]} sends a gradient down, which '{name}' cannot share out",
                        "a rule with lrp. at a place begins with lrp., for example lrp.epsilon-plus,conv1_*=lrp.z-box");
                }

                RelevanceRule linear = RelevanceComposite.ParseRule(name);
                rule = rule.With(Find(text, place, network, IsLinear, "convolution or fully connected layer"), linear, place);
            }
            else if (Enum.TryParse(name, ignoreCase: true, out Unpooling unpooling) && !int.TryParse(name, out _))
                rule = rule.With(Find(text, place, network, layer => layer is MaxPool, "max-pooling"), unpooling, place);
            else if (Enum.TryParse(name, ignoreCase: true, out ReluRule relu) && !int.TryParse(name, out _))
                rule = rule.With(Find(text, place, network, BackwardRule.MattersAt, "rectifier or LRN"), relu, place);
            else if (name.Equals("gate", StringComparison.OrdinalIgnoreCase))
            {
                IReadOnlyDictionary<Layer, int> gates = Gates.Of(network);
                Func<Layer, bool> at = Find(text, place, network, layer => layer is Pair { Kind: PairKind.Product }, "product");
                Gates.Require(text, place, network, at, gates);
                rule = rule.WithGate(layer => at(layer) && gates.ContainsKey(layer), layer => gates[layer], place);
            }
            else
                throw new NetVizException($"rule '{text}': '{name}' is unknown", Grammar);
        }

        return rule.Named(parts.Length == 1 ? rule.Name : string.Join(',', parts));
    }

    /// <summary>
    /// Reads a file of named rules, one a line: <c>NAME: RULE</c>. Empty lines, and what follows a #, do not count.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <exception cref="NetVizException">The file cannot be read, or a line is not written so (it is named).</exception>
    public static IReadOnlyList<BackwardRule> ReadFile(string path, Network network)
    {
        ArgumentNullException.ThrowIfNull(path);
        string[] lines;
        try
        {
            lines = UntrustedFile.ReadLines(path, FileKind.Rules);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"'{path}': {e.Message}", inner: e);
        }

        var rules = new List<BackwardRule>();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Split('#')[0].Trim();
            if (line.Length == 0) continue;
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            string name = colon > 0 ? line[..colon].Trim() : "";
            if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
            {
                throw new NetVizException($"'{path}', line {i + 1}: '{line}' is no NAME: RULE",
                    "a name has letters, digits, - and _; for example 'halves: deconvnet, depth:1..3=gradient'");
            }
            if (rules.Any(rule => rule.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
                throw new NetVizException($"'{path}', line {i + 1}: there is a rule '{name}' above");
            try
            {
                rules.Add(Parse(line[(colon + 1)..].Trim(), network).Named(name));
            }
            catch (NetVizException e)
            {
                throw new NetVizException($"'{path}', line {i + 1}: {e.Message}", inner: e);
            }
        }

        return rules.Count > 0 ? rules : throw new NetVizException($"'{path}' holds no rule", Grammar);
    }

    private static bool IsLinear(Layer layer) => layer is Conv or FullyConnected;

    private static Func<Layer, bool> Find(string text, string place, Network network, Func<Layer, bool> matters, string kind)
    {
        Layer[] candidates = [.. network.Nodes.Select(node => node.Layer).Where(matters)];
        HashSet<Layer> found = [.. Select(text, place, network, candidates)];
        if (found.Count > 0) return found.Contains;
        string names = string.Join(", ", candidates.Select(layer => layer.Name).Take(8)) + (candidates.Length > 8 ? ", ..." : "");
        throw new NetVizException($"rule '{text}': '{place}' is no {kind} of network '{network.Name}'",
            candidates.Length == 0 ? "it has none" : $"it has {names}");
    }

    private static IEnumerable<Layer> Select(string text, string place, Network network, Layer[] candidates)
    {
        if (place == "fully-connected")
            return candidates.Where(layer => layer is FullyConnected || BackwardRule.FollowsFullyConnected(network, layer));
        if (place.StartsWith("type:", StringComparison.Ordinal))
            return candidates.Where(layer => layer.Operator.Equals(place["type:".Length..], StringComparison.OrdinalIgnoreCase));
        if (!place.StartsWith("depth:", StringComparison.Ordinal))
            return candidates.Where(layer => FileSystemName.MatchesSimpleExpression(place, layer.Name, ignoreCase: false));

        string range = place["depth:".Length..];
        string[] ends = range.Split("..");
        int from = 1, to = candidates.Length;
        bool wellFormed = ends.Length is 1 or 2 && range.Length > 0 && range != ".."
            && (ends[0].Length == 0 || Depth(ends[0], candidates.Length, out from))
            && (ends[^1].Length == 0 || Depth(ends[^1], candidates.Length, out to));
        if (!wellFormed)
            throw new NetVizException($"rule '{text}': '{place}' is no depth",
                "write depth:3, depth:1..4, depth:..2 or depth:-1");
        return candidates.Where((_, index) => index + 1 >= from && index + 1 <= to);
    }

    private static bool Depth(string text, int count, out int depth)
    {
        bool isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out depth) && depth != 0;
        if (depth < 0) depth += count + 1;
        return isNumber;
    }
}
