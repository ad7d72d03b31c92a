using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// Memory that records left, for others of the same input shape: fresh memory costs time, since the system hands it out page by
/// page as it is first touched. Memory of other shapes is freed as soon as some is wanted that is not there.
/// </summary>
/// <param name="most">Pieces held.</param>
/// <param name="shapeOf">The input's shape that a piece is for.</param>
/// <typeparam name="T">The memory.</typeparam>
internal sealed class Spares<T>(int most, Func<T, Shape> shapeOf) : IDisposable
    where T : class, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<T> _held = [];
    private bool _isDisposed;

    /// <summary>Pieces held.</summary>
    public int Count
    {
        get { lock (_gate) return _held.Count; }
    }

    /// <summary>Takes a piece; null where there is none of the shape.</summary>
    public T? Take(Shape shape)
    {
        lock (_gate)
        {
            for (int k = _held.Count - 1; k >= 0; k--)
            {
                if (shapeOf(_held[k]) != shape) continue;
                T found = _held[k];
                _held.RemoveAt(k);
                return found;
            }

            foreach (T other in _held) other.Dispose();
            _held.Clear();
            return null;
        }
    }

    /// <summary>Gives a piece back; false where the giver has to free it.</summary>
    public bool Put(T memory)
    {
        lock (_gate)
        {
            if (_isDisposed || _held.Count >= most) return false;
            _held.Add(memory);
            return true;
        }
    }

    /// <summary>Frees all pieces; those that come back later are not taken.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (T memory in _held) memory.Dispose();
            _held.Clear();
        }
    }
}
