namespace NetViz.Procedures;

/// <summary>
/// Keeps the events of work that runs beside other work, so that they are reported in the order of the results and not of the
/// threads. One thread at a time uses it.
/// </summary>
internal sealed class HeldEvents : IProgress<ProcedureEvent>
{
    private readonly List<ProcedureEvent> _events = [];

    /// <inheritdoc/>
    public void Report(ProcedureEvent value) => _events.Add(value);

    /// <summary>Reports the events and forgets them.</summary>
    /// <param name="progress">Receives them; null for nobody.</param>
    public void Release(IProgress<ProcedureEvent>? progress)
    {
        foreach (ProcedureEvent held in _events) progress?.Report(held);
        _events.Clear();
    }
}
