namespace NetViz.Procedures;

/// <summary>What a procedure reports while it works. Work may hold other work: events come as a stack.</summary>
public abstract record ProcedureEvent;

/// <summary>Work begins.</summary>
/// <param name="Title">What is done.</param>
/// <param name="Total">The amount of work; 0 where it is not known.</param>
public sealed record WorkStarted(string Title, double Total) : ProcedureEvent;

/// <summary>The innermost work goes on.</summary>
/// <param name="Done">How much is done, 0 to the total.</param>
public sealed record WorkAdvanced(double Done) : ProcedureEvent;

/// <summary>What the innermost work does now.</summary>
/// <param name="Text">For example a layer's name, or that kernels are compiled; null for nothing in particular.</param>
public sealed record WorkNoted(string? Text) : ProcedureEvent;

/// <summary>The innermost work ends, whether it succeeded or not.</summary>
public sealed record WorkEnded : ProcedureEvent;

/// <summary>Something that the user should know.</summary>
/// <param name="Text">One sentence.</param>
/// <param name="IsWarning">Whether results may not be what was wanted.</param>
public sealed record Remark(string Text, bool IsWarning) : ProcedureEvent;
