namespace NetViz.Explorer.Passes;

/// <summary>
/// Answers by what was asked. The engine gives the same numbers for the same question, so that a class that steps through the
/// same pass is answered without another one. Bounded; the answer asked for longest ago goes first.
/// </summary>
/// <param name="maxBytes">The bytes that all answers may take.</param>
internal sealed class ResponseCache(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, byte[] Answer)>> _byKey = [];
    private readonly LinkedList<(string Key, byte[] Answer)> _byUse = new();
    private long _bytes;

    /// <summary>Gets an answer; null if it is not there.</summary>
    public byte[]? Find(string key)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out LinkedListNode<(string Key, byte[] Answer)>? node)) return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Answer;
        }
    }

    /// <summary>Keeps an answer.</summary>
    public void Add(string key, byte[] answer)
    {
        if (answer.Length > maxBytes / 8) return;
        lock (_lock)
        {
            if (_byKey.ContainsKey(key)) return;
            _byKey[key] = _byUse.AddFirst((key, answer));
            _bytes += answer.Length;
            while (_bytes > maxBytes)
            {
                (string oldest, byte[] dropped) = _byUse.Last!.Value;
                _byUse.RemoveLast();
                _byKey.Remove(oldest);
                _bytes -= dropped.Length;
            }
        }
    }
}
