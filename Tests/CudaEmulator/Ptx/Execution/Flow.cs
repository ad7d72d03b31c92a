using NetViz.CudaEmulator.Program;

namespace NetViz.CudaEmulator.Execution;

/// <summary>A decoded basic block: its instructions, and where threads go from there (see <see cref="Terminator"/>).</summary>
internal readonly unsafe record struct Flow(nint FirstInstruction, int Count, Terminator End, int Predicate, bool Negated, int Target,
    int Next, int Line)
{
    /// <summary>Its first instruction.</summary>
    public Instruction* First => (Instruction*)FirstInstruction;
}
