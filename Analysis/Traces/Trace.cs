using NetViz.Analysis.Layers;
using NetViz.Analysis.LinearRegions;
using NetViz.Analysis.Relevance;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Traces;

/// <summary>
/// The one-element proof: one number of a backward or forward pass as the sum that makes it, term by term, and from its largest
/// term on to the next number, up to the class score or down to the image. Terms are computed in double from the layers' own
/// weights and equations, without the kernels, and compared with the number that the back-end gave.
/// </summary>
public static class Trace
{
    // Beyond the products' own: an average's division, a power or exponential and its sums.
    private const int OperationsBesideTerms = 2, OperationsOfFunctions = 64;

    /// <summary>
    /// From one element of the signal up to the seed: R_n(e) is the sum over all layers that read e of what they send down.
    /// </summary>
    /// <param name="record">
    /// The forward pass. If the activations that rectifiers read were kept, the trace states their x; otherwise the bits suffice.
    /// </param>
    /// <param name="seed">Where the signal starts.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="at">The layer at whose output the element stands, or the input's name.</param>
    /// <param name="element">The element, row-major; null for that of the largest |R|.</param>
    /// <param name="steps">How many numbers to follow at most.</param>
    /// <exception cref="NetVizException">There is no such layer or element, or the seed does not depend on it.</exception>
    public static IReadOnlyList<TraceStep> Backward(ForwardRecord record, Seed seed, BackwardRule rule, string at,
        long? element = null, int steps = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(rule);
        Network network = record.Prepared.Network;
        int tensor = network.Find(at), source = seed.TensorIn(network);
        bool[] below = BackwardOrder.LeadsTo(network, tensor);
        if (!below[source])
            throw new NetVizException($"'{network.NameOf(source)}' does not depend on '{at}': no signal comes down to it");
        var signals = new double[]?[network.Nodes.Length + 1];
        record.Descend(seed, rule, (t, signal) =>
        {
            if (!below[t]) return;
            signals[t] = new double[signal.Shape.Count];
            record.Prepared.Kernels.Download(signal, signals[t]!);
        });
        return Backward(record, seed, rule, t => signals[t]!, at, element, steps);
    }

    /// <summary>The same from signals that a backward pass left, without another one.</summary>
    /// <param name="record">The forward pass.</param>
    /// <param name="seed">Where the signal started.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="signals">
    /// Returns the signal R at the output of a tensor between the element and the seed, row-major, as
    /// <see cref="ForwardRecord.Descend(Seed, BackwardRule, Action{int, DeviceTensor})"/> shows it.
    /// </param>
    /// <param name="at">The layer at whose output the element stands, or the input's name.</param>
    /// <param name="element">The element, row-major; null for that of the largest |R|.</param>
    /// <param name="steps">How many numbers to follow at most.</param>
    /// <exception cref="NetVizException">There is no such layer or element, or the seed does not depend on it.</exception>
    public static IReadOnlyList<TraceStep> Backward(ForwardRecord record, Seed seed, BackwardRule rule,
        Func<int, double[]> signals, string at, long? element = null, int steps = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(signals);
        Network network = record.Prepared.Network;
        int tensor = network.Find(at), source = seed.TensorIn(network);
        bool[] above = LinearPiece.LeadingTo(network, source);
        if (!BackwardOrder.LeadsTo(network, tensor)[source])
            throw new NetVizException($"'{network.NameOf(source)}' does not depend on '{at}': no signal comes down to it");
        var terms = new BackwardTerms(record, rule, signals, record.ActivationOrNull)
        {
            Relevance = rule.Relevance is null ? null : new RelevanceTerms(record, rule, source),
        };
        long e = Element(record.ShapeOf(tensor), signals(tensor), element, at);
        var chain = new List<TraceStep>();
        while (true)
        {
            TracePart[] parts = tensor == source ? [] : [.. network.Nodes
                .Where(node => above[node.Output])
                .SelectMany(node => Enumerable.Range(0, node.Inputs.Length).Where(k => node.Inputs[k] == tensor)
                    .Select(k => terms.At(node, k, e)))];
            TraceStep step = Step(record, tensor, e, signals(tensor), parts, backward: true, terms.Relevance);
            TraceTerm? next = step.Largest;
            step = step with
            {
                End = tensor == source ? $"the seed: where the signal starts, R = {NumberText.Fixed(step.Engine, "g6")}"
                    : parts.Sum(part => part.Terms.Count) == 0 ? "no layer sends a signal down to it"
                    : next is null ? "every signal above is 0"
                    : null,
            };
            chain.Add(step);
            if (step.End is not null || chain.Count >= steps) return chain;
            (tensor, e) = (next!.TensorIndex, next.Element);
        }
    }

    /// <summary>
    /// From one activation down to the image: x_{n+1}(e) is the sum of what its layer reads, times weights, and a bias.
    /// </summary>
    /// <param name="record">The forward pass, with the activations of <see cref="Below"/> kept.</param>
    /// <param name="image">The network's input, row-major.</param>
    /// <param name="at">The layer at whose output the element stands, or the input's name.</param>
    /// <param name="element">The element, row-major; null for that of the largest |x|.</param>
    /// <param name="steps">How many numbers to follow at most.</param>
    /// <exception cref="NetVizException">There is no such layer or element, or activations were not kept.</exception>
    public static IReadOnlyList<TraceStep> Forward(ForwardRecord record, double[] image, string at, long? element = null,
        int steps = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(image);
        Network network = record.Prepared.Network;
        int tensor = network.Find(at);
        double[] Activation(int t) => t == 0 ? image : record.ActivationValues(t);
        long e = Element(record.ShapeOf(tensor), Activation(tensor), element, at);
        var chain = new List<TraceStep>();
        while (true)
        {
            TracePart[] parts = tensor == 0 ? [] : [Forward(record, network.Nodes[tensor - 1], Activation, e)];
            TraceStep step = Step(record, tensor, e, Activation(tensor), parts, backward: false);
            TraceTerm? next = step.Largest;
            step = step with
            {
                End = tensor == 0 ? "the image"
                    : parts[0].Terms.Count == 0 ? "it reads nothing of the image"
                    : next is null ? "everything that it reads is 0"
                    : null,
            };
            chain.Add(step);
            if (step.End is not null || chain.Count >= steps) return chain;
            (tensor, e) = (next!.TensorIndex, next.Element);
        }
    }

    private static TracePart Forward(ForwardRecord record, Node node, Func<int, double[]> activation, long element) =>
        LayerAnalyses.Of(node.Layer).ForwardOf(node.Layer, new ForwardElement(record, activation, node, element));

    /// <summary>The layers whose activations a forward trace from a layer needs.</summary>
    /// <param name="network">The network.</param>
    /// <param name="at">The layer.</param>
    /// <exception cref="NetVizException">There is no such layer.</exception>
    public static string[] Below(Network network, string at)
    {
        ArgumentNullException.ThrowIfNull(network);
        bool[] leads = LinearPiece.LeadingTo(network, network.Find(at));
        return [.. network.Nodes.Where(node => leads[node.Output]).Select(node => node.Name)];
    }

    /// <summary>
    /// The layers whose outputs rectifiers read, between a layer and the scores: a backward trace tells their x.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="at">The layer.</param>
    /// <exception cref="NetVizException">There is no such layer.</exception>
    public static string[] RectifiedAbove(Network network, string at)
    {
        ArgumentNullException.ThrowIfNull(network);
        bool[] above = BackwardOrder.LeadsTo(network, network.Find(at));
        bool[] leads = LinearPiece.LeadingTo(network, network.ScoreTensor);
        return [.. network.Nodes.Where(node => above[node.Output] && leads[node.Output] && node.Layer is RectifierLayer)
            .Select(node => node.Inputs[0]).Where(tensor => tensor > 0).Distinct().Select(network.NameOf)];
    }

    private static long Element(Shape shape, double[] values, long? wanted, string at)
    {
        if (wanted is long element)
        {
            return element >= 0 && element < values.LongLength
                ? element
                : throw new NetVizException($"'{at}' has no element {element}; its output has the shape {shape}");
        }

        long largest = 0;
        for (long i = 1; i < values.LongLength; i++)
            if (Math.Abs(values[i]) > Math.Abs(values[largest])) largest = i;
        return largest;
    }

    /// <summary>
    /// The bound: K roundings of float32 (2^-23; of double 2^-52 on reference64) on the sum of |terms|, K being their number and
    /// the few operations beside; and where Winograd's transforms mix a tile, 1e-5 of the tensor's largest number.
    /// </summary>
    private static TraceStep Step(ForwardRecord record, int tensor, long element, double[] values, TracePart[] parts,
        bool backward, RelevanceTerms? relevance = null)
    {
        bool isDouble = record.Prepared.Kernels.Name == Device.ReferenceDouble.Name;
        double unit = isDouble ? Math.ScaleB(1, -52) : Math.ScaleB(1, -23);
        Node[] nodes = [.. parts.Select(part => record.Prepared.Network.Nodes.First(node => node.Name == part.Layer))];
        bool hasFunction = nodes.Any(node => node.Layer is Pair || LayerAnalyses.Of(node.Layer).IsCurved(node.Layer));
        long count = parts.Sum(part => part.Terms.Count + (part.Constant is null ? 0 : 1))
            + (hasFunction ? OperationsOfFunctions : OperationsBesideTerms);
        if (relevance is not null) count += nodes.Sum(relevance.Roundings);
        double sizes = parts.Sum(part => part.Terms.Sum(term => Math.Abs(term.Product)) + Math.Abs(part.Constant ?? 0));
        double bound = count * unit * sizes;
        string rule = $"K x 2^-{(isDouble ? 52 : 23)} x sum |terms|, K = {count}";
        PreparedNetwork prepared = record.Prepared;
        bool winograd = nodes.Any(node =>
            (backward ? prepared.AlgorithmDown(node) : prepared.AlgorithmUp(node)) == ConvAlgorithm.Winograd
            || (relevance is not null && prepared.AlgorithmUp(node) == ConvAlgorithm.Winograd));
        if (winograd)
        {
            bound += 1e-5 * values.Max(Math.Abs);
            rule += ", + 1e-5 of the tensor's largest number (Winograd)";
        }

        Shape shape = record.ShapeOf(tensor);
        return new TraceStep(record.Prepared.Network.NameOf(tensor), element, ElementIndex.Of(shape, element), values[element],
            parts, bound, rule, null);
    }
}
