using NetViz.Engine.Model;

namespace NetViz.Analysis.LinearRegions;

/// <summary>What happens to a bit or a switch.</summary>
public enum FlipKind
{
    /// <summary>A rectifier's element becomes active.</summary>
    TurnsOn,

    /// <summary>A rectifier's element ceases to be active.</summary>
    TurnsOff,

    /// <summary>The maximum of a pooling window moves to another element.</summary>
    SwitchMoves,
}

/// <summary>One bit or switch that flips on the way along a direction, as the tangent has it.</summary>
/// <param name="Layer">The rectifier or max-pooling.</param>
/// <param name="Operator">Its ONNX operator.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Element">The output's element, row-major.</param>
/// <param name="Index">The same as an index of the output's axes.</param>
/// <param name="Distance">The step t along the unit direction at which it happens.</param>
/// <param name="Value">The rectifier's input x_i, or the window's maximum, at t = 0.</param>
/// <param name="Bound">The kink that x_i meets, or the value at t = 0 of the element that becomes the maximum.</param>
/// <param name="Rate">d(x_i)/dt, or by how much faster that element grows than the maximum.</param>
/// <param name="Switch">Where in the window the maximum stands before, as kh * KW + kw; -1 for a rectifier.</param>
/// <param name="NextSwitch">Where it stands after; -1 for a rectifier.</param>
public sealed record Flip(string Layer, string Operator, FlipKind Kind, long Element, IReadOnlyList<int> Index, double Distance,
    double Value, double Bound, double Rate, int Switch, int NextSwitch)
{
    /// <summary>How far the two numbers are apart at t = 0 that meet at the flip.</summary>
    public double Gap => Math.Abs(Value - Bound);
}

/// <summary>
/// The flips nearest along a direction: the first of each layer, how many there are at once, and the distances of the nearest
/// one in a hundred of all bits and switches, found by selection while they stream by.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="capacity">How many distances are kept: the smallest.</param>
internal sealed class FlipSearch(Network network, long capacity)
{
    private readonly Flip?[] _first = new Flip?[network.Nodes.Length];
    private readonly double[] _firstDistance = [.. Enumerable.Repeat(double.PositiveInfinity, network.Nodes.Length)];
    private readonly long[] _atOnce = new long[network.Nodes.Length];

    // The farthest of the kept ones comes out first.
    private readonly PriorityQueue<int, double> _nearest = new();
    private double _farthest = double.PositiveInfinity;
    private (int Node, double Distance)[]? _sorted;

    /// <summary>The first flip of all; null where nothing ever flips.</summary>
    public Flip? First => _first.OfType<Flip>().MinBy(flip => flip.Distance);

    /// <summary>The first flip of one layer.</summary>
    public Flip? FirstOf(Node node) => _first[node.Index];

    /// <summary>How many of a layer's elements stand on a kink, or in a tie, and flip at any step however small.</summary>
    public long AtOnce(Node node) => _atOnce[node.Index];

    /// <summary>Counts a flip at t = 0.</summary>
    public void AddAtOnce(Node node) => _atOnce[node.Index]++;

    /// <summary>
    /// Takes a flip up; true where it is the first of its layer so far, and <see cref="SetFirst"/> must follow.
    /// </summary>
    public bool Add(Node node, double distance)
    {
        if (distance <= _farthest && capacity > 0)
        {
            _nearest.Enqueue(node.Index, -distance);
            if (_nearest.Count > capacity) _nearest.Dequeue();
            if (_nearest.Count == capacity && _nearest.TryPeek(out _, out double priority)) _farthest = -priority;
        }

        if (!(distance < _firstDistance[node.Index])) return false;
        _firstDistance[node.Index] = distance;
        return true;
    }

    /// <summary>The particulars of the first flip of a layer.</summary>
    public void SetFirst(Node node, Flip flip) => _first[node.Index] = flip;

    /// <summary>The distance of the k-th flip, k = 1, 2, ... up to the capacity; null if there are fewer flips.</summary>
    public double? DistanceOf(long k) => k >= 1 && k <= Sorted.Length ? Sorted[k - 1].Distance : null;

    /// <summary>How many flips of each layer come no later than a distance, no farther than the kept ones.</summary>
    public long[] CountTo(double distance)
    {
        var counts = new long[network.Nodes.Length];
        foreach ((int node, double at) in Sorted)
        {
            if (at > distance) break;
            counts[node]++;
        }

        return counts;
    }

    private (int Node, double Distance)[] Sorted => _sorted ??=
        [.. _nearest.UnorderedItems.Select(item => (item.Element, -item.Priority)).OrderBy(flip => flip.Item2)];
}
