namespace NetViz.Procedures;

/// <summary>One call of a procedure: where it reports to, and whether it is cancelled.</summary>
/// <param name="progress">Receives all events; null for none.</param>
/// <param name="token">Cancels the call between layers, images or steps.</param>
internal sealed class ProcedureRun(IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
{
    private readonly List<string> _inputWarnings = [];

    /// <summary>Cancels the call.</summary>
    public CancellationToken Token => token;

    /// <summary>Does work between a start and an end that are reported.</summary>
    /// <param name="title">What is done.</param>
    /// <param name="total">The amount; 0 where it is not known.</param>
    /// <param name="work">The work.</param>
    public T Do<T>(string title, double total, Func<JobProgress, T> work)
    {
        token.ThrowIfCancellationRequested();
        progress?.Report(new WorkStarted(title, total));
        try
        {
            return work(new JobProgress(this));
        }
        finally
        {
            progress?.Report(new WorkEnded());
        }
    }

    /// <summary>Something to know.</summary>
    public void Note(string text) => Report(new Remark(text, IsWarning: false));

    /// <summary>Something that may make results other than what was wanted.</summary>
    public void Warn(string text) => Report(new Remark(text, IsWarning: true));

    /// <summary>Reports an event.</summary>
    public void Report(ProcedureEvent what) => progress?.Report(what);

    /// <summary>A warning of an input, which its result names, too.</summary>
    public void WarnOfInput(InputFile file, string warning)
    {
        _inputWarnings.Add(warning);
        Warn($"{file.Path}: {warning}");
    }

    /// <summary>What was suspicious about a model and about the inputs read since the last call; null for nothing.</summary>
    public IReadOnlyList<string>? TakeWarnings(Explainer model)
    {
        string[] warnings = [.. model.Model.Warnings, .. _inputWarnings];
        _inputWarnings.Clear();
        return warnings.Length > 0 ? warnings : null;
    }
}

/// <summary>How far a piece of work is.</summary>
/// <param name="run">The call that it belongs to.</param>
internal sealed class JobProgress(ProcedureRun run)
{
    /// <summary>Reports how much is done, from 0 to the total.</summary>
    /// <exception cref="OperationCanceledException">The call is cancelled.</exception>
    public void Report(double done)
    {
        run.Token.ThrowIfCancellationRequested();
        run.Report(new WorkAdvanced(done));
    }

    /// <summary>Reports what is done now; null for nothing in particular.</summary>
    public void Note(string? note) => run.Report(new WorkNoted(note));
}
