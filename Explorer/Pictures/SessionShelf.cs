using System.Security.Cryptography;
using NetViz.Explorer.Server;

namespace NetViz.Explorer.Pictures;

/// <summary>The visitors. The one that is idle for longest goes when there are too many; idle ones are dropped.</summary>
internal sealed class SessionShelf(ExplorerOptions options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Session> _sessions = [];

    /// <summary>Gets how many sessions there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _sessions.Count;
        }
    }

    /// <summary>Opens a session with a name that cannot be guessed.</summary>
    public Session Open()
    {
        lock (_lock)
        {
            DropIdle();
            if (_sessions.Count >= options.MaxSessions) Remove(_sessions.Values.MinBy(session => session.LastSeen)!);
            var session = new Session(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), options.SessionBytes)
            {
                LastSeen = Environment.TickCount64,
            };
            _sessions[session.Id] = session;
            return session;
        }
    }

    /// <summary>Finds a session; null if it was dropped or never opened.</summary>
    public Session? Find(string? id)
    {
        if (id is null) return null;
        lock (_lock)
        {
            DropIdle();
            if (!_sessions.TryGetValue(id, out Session? session)) return null;
            session.LastSeen = Environment.TickCount64;
            return session;
        }
    }

    private void DropIdle()
    {
        long oldest = Environment.TickCount64 - (long)options.SessionIdle.TotalMilliseconds;
        foreach (Session session in _sessions.Values.Where(session => session.LastSeen < oldest).ToArray()) Remove(session);
    }

    private void Remove(Session session)
    {
        _sessions.Remove(session.Id);
        session.Live?.Stop();
    }
}
