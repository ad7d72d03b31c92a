using NetViz.CudaEmulator.Execution;

namespace NetViz.CudaEmulator.Ptx.Program;

/// <summary>
/// A decoded instruction. Every operand is a row of registers, one lane of 4 or 8 bytes a thread; constants and special registers
/// have rows too.
/// </summary>
internal unsafe struct Instruction
{
    /// <summary>The most operands of an instruction, those of mma.sync.</summary>
    public const int MaxOperands = 14;

    /// <summary>Carries it out for all threads of the CTA's current group.</summary>
    public delegate*<Instruction*, Cta, void> Execute;

    /// <summary>Rows of the operands, in the order of the text.</summary>
    public fixed int Rows[MaxOperands];

    /// <summary>What is added to an address, or a parameter's place.</summary>
    public long Offset;

    /// <summary>Its place in the program; the CTA keeps what it remembers of it under that number.</summary>
    public int Index;

    /// <summary>Its line in the text.</summary>
    public int Line;
}
