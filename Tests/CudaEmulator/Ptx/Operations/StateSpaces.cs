using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Operations;

/// <summary>A state space whose bytes lie in a row, as global and shared memory do.</summary>
internal unsafe interface IStateSpace
{
    /// <summary>
    /// Requires that all running threads may read the given number of bytes at their addresses; gives the host's address of
    /// address 0.
    /// </summary>
    static abstract byte* Readable(Instruction* instruction, Cta cta, ulong* addresses, int bytes);

    /// <summary>The same for writing.</summary>
    static abstract byte* Writable(Instruction* instruction, Cta cta, ulong* addresses, int bytes);
}

internal readonly unsafe struct Global : IStateSpace
{
    public static byte* Readable(Instruction* instruction, Cta cta, ulong* addresses, int bytes)
    {
        cta.Global.Require(instruction, cta, addresses, bytes);
        return null;
    }

    public static byte* Writable(Instruction* instruction, Cta cta, ulong* addresses, int bytes)
    {
        cta.Global.Require(instruction, cta, addresses, bytes);
        return null;
    }
}

internal readonly unsafe struct Shared : IStateSpace
{
    public static byte* Readable(Instruction* instruction, Cta cta, ulong* addresses, int bytes)
    {
        cta.Shared.RequireReadable(instruction, cta, addresses, bytes);
        return cta.Shared.Start;
    }

    public static byte* Writable(Instruction* instruction, Cta cta, ulong* addresses, int bytes)
    {
        cta.Shared.RequireWritable(instruction, cta, addresses, bytes);
        return cta.Shared.Start;
    }
}
