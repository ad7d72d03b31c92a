using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Operations;

/// <summary>What an instruction's name stands for.</summary>
/// <param name="shape">
/// Its operands, results in front of '=': p a predicate, 2 up to 16 bits in a register of 16 or 32, 4 and 8 bytes, @ an
/// address, # a
/// place among the parameters.
/// </param>
/// <param name="execute">Carries it out.</param>
internal sealed unsafe class Operation(string shape, delegate*<Instruction*, Cta, void> execute)
{
    public string Shape { get; } = shape;

    public delegate*<Instruction*, Cta, void> Execute { get; } = execute;
}
