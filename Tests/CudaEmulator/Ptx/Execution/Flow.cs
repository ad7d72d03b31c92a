using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Execution;

/// <summary>A decoded basic block: its instructions, and where threads go from there (see <see cref="Terminator"/>).</summary>
internal unsafe struct Flow
{
    /// <summary>Its first instruction, and the one behind its last.</summary>
    public Instruction* First, End;

    /// <summary>How it ends.</summary>
    public Terminator How;

    /// <summary>The row of a branch's predicate.</summary>
    public int Predicate;

    /// <summary>Whether the branch is taken where the predicate is not set.</summary>
    public bool Negated;

    /// <summary>The ranks of the blocks where a taken branch and all others go.</summary>
    public int Target, Next;

    /// <summary>The line of what ends it.</summary>
    public int Line;
}
