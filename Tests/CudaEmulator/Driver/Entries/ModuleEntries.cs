using System.Runtime.InteropServices;
using System.Text;
using NetViz.CudaEmulator.Ptx;

namespace NetViz.CudaEmulator.Driver.Entries;

/// <summary>Modules, their kernels, and launches.</summary>
internal static unsafe class ModuleEntries
{
    private const int ErrorLogBuffer = 5, ErrorLogBufferBytes = 6;
    private const nint EndOfExtra = 0, ParameterBuffer = 1, ParameterBytes = 2;

    [UnmanagedCallersOnly(EntryPoint = nameof(cuModuleLoadData))]
    public static CudaError cuModuleLoadData(nint* module, byte* text) =>
        Entry.InContext(context => *module = context.Keep(CudaModule.Load(context, TextOf(text), out _)));

    [UnmanagedCallersOnly(EntryPoint = nameof(cuModuleLoadDataEx))]
    public static CudaError cuModuleLoadDataEx(nint* module, byte* text, int optionCount, int* options, nint* values) =>
        Entry.InContext(context =>
        {
            string log = "";
            try
            {
                *module = context.Keep(CudaModule.Load(context, TextOf(text), out log));
            }
            finally
            {
                WriteLog(log, new(options, optionCount), new(values, optionCount));
            }
        });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuModuleUnload))]
    public static CudaError cuModuleUnload(nint module) => Entry.InContext(context =>
    {
        CudaModule found = ModuleOf(context, module);
        context.Synchronize();
        found.Unload();
        context.Drop(module);
    });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuModuleGetFunction))]
    public static CudaError cuModuleGetFunction(nint* function, nint module, byte* name) =>
        Entry.InContext(context => *function = ModuleOf(context, module).FunctionOf(TextOf(name)));

    /// <summary>
    /// Parameters come as a buffer (CU_LAUNCH_PARAM_BUFFER_POINTER), the form that ILGPU uses; it is copied at the call.
    /// </summary>
    [UnmanagedCallersOnly(EntryPoint = nameof(cuLaunchKernel))]
    public static CudaError cuLaunchKernel(nint function, int gridX, int gridY, int gridZ, int blockX, int blockY, int blockZ,
        int sharedBytes, nint stream, nint* parameters, nint* extra) => Entry.InContext(context =>
        {
            PtxKernel kernel = FunctionOf(context, function).Kernel;
            CudaStream target = context.StreamOf(stream);
            Dim3 grid = new(gridX, gridY, gridZ), block = new(blockX, blockY, blockZ);
            RequireSize(grid, DeviceProperties.MaxGrid);
            RequireSize(block, DeviceProperties.MaxBlock);
            if (block.Count > DeviceProperties.MaxThreadsPerBlock
                || sharedBytes < 0 || kernel.StaticSharedBytes + sharedBytes > DeviceProperties.SharedBytesPerBlock)
                throw new CudaFailure(CudaError.InvalidValue);
            if (block.Count > kernel.MaxThreads) throw new CudaFailure(CudaError.LaunchOutOfResources);
            if (parameters != null) throw new CudaFailure(CudaError.NotSupported);
            target.Enqueue(new LaunchCommand(kernel, grid, block, sharedBytes, ParametersOf(kernel, extra)));
        });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuOccupancyMaxActiveBlocksPerMultiprocessor))]
    public static CudaError cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, nint function, int blockSize,
        nint sharedBytes) => Entry.InContext(context =>
        {
            PtxKernel kernel = FunctionOf(context, function).Kernel;
            if (blockSize <= 0) throw new CudaFailure(CudaError.InvalidValue);
            *blocks = Occupancy.BlocksOfMultiprocessor(kernel, blockSize, sharedBytes);
        });

    [UnmanagedCallersOnly(EntryPoint = nameof(cuOccupancyMaxPotentialBlockSize))]
    public static CudaError cuOccupancyMaxPotentialBlockSize(int* minGridSize, int* blockSize, nint function,
        delegate* unmanaged<int, nint> sharedBytesOf, nint sharedBytes, int limit) => Entry.InContext(context =>
        {
            PtxKernel kernel = FunctionOf(context, function).Kernel;
            (*minGridSize, *blockSize) = Occupancy.BestBlock(kernel,
                threads => sharedBytesOf == null ? sharedBytes : sharedBytesOf(threads), limit);
        });

    private static CudaModule ModuleOf(CudaContext context, nint handle)
    {
        var found = Handles.Get<CudaModule>(handle);
        return found.Context == context ? found : throw new CudaFailure(CudaError.InvalidHandle);
    }

    private static CudaFunction FunctionOf(CudaContext context, nint handle)
    {
        var found = Handles.Get<CudaFunction>(handle);
        return found.Context == context ? found : throw new CudaFailure(CudaError.InvalidHandle);
    }

    private static string TextOf(byte* text) =>
        Marshal.PtrToStringUTF8((nint)text) ?? throw new CudaFailure(CudaError.InvalidValue);

    private static void RequireSize(Dim3 size, (int X, int Y, int Z) most)
    {
        if (size.X < 1 || size.Y < 1 || size.Z < 1 || size.X > most.X || size.Y > most.Y || size.Z > most.Z)
            throw new CudaFailure(CudaError.InvalidValue);
    }

    private static byte[] ParametersOf(PtxKernel kernel, nint* extra)
    {
        byte* buffer = null;
        nint bytes = 0;
        for (nint* at = extra; at != null && *at != EndOfExtra; at += 2)
        {
            if (*at == ParameterBuffer) buffer = (byte*)at[1];
            else if (*at == ParameterBytes) bytes = *(nint*)at[1];
            else throw new CudaFailure(CudaError.InvalidValue);
        }

        if (bytes < kernel.ParameterBytes || buffer == null && bytes > 0) throw new CudaFailure(CudaError.InvalidValue);
        return new ReadOnlySpan<byte>(buffer, (int)bytes).ToArray();
    }

    /// <summary>The options' values are numbers or addresses in the place of a pointer.</summary>
    private static void WriteLog(string log, ReadOnlySpan<int> options, ReadOnlySpan<nint> values)
    {
        int at = options.IndexOf(ErrorLogBuffer), size = options.IndexOf(ErrorLogBufferBytes);
        if (at < 0 || size < 0 || values[size] < 1) return;
        var room = new Span<byte>((void*)values[at], (int)values[size]);
        int count = Encoding.ASCII.GetBytes(log.AsSpan(0, Math.Min(log.Length, room.Length - 1)), room);
        room[count] = 0;
    }
}
