using NetViz.Procedures;

namespace NetViz.Explorer.Passes;

/// <summary>A picture run forward, with the backward passes that were asked for. One thread at a time uses it.</summary>
internal sealed class Walk(string key, Exploration exploration)
{
    // Backward passes of one picture that are held.
    private const int MaxSignals = 12;

    private readonly List<((int Class, string Rule) Key, LayerSignals Signals)> _signals = [];

    public string Key => key;

    public Exploration Exploration => exploration;

    /// <summary>Gets or sets how many requests use it now.</summary>
    public int Users { get; set; }

    /// <summary>Gets or sets when it was last used, as a count of uses.</summary>
    public long LastUse { get; set; }

    public bool IsDropped { get; set; }

    public long Bytes => exploration.Bytes + _signals.Sum(one => one.Signals.Bytes);

    /// <summary>Returns the signals of a class under a rule, computed now or before.</summary>
    public LayerSignals Signals(int index, string rule, CancellationToken token)
    {
        int at = _signals.FindIndex(one => one.Key == (index, rule));
        LayerSignals found = at >= 0 ? _signals[at].Signals : exploration.Signals(index, rule, token);
        if (at >= 0) _signals.RemoveAt(at);
        _signals.Add(((index, rule), found));
        if (_signals.Count > MaxSignals) _signals.RemoveAt(0);
        return found;
    }
}

/// <summary>The pictures that were run forward, by model and picture, shared by all sessions. Bounded in bytes.</summary>
/// <param name="maxBytes">The bytes that activations and signals may take.</param>
internal sealed class WalkCache(long maxBytes) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Walk> _walks = [];
    private long _uses;

    /// <summary>Gets the bytes that are held.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _walks.Values.Sum(walk => walk.Bytes);
        }
    }

    /// <summary>Uses a walk; called inside the gate.</summary>
    /// <param name="key">Model and picture.</param>
    /// <param name="open">Runs the picture forward.</param>
    /// <param name="use">What is done with it, by one thread at a time.</param>
    public T Use<T>(string key, Func<Exploration> open, Func<Walk, T> use)
    {
        Walk walk = Take(key, open);
        try
        {
            lock (walk) return use(walk);
        }
        finally
        {
            Leave(walk);
        }
    }

    /// <summary>Drops what belongs to a model.</summary>
    public void Drop(string prefix)
    {
        lock (_lock)
        {
            foreach (Walk walk in _walks.Values.Where(walk => walk.Key.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
                Drop(walk);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Drop("");

    private Walk Take(string key, Func<Exploration> open)
    {
        lock (_lock)
        {
            if (_walks.TryGetValue(key, out Walk? there)) return Used(there);
        }

        var made = new Walk(key, open());
        lock (_lock)
        {
            if (_walks.TryGetValue(key, out Walk? other))
            {
                // Another request ran the same picture meanwhile.
                made.Exploration.Dispose();
                return Used(other);
            }

            _walks[key] = made;
            return Used(made);
        }
    }

    private Walk Used(Walk walk)
    {
        walk.Users++;
        walk.LastUse = ++_uses;
        return walk;
    }

    private void Leave(Walk walk)
    {
        lock (_lock)
        {
            walk.Users--;
            if (walk.IsDropped && walk.Users == 0) walk.Exploration.Dispose();
            long bytes = _walks.Values.Sum(one => one.Bytes);
            foreach (Walk oldest in _walks.Values.Where(one => one.Users == 0).OrderBy(one => one.LastUse).ToArray())
            {
                if (bytes <= maxBytes) return;
                bytes -= oldest.Bytes;
                Drop(oldest);
            }
        }
    }

    private void Drop(Walk walk)
    {
        _walks.Remove(walk.Key);
        walk.IsDropped = true;
        if (walk.Users == 0) walk.Exploration.Dispose();
    }
}
