using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetViz.CudaEmulator.Memory;
using NetViz.CudaEmulator.Ptx;
using NetViz.CudaEmulator.Ptx.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Execution;

/// <summary>
/// A cooperative thread array, CUDA's block of threads: registers, shared and local memory, and the group of threads that runs.
/// One
/// after the other, many CTAs of a launch use the same one.
/// </summary>
internal sealed unsafe partial class Cta : IDisposable
{
    // Rows start at multiples of a cache line, so that vectors do not straddle two.
    private const int LaneAlignment = 16;
    private readonly PtxProgram _program;
    private readonly byte* _registers;
    private readonly nint _stride;
    private readonly int* _laneLists;

    public Cta(PtxProgram program, Dim3 threads, int sharedBytes)
    {
        _program = program;
        Threads = threads;
        ThreadCount = (int)threads.Count;
        SharedBytes = sharedBytes;
        int padded = (ThreadCount + LaneAlignment - 1) / LaneAlignment * LaneAlignment;
        _stride = padded * sizeof(int);
        _registers = (byte*)NativeMemory.AlignedAlloc((nuint)_stride * (nuint)program.Rows, 64);
        Shared = new SharedMemory(sharedBytes);
        Global = new GlobalMemory(program.InstructionCount);

        // A thread is in one group; while two merge, one more list is in use for each.
        _laneLists = (int*)NativeMemory.Alloc((nuint)(ThreadCount + 2) * 2 * (nuint)padded * sizeof(int));
        for (int k = 0; k < ThreadCount + 2; k++)
            _idle.Push(new ThreadGroup(_laneLists + 2 * k * padded, _laneLists + (2 * k + 1) * padded));
        FillConstants();
    }

    ~Cta() => Release();

    /// <summary>The extent in threads.</summary>
    public Dim3 Threads { get; }

    /// <summary>How many threads there are.</summary>
    public int ThreadCount { get; }

    /// <summary>Shared memory, static and dynamic.</summary>
    public int SharedBytes { get; }

    /// <summary>The state space .shared.</summary>
    public SharedMemory Shared { get; }

    /// <summary>The state space .global.</summary>
    public GlobalMemory Global { get; }

    /// <summary>The state space .param.</summary>
    public byte* Parameters { get; private set; }

    /// <summary>The threads that run, ascending.</summary>
    public int* Lanes { get; private set; }

    /// <summary>How many run.</summary>
    public int Count { get; private set; }

    /// <summary>Whether those that run have no gap, so that their lanes in a row may be taken as vectors.</summary>
    public bool IsContiguous { get; private set; }

    /// <summary>Bytes from one row to the next.</summary>
    public nint Stride => _stride;

    /// <summary>A row of registers, a lane a thread; two rows together for 8 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Row<T>(int row)
        where T : unmanaged => (T*)(_registers + row * _stride);

    /// <summary>Local memory lies in rows too, word by word.</summary>
    public byte* LocalMemory => _registers + _program.LocalRow * _stride;

    /// <summary>Bytes of local memory a thread.</summary>
    public int LocalBytes => _program.LocalBytes;

    /// <summary>Takes up a launch.</summary>
    public void Begin(DeviceMemory memory, Dim3 grid, byte* parameters)
    {
        Parameters = parameters;
        Global.Begin(memory);
        Fill("%nctaid.x", grid.X);
        Fill("%nctaid.y", grid.Y);
        Fill("%nctaid.z", grid.Z);
    }

    /// <summary>What ends the launch: <paramref name="what"/> a thread did at an instruction.</summary>
    public PtxFault Fault(CudaError code, int line, int lane, string what)
    {
        string at = line > 0 ? $", line {line} '{_program.TextOf(line)}'" : "";
        return new PtxFault(code, $"{_program.Name}{at}, block {_place}, thread {Threads.At(lane)}: {what}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        NativeMemory.AlignedFree(_registers);
        NativeMemory.Free(_laneLists);
        Shared.Dispose();
    }

    private void FillConstants()
    {
        foreach ((ulong bits, bool wide, int row) in _program.Constants)
        {
            if (wide) new Span<ulong>(Row<ulong>(row), (int)_stride / sizeof(int)).Fill(bits);
            else new Span<uint>(Row<uint>(row), (int)_stride / sizeof(int)).Fill((uint)bits);
        }

        Fill("%ntid.x", Threads.X);
        Fill("%ntid.y", Threads.Y);
        Fill("%ntid.z", Threads.Z);
        int* x = Special("%tid.x"), y = Special("%tid.y"), z = Special("%tid.z"), inWarp = Special("%laneid");
        for (int lane = 0; lane < ThreadCount; lane++)
        {
            (x[lane], y[lane], z[lane]) = Threads.At(lane);
            inWarp[lane] = lane % 32;
        }
    }

    private int* Special(string name) => Row<int>(Array.IndexOf(RegisterRows.Special, name));

    private void Fill(string name, int value) => new Span<int>(Special(name), (int)_stride / sizeof(int)).Fill(value);
}
