namespace NetViz.Visualisation.Localisation;

/// <summary>
/// Maximum flow and minimum cut of a grid graph with 8 neighbours, by the augmenting paths of Boykov and Kolmogorov (PAMI 2004):
/// one search tree grows from the source, one from the sink; where they touch, flow is pushed along the path, and what it cuts
/// off looks for another parent. Capacities are whole numbers, so that flow and cut are equal exactly or not at all. An instance
/// keeps its arrays from one graph to the next; it belongs to one thread.
/// </summary>
internal sealed class MaxFlow
{
    /// <summary>The greatest capacity of an edge between pixels.</summary>
    public const int MaxEdge = 1 << 28;

    /// <summary>The greatest capacity of an edge to a terminal.</summary>
    public const int MaxTerminal = 1 << 30;

    // Direction d and d ^ 1 are opposite: right, left, down, up, and the four diagonals.
    private static readonly (int X, int Y)[] Steps = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (-1, 1), (1, -1)];

    private const int Directions = 8;
    private const sbyte Terminal = 8, None = -1;
    private const byte Free = 0, Source = 1, Sink = 2;

    private readonly int[] _offsets = new int[Directions];

    // Of each pixel, with a frame of one unreachable pixel around the picture that saves all tests for the edge.
    // _terminal: what is left of the edge from the source (positive) or to the sink (negative).
    private int[] _terminal = [];
    // [pixel, direction]: what is left of the edge from the pixel in that direction.
    private int[] _residual = [];
    private byte[] _tree = [];
    // The direction of the parent in the tree, Terminal at a root, None without a parent.
    private sbyte[] _parent = [];
    // Steps to the terminal, right as of the time.
    private int[] _distance = [];
    private int[] _time = [];
    // Pixels from which a tree may grow: a ring, in which each stands once at most.
    private int[] _active = [];
    private bool[] _isActive = [];
    private readonly Stack<int> _orphans = [];
    private readonly Queue<int> _cutOff = [];
    private int _first, _waiting, _now, _stride;

    /// <summary>Pixels in a row.</summary>
    public int Width { get; private set; }

    /// <summary>Rows.</summary>
    public int Height { get; private set; }

    /// <summary>Begins a graph without edges.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    public void Reset(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        (Width, Height, _stride) = (width, height, width + 2);
        int count = checked(_stride * (height + 2));
        if (_tree.Length < count)
        {
            (_terminal, _residual) = (new int[count], new int[checked(count * Directions)]);
            (_tree, _parent, _distance, _time) = (new byte[count], new sbyte[count], new int[count], new int[count]);
            (_active, _isActive) = (new int[count], new bool[count]);
        }

        Array.Clear(_terminal, 0, count);
        Array.Clear(_residual, 0, count * Directions);
        Array.Clear(_tree, 0, count);
        Array.Fill(_parent, None, 0, count);
        Array.Clear(_distance, 0, count);
        Array.Clear(_time, 0, count);
        Array.Clear(_isActive, 0, count);
        for (int d = 0; d < Directions; d++) _offsets[d] = Steps[d].Y * _stride + Steps[d].X;
        (_first, _waiting, _now) = (0, 0, 0);
    }

    /// <summary>Joins a pixel to a terminal.</summary>
    /// <param name="x">Column.</param>
    /// <param name="y">Row.</param>
    /// <param name="capacity">From the source where positive, to the sink where negative.</param>
    public void SetTerminal(int x, int y, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Abs((long)capacity), MaxTerminal, nameof(capacity));
        _terminal[Node(x, y)] = capacity;
    }

    /// <summary>Joins two neighbours.</summary>
    /// <param name="x">Column of the one.</param>
    /// <param name="y">Row of the one.</param>
    /// <param name="stepX">-1, 0 or 1 column to the other.</param>
    /// <param name="stepY">-1, 0 or 1 row to the other.</param>
    /// <param name="there">Capacity from the one to the other.</param>
    /// <param name="back">Capacity from the other to the one.</param>
    public void SetEdge(int x, int y, int stepX, int stepY, int there, int back)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(there);
        ArgumentOutOfRangeException.ThrowIfNegative(back);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(there, MaxEdge);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(back, MaxEdge);
        int d = Array.IndexOf(Steps, (stepX, stepY));
        if (d < 0) throw new ArgumentException($"({stepX}, {stepY}) is no step to a neighbour.", nameof(stepX));
        _residual[Node(x, y) * Directions + d] = there;
        _residual[Node(x + stepX, y + stepY) * Directions + (d ^ 1)] = back;
    }

    /// <summary>Pushes all the flow there is.</summary>
    /// <returns>The flow.</returns>
    public long Solve()
    {
        for (int node = 0; node < _stride * (Height + 2); node++)
        {
            if (_terminal[node] == 0) continue;
            _tree[node] = _terminal[node] > 0 ? Source : Sink;
            (_parent[node], _distance[node]) = (Terminal, 1);
            Activate(node);
        }

        long flow = 0;
        while (_waiting > 0)
        {
            // A pixel stays active until its tree cannot grow from it any more.
            int node = _active[_first];
            if (_tree[node] == Free || !Grow(node, out int from, out int direction))
            {
                _isActive[node] = false;
                if (++_first == _active.Length) _first = 0;
                _waiting--;
                continue;
            }

            _now++;
            flow += Augment(from, direction);
            while (_orphans.TryPop(out int orphan) || _cutOff.TryDequeue(out orphan)) Adopt(orphan);
        }

        return flow;
    }

    /// <summary>Whether a pixel lies on the source's side of the minimum cut, of several that with the fewest there.</summary>
    /// <param name="x">Column.</param>
    /// <param name="y">Row.</param>
    public bool IsSource(int x, int y) => _tree[Node(x, y)] == Source;

    private int Node(int x, int y)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)x, (uint)Width, nameof(x));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)Height, nameof(y));
        return (y + 1) * _stride + x + 1;
    }

    private void Activate(int node)
    {
        if (_isActive[node]) return;
        _isActive[node] = true;
        int last = _first + _waiting++;
        _active[last < _active.Length ? last : last - _active.Length] = node;
    }

    /// <summary>Lets a tree grow from a pixel to its free neighbours, until it meets the other tree.</summary>
    /// <returns>Whether it did, over the edge from the source's side in a direction.</returns>
    private bool Grow(int node, out int from, out int direction)
    {
        byte tree = _tree[node];
        for (int d = 0; d < Directions; d++)
        {
            int other = node + _offsets[d];
            if ((tree == Source ? _residual[node * Directions + d] : _residual[other * Directions + (d ^ 1)]) == 0) continue;
            bool isFree = _tree[other] == Free;
            if (!isFree && _tree[other] != tree)
            {
                (from, direction) = tree == Source ? (node, d) : (other, d ^ 1);
                return true;
            }

            // Free, or with a longer way to the terminal than over this pixel.
            if (!isFree && (_time[other] > _time[node] || _distance[other] <= _distance[node] + 1)) continue;
            (_parent[other], _distance[other], _time[other]) = ((sbyte)(d ^ 1), _distance[node] + 1, _time[node]);
            if (!isFree) continue;
            _tree[other] = tree;
            Activate(other);
        }

        (from, direction) = (0, 0);
        return false;
    }

    /// <summary>Pushes what the path over an edge between the trees can take; edges that it fills make orphans.</summary>
    private int Augment(int from, int direction)
    {
        int to = from + _offsets[direction];
        int flow = Math.Min(Narrowest(from, isSource: true), Narrowest(to, isSource: false));
        flow = Math.Min(flow, _residual[from * Directions + direction]);
        _residual[from * Directions + direction] -= flow;
        _residual[to * Directions + (direction ^ 1)] += flow;
        Push(from, flow, isSource: true);
        Push(to, flow, isSource: false);
        return flow;
    }

    private int Narrowest(int node, bool isSource)
    {
        int least = int.MaxValue;
        while (_parent[node] != Terminal)
        {
            int up = _parent[node], parent = node + _offsets[up];
            least = Math.Min(least, isSource ? _residual[parent * Directions + (up ^ 1)] : _residual[node * Directions + up]);
            node = parent;
        }

        return Math.Min(least, Math.Abs(_terminal[node]));
    }

    private void Push(int node, int flow, bool isSource)
    {
        while (_parent[node] != Terminal)
        {
            int up = _parent[node], parent = node + _offsets[up];
            int down = parent * Directions + (up ^ 1), upward = node * Directions + up;
            int along = isSource ? down : upward;
            _residual[along] -= flow;
            _residual[isSource ? upward : down] += flow;
            if (_residual[along] == 0) CutOff(node);
            node = parent;
        }

        _terminal[node] -= isSource ? flow : -flow;
        if (_terminal[node] == 0) CutOff(node);
    }

    private void CutOff(int node)
    {
        _parent[node] = None;
        _orphans.Push(node);
    }

    /// <summary>Finds an orphan a parent in its own tree, the one nearest to the terminal; without one it becomes free.</summary>
    private void Adopt(int node)
    {
        byte tree = _tree[node];
        int nearest = int.MaxValue, best = None;
        for (int d = 0; d < Directions; d++)
        {
            int other = node + _offsets[d];
            if (_tree[other] != tree || CapacityTowards(node, d, tree) == 0 || _parent[other] == None) continue;
            int distance = DistanceToTerminal(other);
            if (distance < nearest) (nearest, best) = (distance, d);
        }

        if (best != None)
        {
            (_parent[node], _distance[node], _time[node]) = ((sbyte)best, nearest + 1, _now);
            return;
        }

        for (int d = 0; d < Directions; d++)
        {
            int other = node + _offsets[d];
            if (_tree[other] != tree) continue;
            // Orphans too: those that are adopted yet must be able to take this pixel back.
            if (CapacityTowards(node, d, tree) > 0) Activate(other);
            if (_parent[other] != (d ^ 1)) continue;
            _parent[other] = None;
            _cutOff.Enqueue(other);
        }

        _tree[node] = Free;
    }

    /// <summary>What is left of the edge by which a tree would come from the neighbour to the pixel.</summary>
    private int CapacityTowards(int node, int d, byte tree) => tree == Source
        ? _residual[(node + _offsets[d]) * Directions + (d ^ 1)]
        : _residual[node * Directions + d];

    /// <summary>Steps to the terminal, or the greatest number where the way ends at an orphan.</summary>
    private int DistanceToTerminal(int node)
    {
        int distance = 0;
        for (int at = node; ; at += _offsets[_parent[at]])
        {
            // Found on an earlier way of this time. What was found then still stands: only orphans lose their children.
            if (_time[at] == _now)
            {
                distance += _distance[at];
                break;
            }

            if (_parent[at] == None) return int.MaxValue;
            distance++;
            if (_parent[at] != Terminal) continue;
            (_time[at], _distance[at]) = (_now, 1);
            break;
        }

        int left = distance;
        for (int at = node; _time[at] != _now; at += _offsets[_parent[at]]) (_time[at], _distance[at]) = (_now, left--);
        return distance;
    }
}
