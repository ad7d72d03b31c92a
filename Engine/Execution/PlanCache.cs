using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using static System.FormattableString;

namespace NetViz.Engine.Execution;

/// <summary>
/// The plans that a prepared network made last, so that a loop over passes alike makes each of them once. What a plan depends on
/// beside the shapes are the tensors that somebody looks at: what is computed in one never writes what lies inside.
/// </summary>
/// <param name="prepared">The prepared network.</param>
internal sealed class PlanCache(PreparedNetwork prepared)
{
    /// <summary>The number of plans of each direction that are kept.</summary>
    private const int Remembered = 8;

    /// <summary>Numbers of a signal's start that are held from pass to pass; more are rare, and would be a burden.</summary>
    private const int LongestStart = 1 << 17;

    private readonly List<(bool[] Seen, ForwardPlan Plan)> _up = [];
    private readonly List<(bool[] Seen, ForwardPlan Plan)> _upByImage = [];
    private readonly List<(bool[] Seen, BackwardPlan Plan)> _down = [];
    private readonly bool[] _wanted = new bool[prepared.Network.Nodes.Length + 1];
    private readonly bool[] _seen = new bool[prepared.Network.Nodes.Length + 1];
    private Shape[] _shapes = [];
    private double[] _start = [];

    private Network Network => prepared.Network;

    /// <summary>The shape of every tensor for an input of this shape; the last ones are remembered.</summary>
    /// <exception cref="NetVizException">The shape does not fit the network, or a pass does not fit into memory.</exception>
    public Shape[] ShapesFor(Shape input)
    {
        if (_shapes.Length > 0 && _shapes[0] == input) return _shapes;
        Shape[] shapes = Network.InferShapes(input);
        if (prepared.Kernels.DeviceMemoryBytes is { } onDevice)
        {
            DeviceMemory.Require(prepared, input, onDevice);
            return _shapes = shapes;
        }

        double needed = ResourceDemand.Of(Network, input).Bytes, there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > there)
        {
            throw new NetVizException(
                Invariant($"a pass for the input {input} needs {needed / 1e9:0.0} GB of memory, and the machine has {there / 1e9:0.0} GB"),
                "give fewer images at once");
        }
        return _shapes = shapes;
    }

    /// <summary>
    /// Which tensors' numbers a forward pass copies out: the scores and what was asked for. Valid until the next call.
    /// </summary>
    /// <exception cref="NetVizException">There is no layer of a name.</exception>
    public bool[] Wanted(ReadOnlySpan<string> keep)
    {
        Array.Clear(_wanted);
        _wanted[Network.ScoreTensor] = true;
        foreach (string name in keep) _wanted[Network.Find(name)] = true;
        return _wanted;
    }

    /// <summary>The given number of zeros, for a signal at its start. Valid until the next call.</summary>
    public Span<double> Start(int count)
    {
        if (count > LongestStart) return new double[count];
        if (_start.Length < count) _start = new double[count];
        Span<double> start = _start.AsSpan(0, count);
        start.Clear();
        return start;
    }

    /// <summary>The plan of a forward pass.</summary>
    /// <param name="shapes">Each tensor's shape.</param>
    /// <param name="wanted">The tensors whose numbers are copied out.</param>
    /// <param name="plainImages">[N], or empty: the images that are computed by plain sums.</param>
    public ForwardPlan Up(Shape[] shapes, bool[] wanted, ReadOnlyMemory<bool> plainImages)
    {
        SeeGoingUp(wanted);
        List<(bool[] Seen, ForwardPlan Plan)> plans = plainImages.IsEmpty ? _up : _upByImage;
        foreach ((bool[] seen, ForwardPlan known) in plans)
            if (known.Shapes[0] == shapes[0] && seen.AsSpan().SequenceEqual(_seen)) return known;

        ForwardPlan plan = MakeUp(shapes, plainImages);
        Remember(plans, plan);
        return plan;
    }

    /// <summary>The plan of a backward pass.</summary>
    /// <param name="kept">Each tensor's shape in the record that it starts from.</param>
    /// <param name="seeds">Seeds whose signals travel together.</param>
    /// <param name="source">The tensor at which it starts.</param>
    /// <param name="target">The tensor at which it ends.</param>
    /// <param name="rule">The rule, which may send signals elsewhere than to the switches.</param>
    /// <param name="isVisited">Whether somebody looks at every signal on the way.</param>
    /// <exception cref="NetVizException">The source does not depend on the target.</exception>
    public BackwardPlan Down(Shape[] kept, int seeds, int source, int target, BackwardRule rule, bool isVisited)
    {
        SeeGoingDown(source, target, rule, isVisited);
        foreach ((bool[] seen, BackwardPlan known) in _down)
        {
            if (known.Source == source && known.Target == target && known.IsFor(kept[0], seeds)
                && seen.AsSpan().SequenceEqual(_seen))
                return known;
        }

        Shape[] shapes = seeds == 1 ? kept : SignalGroups.ShapesOf(Network, kept, seeds)
            ?? throw new InvalidOperationException("The network does not keep images apart.");
        BackwardPlan plan = MakeDown(shapes, source, target);
        Remember(_down, plan);
        return plan;
    }

    /// <summary>
    /// The memory of a pass up to the scores and of one from there down to the input; null where they do not depend on it.
    /// Neither plan is remembered: they may be of a batch that is only asked after.
    /// </summary>
    /// <param name="shapes">Each tensor's shape.</param>
    public (MemoryPlan Up, MemoryPlan? Down) Both(Shape[] shapes)
    {
        SeeGoingUp(Wanted([]));

        // A pass with images that are computed by plain sums fuses less, so it needs the more memory.
        MemoryPlan up = MakeUp(shapes, new bool[shapes[0].N]).Memory;
        if (!BackwardPlan.LeadsTo(Network, 0)[Network.ScoreTensor]) return (up, null);
        SeeGoingDown(Network.ScoreTensor, 0, BackwardRule.Gradient, isVisited: false);
        return (up, MakeDown(shapes, Network.ScoreTensor, 0).Memory);
    }

    private ForwardPlan MakeUp(Shape[] shapes, ReadOnlyMemory<bool> plainImages) => ForwardPlan.Make(Network,
        prepared.Kernels.BytesOf, shapes, FusedConv.Find(prepared, shapes, _seen, backward: false, plainImages));

    private BackwardPlan MakeDown(Shape[] shapes, int source, int target) => BackwardPlan.Make(Network, prepared.Kernels.BytesOf,
        shapes, source, target, FusedConv.Find(prepared, shapes, _seen, backward: true));

    private void SeeGoingUp(bool[] wanted)
    {
        wanted.CopyTo(_seen, 0);
        SeeWhatIsTold(backward: false);
    }

    private void SeeGoingDown(int source, int target, BackwardRule rule, bool isVisited)
    {
        Array.Fill(_seen, isVisited);
        _seen[source] = _seen[target] = true;
        foreach (ChannelPassage passage in rule.Through) _seen[Network.Find(passage.Layer)] = true;
        SeeWhatIsTold(backward: true);
        foreach (Node node in Network.Nodes)
        {
            // Spread evenly over the windows it is no unpooling by switches.
            if (node.Layer is MaxPool && rule.UnpoolingAt(node.Layer) != Unpooling.Switches) _seen[node.Inputs[0]] = true;
        }
    }

    /// <summary>
    /// A layer that is timed runs by itself, between tensors that are written. A convolution takes the rectifier and the
    /// pooling behind it into its time as it takes them into its sums, unless theirs are told too.
    /// </summary>
    private void SeeWhatIsTold(bool backward)
    {
        if (prepared.LayerRan is null) return;
        foreach (Node node in Network.Nodes)
        {
            if (prepared.ListenerOf(node, backward) is null) continue;
            if (node.Layer is not Conv) _seen[node.Output] = true;
            foreach (int tensor in node.Inputs) _seen[tensor] = true;
        }
    }

    private void Remember<TPlan>(List<(bool[] Seen, TPlan Plan)> plans, TPlan plan)
    {
        if (plans.Count == Remembered) plans.RemoveAt(0);
        plans.Add(([.. _seen], plan));
    }
}
