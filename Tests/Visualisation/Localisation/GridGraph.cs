using System.Numerics.Tensors;
using NetViz.Visualisation.Localisation;

namespace NetViz.Tests.Visualisation.Localisation;

/// <summary>A grid graph written out, with its cuts and a maximum flow in the plainest form.</summary>
internal sealed class GridGraph(int width, int height)
{
    private static readonly (int X, int Y)[] Pairs = [(1, 0), (0, 1), (1, 1), (-1, 1)];

    private readonly int[] _terminal = new int[width * height];
    private readonly List<(int From, int To, int There, int Back)> _edges = [];

    public int Width => width;

    public int Height => height;

    /// <summary>Of chance; only one pixel in 4^sparse is joined to a terminal.</summary>
    public static GridGraph Random(int width, int height, int seed, int most, int sparse = 0)
    {
        var random = new Random(seed);
        var graph = new GridGraph(width, height);
        int every = 1 << 2 * sparse;
        for (int i = 0; i < width * height; i++)
            graph._terminal[i] = random.Next(every) > 0 ? 0 : random.Next(-2 * most * every, 2 * most * every + 1);
        graph.Join((_, _) => (random.Next(most + 1), random.Next(3) == 0 ? 0 : random.Next(most + 1)));
        return graph;
    }

    /// <summary>From [5, height, width]: the terminal's capacity, then those to the right, down, down right, down left.</summary>
    public static GridGraph Of(Tensor<float> capacities)
    {
        var graph = new GridGraph((int)capacities.Lengths[2], (int)capacities.Lengths[1]);
        for (int i = 0; i < graph._terminal.Length; i++)
            graph._terminal[i] = (int)capacities[0, i / graph.Width, i % graph.Width];
        graph.Join((i, pair) =>
        {
            int capacity = (int)capacities[1 + pair, i / graph.Width, i % graph.Width];
            return (capacity, capacity);
        });
        return graph;
    }

    public long Solve(MaxFlow flow)
    {
        flow.Reset(width, height);
        for (int i = 0; i < _terminal.Length; i++) flow.SetTerminal(i % width, i / width, _terminal[i]);
        foreach ((int from, int to, int there, int back) in _edges)
            flow.SetEdge(from % width, from / width, to % width - from % width, to / width - from / width, there, back);
        return flow.Solve();
    }

    /// <summary>The capacity of the edges from the source's side to the sink's.</summary>
    public long CutOf(Func<int, bool> isSource)
    {
        long cut = 0;
        for (int i = 0; i < _terminal.Length; i++)
            cut += isSource(i) ? Math.Max(-_terminal[i], 0) : Math.Max(_terminal[i], 0);
        foreach ((int from, int to, int there, int back) in _edges)
            cut += isSource(from) == isSource(to) ? 0 : isSource(from) ? there : back;
        return cut;
    }

    /// <summary>Edmonds and Karp (1972): flow along a shortest path, until there is none.</summary>
    public long EdmondsKarp()
    {
        int nodes = _terminal.Length + 2, source = nodes - 2, sink = nodes - 1;
        var left = new int[nodes, nodes];
        for (int i = 0; i < _terminal.Length; i++)
            (left[source, i], left[i, sink]) = (Math.Max(_terminal[i], 0), Math.Max(-_terminal[i], 0));
        foreach ((int from, int to, int there, int back) in _edges) (left[from, to], left[to, from]) = (there, back);
        for (long flow = 0; ;)
        {
            int[] parent = [.. Enumerable.Repeat(-1, nodes)];
            parent[source] = source;
            var open = new Queue<int>([source]);
            while (parent[sink] < 0 && open.TryDequeue(out int at))
            {
                for (int to = 0; to < nodes; to++)
                {
                    if (parent[to] >= 0 || left[at, to] == 0) continue;
                    parent[to] = at;
                    open.Enqueue(to);
                }
            }

            if (parent[sink] < 0) return flow;
            int push = int.MaxValue;
            for (int at = sink; at != source; at = parent[at]) push = Math.Min(push, left[parent[at], at]);
            for (int at = sink; at != source; at = parent[at])
            {
                left[parent[at], at] -= push;
                left[at, parent[at]] += push;
            }

            flow += push;
        }
    }

    private void Join(Func<int, int, (int There, int Back)> capacity)
    {
        for (int i = 0; i < _terminal.Length; i++)
        {
            for (int pair = 0; pair < Pairs.Length; pair++)
            {
                (int x, int y) = (i % width + Pairs[pair].X, i / width + Pairs[pair].Y);
                if (x < 0 || x >= width || y >= height) continue;
                (int there, int back) = capacity(i, pair);
                _edges.Add((i, y * width + x, there, back));
            }
        }
    }
}
