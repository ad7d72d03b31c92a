using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Memory;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx;

/// <summary>A kernel that can be launched.</summary>
public sealed class PtxKernel
{
    /// <summary>The most shared memory of a block, static and dynamic, without asking for more.</summary>
    public const int MaxSharedBytes = 48 * 1024;

    private readonly PtxProgram _program;
    private Cta? _idle;

    internal PtxKernel(PtxProgram program, int maxThreads)
    {
        _program = program;
        MaxThreads = maxThreads;
    }

    /// <summary>Its name.</summary>
    public string Name => _program.Name;

    /// <summary>Its parameters in their order.</summary>
    public IReadOnlyList<PtxParameter> Parameters => _program.Parameters;

    /// <summary>Bytes of all parameters, gaps included.</summary>
    public int ParameterBytes => _program.ParameterBytes;

    /// <summary>Bytes of static shared memory.</summary>
    public int StaticSharedBytes => _program.SharedBytes;

    /// <summary>Bytes of local memory a thread.</summary>
    public int LocalBytes => _program.LocalBytes;

    /// <summary>The most threads of a block.</summary>
    public int MaxThreads { get; }

    /// <summary>Runs a launch to its end.</summary>
    /// <exception cref="PtxFault">
    /// The launch is not possible, or a thread did what a card would end it for, raced on shared memory, or missed a barrier.
    /// </exception>
    public unsafe void Launch(DeviceMemory memory, Dim3 grid, Dim3 block, int dynamicSharedBytes, ReadOnlySpan<byte> parameters)
    {
        int shared = Require(grid, block, dynamicSharedBytes, parameters.Length);
        Cta? cta = Interlocked.Exchange(ref _idle, null);
        if (cta is null || cta.Threads != block || cta.SharedBytes != shared)
        {
            cta?.Dispose();
            cta = new Cta(_program, block, shared);
        }

        fixed (byte* start = parameters)
        {
            cta.Begin(memory, grid, start);
            long count = grid.Count;
            for (long k = 0; k < count; k++) cta.Run(grid.At(k));
        }

        Interlocked.Exchange(ref _idle, cta)?.Dispose();
    }

    private int Require(Dim3 grid, Dim3 block, int dynamicSharedBytes, int parameterBytes)
    {
        if (grid.X < 1 || grid.Y is < 1 or > 65535 || grid.Z is < 1 or > 65535) throw Refuse($"a grid of {grid} blocks");
        if (block.X < 1 || block.Y < 1 || block.Z is < 1 or > 64 || block.Count > MaxThreads)
            throw Refuse($"a block of {block} threads, {MaxThreads} are the most");
        if (parameterBytes < ParameterBytes) throw Refuse($"{parameterBytes} bytes of parameters, {ParameterBytes} are wanted");
        int shared = checked(StaticSharedBytes + dynamicSharedBytes);
        if (dynamicSharedBytes < 0 || shared > MaxSharedBytes)
            throw Refuse($"{shared} bytes of shared memory, {MaxSharedBytes} are the most");
        return shared;
    }

    private PtxFault Refuse(string what) => new(CudaError.InvalidValue, $"{Name} cannot be launched: {what}");
}
