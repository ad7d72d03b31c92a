namespace NetViz.Kernels.Cpu;

/// <summary>
/// A scope in which the operations that this thread calls on <see cref="CpuKernels"/> run on this thread alone. It is for programs
/// that run a pass on every core at once: each operation then waits for no other thread. Results do not depend on it.
/// </summary>
public readonly struct OwnThread : IDisposable
{
    private readonly bool _before;

    private OwnThread(bool before) => _before = before;

    /// <summary>Begins the scope. The result is disposed on the same thread.</summary>
    public static OwnThread Begin()
    {
        var scope = new OwnThread(Crew.IsAlone);
        Crew.IsAlone = true;
        return scope;
    }

    /// <summary>Ends the scope.</summary>
    public void Dispose() => Crew.IsAlone = _before;
}
