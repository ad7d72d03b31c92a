using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.RuleComparisons;

/// <summary>On which side of a layer the second rule already holds when the layer itself is changed over to it.</summary>
public enum TelescopeOrder
{
    /// <summary>From the layer up to the seed: H_k has the second rule from layer k up and the first below.</summary>
    Above,

    /// <summary>From the layer down to the image: H_k has the second rule from layer k down and the first above.</summary>
    Below,
}

/// <summary>What one layer contributes to the difference of two rules.</summary>
/// <param name="Node">The layer at which the rules differ.</param>
/// <param name="Values">H_k - H_{k+1} at the image, of the input's shape, row-major.</param>
/// <param name="L1">Sum of magnitudes.</param>
/// <param name="L2">Euclidean norm.</param>
/// <param name="Share">&lt;term, difference> / |difference|^2: the shares of all terms add up to 1; one may be negative.</param>
public sealed record TelescopeTerm(Node Node, double[] Values, double L1, double L2, double Share);

/// <summary>
/// The difference of two rules' signals at the image as a sum over the layers at which they part:
/// <code>
/// D - G = sum over k = 1..n of (H_k - H_{k+1})      H_1 = D, H_{n+1} = G
/// </code>
/// where H_k follows the second rule (D) from layer k up to the seed and the first rule (G) below it; layers count from the
/// image in topological order. Each term changes one layer from one rule to the other, so it is what that layer contributes,
/// given how the layers above and below it are set. Another order of changing them over gives other terms of the same sum:
/// the decomposition is not unique [ours].
/// </summary>
public sealed class RuleDifference
{
    // A network of 1,000 layers and 1,000 rectifiers is let through. A layer of many inputs works at each of them.
    private const long MaxInputPasses = 4_000_000;

    private RuleDifference(BackwardRule first, BackwardRule second, TelescopeOrder order, Shape shape, double[] firstSignal,
        double[] secondSignal, IReadOnlyList<(Node Node, double[] Values)> terms, double[]? sumByItself)
    {
        (First, Second, Order, Shape) = (first, second, order, shape);
        (FirstSignal, SecondSignal) = (firstSignal, secondSignal);
        var (difference, sum) = (new double[firstSignal.Length], new double[firstSignal.Length]);
        TensorPrimitives.Subtract(secondSignal, firstSignal, difference);
        foreach ((_, double[] values) in terms) TensorPrimitives.Add(sum, values, sum);
        Difference = difference;
        double squared = TensorPrimitives.SumOfSquares<double>(difference);
        Norm = Math.Sqrt(squared);
        Error = TensorPrimitives.Distance<double>(sum, difference);
        ErrorByItself = sumByItself is null ? null : TensorPrimitives.Distance<double>(sumByItself, difference);
        Terms = [.. terms.Select(term => new TelescopeTerm(term.Node, term.Values,
            TensorPrimitives.SumOfMagnitudes<double>(term.Values), TensorPrimitives.Norm<double>(term.Values),
            squared > 0 ? TensorPrimitives.Dot<double>(term.Values, difference) / squared : 0))];
    }

    /// <summary>The first rule, for example gradient: G.</summary>
    public BackwardRule First { get; }

    /// <summary>The second rule, for example DeconvNet: D.</summary>
    public BackwardRule Second { get; }

    /// <summary>On which side of layer k the second rule holds in the term of layer k.</summary>
    public TelescopeOrder Order { get; }

    /// <summary>The shape of all signals: the input's.</summary>
    public Shape Shape { get; }

    /// <summary>G, by a backward pass under the first rule alone.</summary>
    public double[] FirstSignal { get; }

    /// <summary>D, by a backward pass under the second rule alone.</summary>
    public double[] SecondSignal { get; }

    /// <summary>D - G.</summary>
    public double[] Difference { get; }

    /// <summary>Euclidean norm of D - G.</summary>
    public double Norm { get; }

    /// <summary>One term for each layer at which the rules differ, from the image to the seed.</summary>
    public IReadOnlyList<TelescopeTerm> Terms { get; }

    /// <summary>Euclidean norm of (sum of the terms) - (D - G).</summary>
    public double Error { get; }

    /// <summary><see cref="Error"/> over <see cref="Norm"/>; 0 where both are.</summary>
    public double RelativeError => Error == 0 ? 0 : Error / Norm;

    /// <summary>
    /// The same for terms that were each computed by themselves: what layer k alone makes of the signal above it under the
    /// second rule minus under the first, sent down to the image. That is H_k - H_{k+1} again, by another way, where the
    /// rule below is linear: the gradient. Null where it is another.
    /// </summary>
    public double? ErrorByItself { get; }

    /// <summary><see cref="ErrorByItself"/> over <see cref="Norm"/>; 0 where both are.</summary>
    public double? RelativeErrorByItself => ErrorByItself is 0 ? 0 : ErrorByItself / Norm;

    /// <summary>
    /// Makes the n + 1 passes from one record, and the two of the rules by themselves that their sum is compared with.
    /// </summary>
    /// <param name="record">What the forward pass left.</param>
    /// <param name="seed">Where the signal starts.</param>
    /// <param name="first">The first rule.</param>
    /// <param name="second">The second rule.</param>
    /// <param name="order">In which order the layers are changed over.</param>
    /// <param name="progress">Told the share of the passes that is done.</param>
    /// <exception cref="NetVizException">
    /// The seed does not exist or does not depend on the image, or a signal is not finite.
    /// </exception>
    public static RuleDifference Of(ForwardRecord record, Seed seed, BackwardRule first, BackwardRule second,
        TelescopeOrder order = TelescopeOrder.Above, Action<double>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var reached = new HashSet<int>();
        double[] firstSignal = [], secondSignal = Signal(record, seed, second);
        record.Descend(seed, first, (int tensor, DeviceTensor signal) =>
        {
            reached.Add(tensor);
            if (tensor != 0) return;
            firstSignal = new double[signal.Shape.Count];
            record.Prepared.Kernels.Download(signal, firstSignal);
        });
        if (!double.IsFinite(TensorPrimitives.Sum<double>(firstSignal) + TensorPrimitives.Sum<double>(secondSignal)))
        {
            throw new NetVizException($"the signals of {first} and {second} at the image hold NaN or infinity",
                "a weight or an input that is not a finite number, or an overflow, spreads like this");
        }
        Node[] nodes = [.. record.Prepared.Network.Nodes
            .Where(node => reached.Contains(node.Output) && Differ(node.Layer, first, second))];

        RequireFew(nodes.Length, record.Prepared.Network);

        // Above: H_k has the second rule at layers k..n, so the image's layers are the first to lose it. Below: at 1..k.
        Node[] changed = order == TelescopeOrder.Above ? nodes : [.. nodes.Reverse()];
        var terms = new List<(Node, double[])>();
        double[] before = nodes.Length == 0 ? [] : Signal(record, seed, Mix(first, second, changed, 0));
        for (int k = 0; k < changed.Length; k++)
        {
            double[] after = Signal(record, seed, Mix(first, second, changed, k + 1));
            var term = new double[after.Length];
            TensorPrimitives.Subtract(before, after, term);
            terms.Add((changed[k], term));
            before = after;
            progress?.Invoke((k + 1.0) / changed.Length);
        }

        if (order == TelescopeOrder.Below) terms.Reverse();
        return new RuleDifference(first, second, order, record.InputShape, firstSignal, secondSignal, terms,
            SumByItself(record, seed, first, second, order, nodes, reached));
    }

    // Each term is a signal at the image, sent down all layers below its own: the work grows with the product.
    private static void RequireFew(int terms, Network network)
    {
        long inputs = network.Nodes.Sum(node => (long)node.Inputs.Length);
        if (terms * inputs <= MaxInputPasses) return;
        throw new NetVizException($"the rules differ at {Counted.Of(terms, "layer")} of a network of "
            + $"{Counted.Of(network.Nodes.Length, "layer")}, which have "
            + $"{Counted.Of(inputs, "input")}; one pass for each term would go through "
            + $"{Counted.Of(terms * inputs, "input")}, and {MaxInputPasses} are "
            + "supported", "compare rules that differ at fewer layers, for example `Second` with PLACE=RULE");
    }

    /// <summary>The sum of the terms, each computed by itself; null where the rule below a term's layer is not linear.</summary>
    private static double[]? SumByItself(ForwardRecord record, Seed seed, BackwardRule first, BackwardRule second,
        TelescopeOrder order, Node[] nodes, HashSet<int> reached)
    {
        (BackwardRule above, BackwardRule below) = order == TelescopeOrder.Above ? (second, first) : (first, second);
        bool isLinear = record.Prepared.Network.Nodes.All(node =>
            !reached.Contains(node.Output) || node.Layer is not RectifierLayer || below.At(node.Layer) == ReluRule.Gradient);
        if (!isLinear) return null;

        HashSet<int> wanted = [.. nodes.Select(node => node.Output)];
        var signals = new Dictionary<int, double[]>();
        record.Descend(seed, above, (int tensor, DeviceTensor signal) =>
        {
            if (!wanted.Contains(tensor)) return;
            signals[tensor] = new double[signal.Shape.Count];
            record.Prepared.Kernels.Download(signal, signals[tensor]);
        });
        var sum = new double[record.InputShape.Count];
        foreach (Node node in nodes)
        {
            double[] r = signals[node.Output];
            double[][] changes = SingleLayer.Backward(record, node, second, r), without = SingleLayer.Backward(record, node, first, r);
            for (int k = 0; k < changes.Length; k++)
            {
                TensorPrimitives.Subtract(changes[k], without[k], changes[k]);
                if (k > 0 && !changes[k].AsSpan().ContainsAnyExcept(0)) continue;
                TensorPrimitives.Add(sum, Signal(record, new TensorSeed(node.Inputs[k], changes[k]), below), sum);
            }
        }

        return sum;
    }

    /// <summary>A given signal at any tensor, the input too.</summary>
    private sealed class TensorSeed(int tensor, double[] given) : Seed
    {
        public override int TensorIn(Network network) => tensor;

        public override void Write(ForwardRecord record, Shape shape, Span<double> signal) => given.CopyTo(signal);
    }

    /// <summary>Whether two rules do different things at a layer.</summary>
    private static bool Differ(Layer layer, BackwardRule first, BackwardRule second) => layer switch
    {
        RectifierLayer => first.At(layer) != second.At(layer),
        // Gradient and guided differentiate it alike.
        Lrn => (first.At(layer) == ReluRule.DeconvNet) != (second.At(layer) == ReluRule.DeconvNet),
        MaxPool => first.UnpoolingAt(layer) != second.UnpoolingAt(layer),
        Pair => first.GateAt(layer) != second.GateAt(layer),
        _ => false,
    };

    /// <summary>The first rule, but the second at the layers from number <paramref name="from"/> on.</summary>
    private static BackwardRule Mix(BackwardRule first, BackwardRule second, Node[] changed, int from)
    {
        HashSet<Layer> later = [.. changed.Skip(from).Select(node => node.Layer)];
        BackwardRule rule = first;
        foreach (ReluRule relu in Enum.GetValues<ReluRule>())
            rule = rule.With(layer => later.Contains(layer) && second.At(layer) == relu, relu);
        foreach (Unpooling unpooling in Enum.GetValues<Unpooling>())
            rule = rule.With(layer => later.Contains(layer) && second.UnpoolingAt(layer) == unpooling, unpooling);
        return rule.WithGate(later.Contains, second.GateAt);
    }

    private static double[] Signal(ForwardRecord record, Seed seed, BackwardRule rule) =>
        record.BackwardInDouble(seed, rule).Flat();
}
