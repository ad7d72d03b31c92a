using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// Relevance in its backward pass through a network. Convolutions and fully connected layers share it out by their rules, with
/// normalisations merged into them; average pools and sums by the epsilon rule (norm), max-pools by their switches;
/// rectifiers, other functions of single elements and normalisations pass it on; what only moves elements moves it back.
/// </summary>
internal sealed class RelevanceDescent
{
    private readonly ForwardRecord _record;
    private readonly BackwardRule _rule;
    private readonly RelevanceMemory _numbers;
    private readonly MergedMap?[] _maps;
    private readonly bool[] _isMerged;
    private readonly int _source;

    /// <summary>For single layers, whatever signal comes to them.</summary>
    public RelevanceDescent(ForwardRecord record, BackwardRule rule)
        : this(record, rule, source: -1)
    {
    }

    private RelevanceDescent(ForwardRecord record, BackwardRule rule, int source)
    {
        (_record, _rule, _source) = (record, rule, source);
        _numbers = record.Relevance();
        _maps = MergedMap.Of(Network, source);
        _isMerged = new bool[Network.Nodes.Length];
        foreach (MergedMap? map in _maps)
        foreach (Node node in map?.Merged ?? [])
            _isMerged[node.Index] = true;
    }

    private Network Network => _record.Prepared.Network;

    private IKernels Kernels => _record.Prepared.Kernels;

    /// <summary>Begins a descent; null for rules that send no relevance.</summary>
    /// <param name="record">The forward pass.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="source">The tensor at which relevance starts.</param>
    public static RelevanceDescent? Of(ForwardRecord record, BackwardRule rule, int source) =>
        rule.Relevance is null ? null : new RelevanceDescent(record, rule, source);

    /// <summary>Multiplies a seed by what the forward pass computed there, unless relevance starts at 1.</summary>
    public void Start(Span<double> seed)
    {
        if (_rule.StartsAtOne) return;
        double[] values;
        if (_record.ActivationOrNull(_source) is { } known)
        {
            values = known;
        }
        else
        {
            values = new double[seed.Length];
            Kernels.Download(_numbers[_source], values);
        }

        for (int i = 0; i < seed.Length; i++) seed[i] *= values[i];
    }

    /// <summary>Sends relevance down one layer.</summary>
    public void Run(BackwardStep step) => Run(step.Node, step.OutputSignal, step.InputSignals);

    /// <summary>Sends relevance down one layer.</summary>
    /// <param name="node">The layer.</param>
    /// <param name="above">The relevance above.</param>
    /// <param name="signals">Where that below is written, for each input; null where it is not wanted.</param>
    public void Run(Node node, DeviceTensor above, DeviceTensor?[] signals)
    {
        switch (node.Layer)
        {
            case Conv or FullyConnected:
                MergedMap map = _maps[node.Index]!;
                _rule.RelevanceAt(Network, node.Layer).Backward(new Map(this, map, above, signals[0]!));
                return;
            case AveragePool pool:
                DeviceTensor below = signals[0]!;
                Kernels.AveragePoolBackward(pool.Geometry(below.Shape), Norm(node, above), below);
                Times(below, _numbers[node.Inputs[0]]);
                return;
            case Sum sum:
                DeviceTensor shares = Norm(node, above);
                for (int k = 0; k < node.Inputs.Length; k++)
                {
                    if (signals[k] is not { } signal) continue;
                    Kernels.SumBackward(shares, k == 1 && sum.Subtracts ? -1f : 1f, signal);
                    Times(signal, _numbers[node.Inputs[k]]);
                }

                return;
            case RectifierLayer rectifier when !_rule.PassesAt(rectifier):
                break;
            case RectifierLayer or Affine or Lrn or Elementwise or SoftmaxLayer:
                Kernels.Reshape(above, signals[0]!);
                return;
        }

        node.Layer.Backward(new BackwardArguments
        {
            Kernels = Kernels,
            Weights = _record.Prepared.WeightsOf(node),
            Kept = _record.KeptBy(node),
            Rule = _rule.At(node.Layer),
            Unpooling = _rule.UnpoolingAt(node.Layer),
            OutputSignal = above,
            InputShapes = [.. node.Inputs.Select(_record.ShapeOf)],
            InputSignals = signals,
        });
    }

    /// <summary>R / s(z).</summary>
    private DeviceTensor Norm(Node node, DeviceTensor above)
    {
        DeviceTensor shares = _record.Prepared.RelevanceWeights.Scratch(0, above.Shape);
        Kernels.Combine(Combination.Quotient(RelevanceRule.Stabiliser), above, _numbers[node.Output], above, shares);
        return shares;
    }

    private void Times(DeviceTensor signal, DeviceTensor numbers) =>
        Kernels.Combine(Combination.Product, signal, numbers, signal, signal);

    /// <summary>Whether no number of a tensor can be negative.</summary>
    internal static bool IsPositive(Network network, int tensor)
    {
        while (tensor > 0)
        {
            Node node = network.Nodes[tensor - 1];
            switch (node.Layer)
            {
                case Relu or SoftmaxLayer or Elementwise { Function.Kind: FunctionKind.Sigmoid }: return true;
                case Clip clip when clip.Rectifier.Low >= 0: return true;
                case MaxPool or AveragePool or Identity or Reshape or Transpose: tensor = node.Inputs[0]; continue;
                case Pad pad when pad.Value >= 0: tensor = node.Inputs[0]; continue;
                case Concat or Sum { Subtracts: false }: return node.Inputs.All(input => IsPositive(network, input));
                default: return false;
            }
        }

        return false;
    }

    /// <summary>Whether relevance at a map's output is 0 wherever its number is not above 0.</summary>
    private bool IsAboveZero(MergedMap map)
    {
        if (map.Output == _source || _source < 0) return false;
        Node[] readers = [.. Network.Nodes.Where(node => node.Inputs.Contains(map.Output))];
        return readers.Length > 0
            && readers.All(node => node.Layer is Relu && _rule.PassesAt(node.Layer) && VanishesAtZero(node.Output));
    }

    /// <summary>Whether relevance at a tensor that is nowhere negative is 0 wherever the number is 0.</summary>
    private bool VanishesAtZero(int tensor)
    {
        if (tensor == _source) return !_rule.StartsAtOne;
        foreach (Node reader in Network.Nodes.Where(node => node.Inputs.Contains(tensor)))
        {
            bool vanishes = reader.Layer switch
            {
                Conv or FullyConnected => _rule.RelevanceAt(Network, reader.Layer).IsTimesInput,
                AveragePool or Sum => true,
                MaxPool => _rule.UnpoolingAt(reader.Layer) == Unpooling.Switches && VanishesAtZero(reader.Output),
                Relu => _rule.PassesAt(reader.Layer) && VanishesAtZero(reader.Output),
                Identity or Reshape or Transpose or Concat => VanishesAtZero(reader.Output),
                _ => false,
            };
            if (!vanishes) return false;
        }

        return true;
    }

    /// <summary>A convolution or fully connected layer at its place in the descent.</summary>
    private sealed class Map(RelevanceDescent descent, MergedMap map, DeviceTensor above, DeviceTensor below) : ILinearMap
    {
        private RelevanceWeights Weights => descent._record.Prepared.RelevanceWeights;

        public DeviceTensor Input => descent._numbers[map.Node.Inputs[0]];

        public DeviceTensor Output => descent._numbers[map.Output];

        public DeviceTensor Above => above;

        public DeviceTensor Below => below;

        public bool IsInputPositive { get; } = IsPositive(descent.Network, map.Node.Inputs[0]);

        public bool IsRelevanceAboveZero => descent.IsAboveZero(map);

        public (DeviceTensor Low, DeviceTensor High) Bounds
        {
            get
            {
                RelevanceBox box = descent._rule.Box ?? throw new NetVizException(
                    $"z-box at '{map.Node.Name}' needs the smallest and the largest number of the input",
                    "give `Box` LOW,HIGH, or `Preprocess`, which implies them");
                DeviceTensor low = Weights.Scratch(6, Input.Shape), high = Weights.Scratch(7, Input.Shape);
                (double[] lows, double[] highs) = BoundsOf(box, Input.Shape,
                    descent.Network.LayoutOf(map.Node.Inputs[0]) == ImageLayout.Nhwc && Input.Shape.Rank == 4);
                descent.Kernels.Upload(lows, low);
                descent.Kernels.Upload(highs, high);
                return (low, high);
            }
        }

        public DeviceTensor OutputScratch(int index) => Weights.Scratch(index, Above.Shape);

        public DeviceTensor InputScratch(int index) => Weights.Scratch(4 + index, Input.Shape);

        public void Forward(MapWeights weights, DeviceTensor x, DeviceTensor z)
        {
            if (map.Node.Layer is Conv conv)
                descent.Kernels.ConvForward(conv.Geometry(x.Shape), x, Weights.Of(map, weights), z);
            else
                descent.Kernels.FullyConnectedForward(((FullyConnected)map.Node.Layer).Geometry(x.Shape), x, Weights.Of(map, weights), z);
        }

        public void Transposed(MapWeights weights, DeviceTensor c, DeviceTensor sent)
        {
            if (map.Node.Layer is Conv conv)
            {
                descent.Kernels.ConvBackward(conv.Geometry(sent.Shape), c, Weights.Of(map, weights), sent);
                return;
            }

            descent.Kernels.FullyConnectedBackward(((FullyConnected)map.Node.Layer).Geometry(sent.Shape), c,
                Weights.Of(map, weights), sent);
        }

        public void Combine(Combination f, DeviceTensor a, DeviceTensor b, DeviceTensor c, DeviceTensor output) =>
            descent.Kernels.Combine(f, a, b, c, output);

        private static (double[] Low, double[] High) BoundsOf(RelevanceBox box, Shape shape, bool isLast)
        {
            int channels = shape.Rank == 4 ? shape[isLast ? 3 : 1] : 1;
            long plane = isLast ? 1 : shape.Product(Math.Min(2, shape.Rank), shape.Rank);
            double[] low = new double[shape.Count], high = new double[shape.Count];
            for (int i = 0; i < low.Length; i++)
                (low[i], high[i]) = box.At(channels == 1 ? 0 : (int)(i / plane % channels), channels);
            return (low, high);
        }
    }
}
