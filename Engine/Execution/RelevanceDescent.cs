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
    private readonly Pass _pass;
    private readonly BackwardRule _rule;
    private readonly RelevanceMemory _numbers;
    private readonly RelevancePlan _plan;
    private readonly int _source;

    /// <summary>For single layers, whatever signal comes to them.</summary>
    public RelevanceDescent(Pass pass, BackwardRule rule)
        : this(pass, rule, source: -1)
    {
    }

    private RelevanceDescent(Pass pass, BackwardRule rule, int source)
    {
        (_pass, _rule, _source) = (pass, rule, source);
        _numbers = pass.Record!.Relevance(pass);
        _plan = pass.Prepared.RelevanceWeights.PlanOf(rule, source);
    }

    private Network Network => _pass.Prepared.Network;

    private IKernels Kernels => _pass.Kernels;

    /// <summary>Begins a descent; null for rules that send no relevance.</summary>
    /// <param name="pass">The pass under way.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="source">The tensor at which relevance starts.</param>
    public static RelevanceDescent? Of(Pass pass, BackwardRule rule, int source) =>
        rule.Relevance is null ? null : new RelevanceDescent(pass, rule, source);

    /// <summary>Multiplies a seed by what the forward pass computed there, unless relevance starts at 1.</summary>
    public void Start(Span<double> seed)
    {
        if (_rule.StartsAtOne) return;
        double[] values;
        if (_pass.Record!.ActivationOrNull(_source) is { } known)
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
                RelevanceStep step = _plan.At(node);
                step.Rule.Backward(new Map(this, step, above, signals[0]!));
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
            Weights = _pass.Prepared.WeightsOf(node),
            Kept = _pass.Record!.KeptBy(node),
            Rule = _rule.At(node.Layer),
            Unpooling = _rule.UnpoolingAt(node.Layer),
            OutputSignal = above,
            InputShapes = [.. node.Inputs.Select(_pass.Record.ShapeOf)],
            InputSignals = signals,
        });
    }

    /// <summary>R / s(z).</summary>
    private DeviceTensor Norm(Node node, DeviceTensor above)
    {
        DeviceTensor shares = _pass.Scratch.Tensor(0, above.Shape);
        Kernels.Combine(Combination.Quotient(RelevanceRule.Stabiliser), above, _numbers[node.Output], above, shares);
        return shares;
    }

    private void Times(DeviceTensor signal, DeviceTensor numbers) =>
        Kernels.Combine(Combination.Product, signal, numbers, signal, signal);

    /// <summary>A convolution or fully connected layer at its place in the descent.</summary>
    private sealed class Map(RelevanceDescent descent, RelevanceStep step, DeviceTensor above, DeviceTensor below) : ILinearMap
    {
        private readonly MergedMap _map = step.Map;

        private PassScratch Scratch => descent._pass.Scratch;

        public DeviceTensor Input => descent._numbers[_map.Node.Inputs[0]];

        public DeviceTensor Output => descent._numbers[_map.Output];

        public DeviceTensor Above => above;

        public DeviceTensor Below => below;

        public bool IsInputPositive => step.IsInputPositive;

        public bool IsRelevanceAboveZero => step.IsRelevanceAboveZero;

        public (DeviceTensor Low, DeviceTensor High) Bounds
        {
            get
            {
                RelevanceBox box = descent._rule.Box ?? throw new NetVizException(
                    $"z-box at '{_map.Node.Name}' needs the smallest and the largest number of the input",
                    "give `Box` LOW,HIGH, or `Preprocess`, which implies them");
                return Scratch.Bounds(box, Input.Shape,
                    descent.Network.LayoutOf(_map.Node.Inputs[0]) == ImageLayout.Nhwc && Input.Shape.Rank == 4);
            }
        }

        public DeviceTensor OutputScratch(int index) => Scratch.Tensor(index, Above.Shape);

        public DeviceTensor InputScratch(int index) => Scratch.Tensor(4 + index, Input.Shape);

        public void Forward(MapWeights weights, DeviceTensor x, DeviceTensor z)
        {
            if (_map.Node.Layer is Conv conv)
                descent.Kernels.ConvForward(conv.Geometry(x.Shape), x, WeightsOf(weights), z);
            else
                descent.Kernels.FullyConnectedForward(((FullyConnected)_map.Node.Layer).Geometry(x.Shape), x, WeightsOf(weights), z);
        }

        public void Transposed(MapWeights weights, DeviceTensor c, DeviceTensor sent)
        {
            if (_map.Node.Layer is Conv conv)
            {
                descent.Kernels.ConvBackward(conv.Geometry(sent.Shape), c, WeightsOf(weights), sent);
                return;
            }

            descent.Kernels.FullyConnectedBackward(((FullyConnected)_map.Node.Layer).Geometry(sent.Shape), c,
                WeightsOf(weights), sent);
        }

        private PreparedWeights WeightsOf(MapWeights weights) =>
            descent._pass.Prepared.RelevanceWeights.Of(descent.Kernels, _map, weights);

        public void Combine(Combination f, DeviceTensor a, DeviceTensor b, DeviceTensor c, DeviceTensor output) =>
            descent.Kernels.Combine(f, a, b, c, output);
    }
}
