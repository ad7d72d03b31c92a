namespace NetViz.Procedures;

/// <summary>
/// Keeps the events of work that runs beside other work until its turn comes, so that they are reported in the order of the results
/// and not of the threads. One thread at a time uses it.
/// </summary>
internal sealed class HeldEvents : IProgress<ProcedureEvent>
{
    private readonly List<ProcedureEvent> _events = [];
    private IProgress<ProcedureEvent>? _turn;

    /// <inheritdoc/>
    public void Report(ProcedureEvent value)
    {
        if (_turn is null) _events.Add(value);
        else _turn.Report(value);
    }

    /// <summary>Reports the events, and from now on each at once.</summary>
    /// <param name="progress">Receives them; null if not needed.</param>
    public void PassOnTo(IProgress<ProcedureEvent>? progress)
    {
        foreach (ProcedureEvent held in _events) progress?.Report(held);
        _events.Clear();
        _turn = progress;
    }
}
