using System.Numerics.Tensors;
using NetViz.Analysis.Proofs;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.RuleComparisons;

/// <summary>What one rule let through at one rectifier, computed by the engine's own backward kernel.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Total">L1 norm of the signal below the rectifier.</param>
/// <param name="Whole">What the ledger says: the mass of the cases that the rule lets through.</param>
/// <param name="Rest">
/// L1 norm of the signal below over the other elements. 0 for a ReLU; a LeakyRelu lets slope r through there, a Clip under
/// DeconvNet its bound.
/// </param>
public sealed record LetThrough(BackwardRule Rule, ExactMass Total, ExactMass Whole, ExactMass Rest);

/// <summary>One rectifier of a <see cref="RuleComparison"/>.</summary>
public sealed class PartingLayer
{
    private readonly double[] _r;
    private readonly PortableLayer _kept;
    private readonly Rectifier _rectifier;
    private readonly int _channelAxis;

    internal PartingLayer(ForwardRecord record, Node node, double[] r)
    {
        (Node, _r, Shape) = (node, r, record.ShapeOf(node.Output));
        (_kept, _rectifier) = (record.KeptBy(node.Name), ((RectifierLayer)node.Layer).Rectifier);
        bool last = Shape.Rank == 4 && record.Prepared.Network.LayoutOf(node.Output) == ImageLayout.Nhwc;
        _channelAxis = last ? 3 : Math.Min(1, Shape.Rank - 1);
        int at = Array.FindIndex(r, value => !double.IsFinite(value));
        if (at >= 0)
        {
            throw new NetVizException($"the signal at '{node.Name}' holds {r[at]}: it cannot be counted",
                "a weight or an input that is not a finite number, or an overflow, spreads like this");
        }
        Channels = [.. Enumerable.Range(0, Shape[_channelAxis]).Select(new Counter(this).Count)];
        Total = PartingCases.Sum(Channels);
        Through = [.. BackwardRule.All.Select(rule => Pass(record, rule))];
    }

    /// <summary>The rectifier in its network.</summary>
    public Node Node { get; }

    /// <summary>The rectifier's name.</summary>
    public string Name => Node.Name;

    /// <summary>The shape of r: that of the rectifier's output.</summary>
    public Shape Shape { get; }

    /// <summary>
    /// Whether the four cases hold by analogy only: a LeakyRelu stops nothing, it multiplies by its slope what the rule does
    /// not let through whole; a Clip has an upper bound, too, and lets through whole where it lies between its bounds.
    /// </summary>
    public bool IsAnalogy => _rectifier.Kind != RectifierKind.Relu;

    /// <summary>The cases, over all channels.</summary>
    public PartingCases Total { get; }

    /// <summary>The cases channel by channel (unit by unit of a fully connected layer), images together.</summary>
    public IReadOnlyList<PartingCases> Channels { get; }

    /// <summary>What gradient, DeconvNet and guided make of the same r here.</summary>
    public IReadOnlyList<LetThrough> Through { get; }

    /// <summary>
    /// Whether, for each rule, the masses of its cases are exactly what it let through: for a ReLU all of it, for others
    /// together with the rest.
    /// </summary>
    public bool AddsUp => Through.All(t => t.Total == t.Whole + t.Rest && (IsAnalogy || t.Rest.IsZero));

    /// <summary>Whether it can be drawn: [N, C, H, W] or [N, H, W, C].</summary>
    public bool HasPlanes => Shape.Rank == 4;

    /// <summary>Rows and columns of a layer that can be drawn.</summary>
    public (int Height, int Width) Plane => _channelAxis == 3 ? (Shape[1], Shape[2]) : (Shape.H, Shape.W);

    /// <summary>Copies the signal r that comes to the rectifier, in float32, of the shape <see cref="Shape"/>.</summary>
    public Tensor<float> Signal() => Tensor.Create(Array.ConvertAll(_r, value => (float)value),
        [.. Shape.Lengths.ToArray().Select(length => (nint)length)]);

    /// <summary>The case of one element, numbered row-major.</summary>
    public PartingCase CaseOf(long element)
    {
        double r = _r[element];
        if (r == 0) return PartingCase.NoSignal;
        bool gradient = _kept.IsActive(element);
        // Where f(r) = r: DeconvNet lets it through whole.
        bool deconvNet = _rectifier.Kind == RectifierKind.Clip ? r >= _rectifier.Low && r <= _rectifier.High : r > 0;
        return (gradient, deconvNet) switch
        {
            (true, true) => PartingCase.Both,
            (true, false) => PartingCase.OnlyGradient,
            (false, true) => PartingCase.OnlyDeconvNet,
            _ => PartingCase.Neither,
        };
    }

    /// <summary>When an element of this layer is in a case, in a few words.</summary>
    public string Condition(PartingCase which) => (which, _rectifier.Kind == RectifierKind.Clip) switch
    {
        (PartingCase.NoSignal, _) => "r = 0",
        (PartingCase.Both, false) => "x > 0, r > 0",
        (PartingCase.OnlyGradient, false) => "x > 0, r < 0",
        (PartingCase.OnlyDeconvNet, false) => "x ≤ 0, r > 0",
        (PartingCase.Neither, false) => "x ≤ 0, r < 0",
        (PartingCase.Both, true) => "x and r inside the bounds",
        (PartingCase.OnlyGradient, true) => "x inside, r outside",
        (PartingCase.OnlyDeconvNet, true) => "x outside, r inside",
        _ => "x and r outside the bounds",
    };

    /// <summary>Sum over channels of |r| of one case, [Height, Width].</summary>
    /// <param name="which">The case.</param>
    /// <param name="image">Which of the N.</param>
    public double[] MassByPosition(PartingCase which, int image = 0)
    {
        (int height, int width) = Plane;
        var map = new double[height * width];
        for (int c = 0; c < Channels.Count; c++)
        for (int p = 0; p < map.Length; p++)
        {
            int i = Element(image, c, p);
            if (CaseOf(i) == which) map[p] += Math.Abs(_r[i]);
        }

        return map;
    }

    /// <summary>The case of each element of one channel, [Height, Width].</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="image">Which of the N.</param>
    /// <exception cref="NetVizException">There is no such channel.</exception>
    public PartingCase[] CasesOfChannel(int channel, int image = 0)
    {
        int channels = Channels.Count;
        if (channel < 0 || channel >= channels)
            throw new NetVizException($"layer '{Name}' has no channel {channel}; it has {channels}, 0 to {channels - 1}");
        (int height, int width) = Plane;
        return [.. Enumerable.Range(0, height * width).Select(p => CaseOf(Element(image, channel, p)))];
    }

    private int Element(int image, int channel, int position)
    {
        int plane = Plane.Height * Plane.Width;
        return _channelAxis == 3
            ? (image * plane + position) * Channels.Count + channel
            : (image * Channels.Count + channel) * plane + position;
    }

    private LetThrough Pass(ForwardRecord record, BackwardRule rule)
    {
        double[] below = SingleLayer.Backward(record, Node, rule, _r)[0];
        PartingCase[] passing = rule == BackwardRule.Gradient ? [PartingCase.Both, PartingCase.OnlyGradient]
            : rule == BackwardRule.DeconvNet ? [PartingCase.Both, PartingCase.OnlyDeconvNet]
            : [PartingCase.Both];
        var (total, rest) = (new ExactSum(), new ExactSum());
        for (int i = 0; i < below.Length; i++)
        {
            if (below[i] == 0) continue;
            total.Add(below[i]);
            if (!passing.Contains(CaseOf(i))) rest.Add(below[i]);
        }

        ExactMass whole = passing.Aggregate(default(ExactMass), (mass, which) => mass + Total[which].Mass);
        return new LetThrough(rule, total.Take(), whole, rest.Take());
    }

    /// <summary>Counts one channel after the other with the same sums.</summary>
    private sealed class Counter(PartingLayer layer)
    {
        private readonly ExactSum[] _masses = [.. PartingCases.All.Select(_ => new ExactSum())];

        public PartingCases Count(int channel)
        {
            var counts = new long[_masses.Length];
            int axis = layer._channelAxis;
            long inner = layer.Shape.Product(axis + 1, layer.Shape.Rank);
            for (long outer = 0; outer < layer.Shape.Product(0, axis); outer++)
            for (long k = 0; k < inner; k++)
            {
                long i = (outer * layer.Shape[axis] + channel) * inner + k;
                int which = (int)layer.CaseOf(i);
                counts[which]++;
                _masses[which].Add(layer._r[i]);
            }

            return new PartingCases([.. counts.Select((count, k) => new CaseSum(count, _masses[k].Take()))]);
        }
    }
}
