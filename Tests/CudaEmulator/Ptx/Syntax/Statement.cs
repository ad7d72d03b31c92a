namespace NetViz.CudaEmulator.Ptx.Syntax;

/// <summary>What stands between two operands' commas; those of a vector in braces each count.</summary>
internal abstract record Operand;

/// <summary>A register, or a special one such as %tid.x.</summary>
internal sealed record RegisterOperand(string Name) : Operand;

/// <summary>A constant as its bits: an integer in 64 of them, 0f... in 32, 0d... in 64.</summary>
internal sealed record ImmediateOperand(ulong Bits) : Operand;

/// <summary>A label, or a variable's address.</summary>
internal sealed record SymbolOperand(string Name) : Operand;

/// <summary>[register or variable + offset].</summary>
internal sealed record AddressOperand(string Base, long Offset) : Operand;

/// <summary>One instruction with its guard (@p or @!p).</summary>
internal sealed record Statement(int Line, string? Guard, bool Negated, string Opcode, IReadOnlyList<Operand> Operands)
{
    /// <summary>The labels in front of it.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];
}

/// <summary>Registers %prefix0 to %prefix(count - 1) of a type; without a count the one %prefix.</summary>
internal sealed record RegisterDeclaration(int Line, string Type, string Prefix, int? Count);

/// <summary>A variable of a state space or a parameter.</summary>
internal sealed record Variable(int Line, string Space, string Name, int Alignment, long Bytes);

/// <summary>A kernel as it stands in the text.</summary>
internal sealed record EntryText(string Name, IReadOnlyList<Variable> Parameters, IReadOnlyList<RegisterDeclaration> Registers,
    IReadOnlyList<Variable> Variables, IReadOnlyList<Statement> Statements, int MaxThreads);
