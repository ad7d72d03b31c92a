using NetViz.CudaEmulator.Ptx.Syntax;

namespace NetViz.CudaEmulator.Ptx.Program;

/// <summary>How a basic block ends.</summary>
internal enum Terminator
{
    /// <summary>All threads go on at Next.</summary>
    Jump,

    /// <summary>Threads whose predicate is set (or, if negated, is not) go on at Target, the others at Next.</summary>
    Branch,

    /// <summary>Threads wait for all others of their CTA and go on at Next.</summary>
    Barrier,

    /// <summary>Threads end.</summary>
    Exit,
}

/// <summary>Instructions that are carried out one after the other, and where threads go from there.</summary>
internal sealed class BasicBlock
{
    /// <summary>As in the text, without those that end it.</summary>
    public List<Statement> Statements { get; } = [];

    /// <summary>How it ends.</summary>
    public Terminator End { get; set; }

    /// <summary>The line of what ends it.</summary>
    public int Line { get; set; }

    /// <summary>The predicate of a branch.</summary>
    public string? Guard { get; set; }

    /// <summary>Whether the branch is taken where the predicate is not set.</summary>
    public bool Negated { get; set; }

    /// <summary>Where a taken branch goes.</summary>
    public BasicBlock? Target { get; set; }

    /// <summary>Where all other threads go; null after Exit.</summary>
    public BasicBlock? Next { get; set; }

    /// <summary>Its rank in the order of execution, from 0.</summary>
    public int Rank { get; set; } = -1;

    /// <summary>Where threads may go; what leaves a loop is best looked at first, see <see cref="ControlFlow"/>.</summary>
    public IEnumerable<BasicBlock> Successors => new[] { Target, Next }.OfType<BasicBlock>();
}
