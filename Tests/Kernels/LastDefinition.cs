namespace NetViz.Tests.Kernels;

/// <summary>
/// What the definition makes of the operation that was asked for last: tests of one operation on each back-end follow each other.
/// </summary>
internal sealed class LastDefinition
{
    private Operation? _operation;
    private Outcome? _outcome;

    /// <summary>The outcome; not to be written to.</summary>
    public Outcome Of(Operation operation)
    {
        if (!ReferenceEquals(operation, _operation)) (_outcome, _operation) = (operation.Define(), operation);
        return _outcome!;
    }
}
