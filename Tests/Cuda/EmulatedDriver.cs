using System.Text;
using NetViz.CudaEmulator;
using NetViz.CudaEmulator.Driver.Entries;

namespace NetViz.Tests.Cuda;

/// <summary>The emulated driver's functions as a caller of the library reaches them, within this process.</summary>
internal static unsafe class EmulatedDriver
{
    private const int LogBuffer = 5, LogBufferBytes = 6;

    public static CudaError Initialize() => ((delegate* unmanaged<int, CudaError>)&DeviceEntries.cuInit)(0);

    public static CudaError CreateContext(out nint context)
    {
        fixed (nint* at = &context)
            return ((delegate* unmanaged<nint*, int, int, CudaError>)&ContextEntries.cuCtxCreate_v2)(at, 0, 0);
    }

    public static CudaError DestroyContext(nint context) =>
        ((delegate* unmanaged<nint, CudaError>)&ContextEntries.cuCtxDestroy_v2)(context);

    public static CudaError SetCurrent(nint context) =>
        ((delegate* unmanaged<nint, CudaError>)&ContextEntries.cuCtxSetCurrent)(context);

    public static CudaError Synchronize() => ((delegate* unmanaged<CudaError>)&ContextEntries.cuCtxSynchronize)();

    public static CudaError MemoryInfo(out nint free, out nint total)
    {
        fixed (nint* f = &free, t = &total)
            return ((delegate* unmanaged<nint*, nint*, CudaError>)&MemoryEntries.cuMemGetInfo_v2)(f, t);
    }

    public static CudaError Allocate(nint bytes, out nint address)
    {
        fixed (nint* at = &address) return ((delegate* unmanaged<nint*, nint, CudaError>)&MemoryEntries.cuMemAlloc_v2)(at, bytes);
    }

    public static CudaError Free(nint address) => ((delegate* unmanaged<nint, CudaError>)&MemoryEntries.cuMemFree_v2)(address);

    public static CudaError Register(nint address, nint bytes) =>
        ((delegate* unmanaged<nint, nint, int, CudaError>)&MemoryEntries.cuMemHostRegister_v2)(address, bytes, 1);

    public static CudaError Unregister(nint address) =>
        ((delegate* unmanaged<nint, CudaError>)&MemoryEntries.cuMemHostUnregister)(address);

    public static CudaError Copy(nint destination, nint source, nint bytes, nint stream = 0) =>
        ((delegate* unmanaged<nint, nint, nint, nint, CudaError>)&MemoryEntries.cuMemcpyAsync)(destination, source, bytes,
            stream);

    public static CudaError Set(nint destination, byte value, nint bytes, nint stream = 0) =>
        ((delegate* unmanaged<nint, byte, nint, nint, CudaError>)&MemoryEntries.cuMemsetD8Async)(destination, value, bytes,
            stream);

    public static CudaError CreateStream(out nint stream)
    {
        fixed (nint* at = &stream) return ((delegate* unmanaged<nint*, int, CudaError>)&StreamEntries.cuStreamCreate)(at, 1);
    }

    public static CudaError DestroyStream(nint stream) =>
        ((delegate* unmanaged<nint, CudaError>)&StreamEntries.cuStreamDestroy_v2)(stream);

    public static CudaError Synchronize(nint stream) =>
        ((delegate* unmanaged<nint, CudaError>)&StreamEntries.cuStreamSynchronize)(stream);

    public static CudaError CreateEvent(out nint made)
    {
        fixed (nint* at = &made) return ((delegate* unmanaged<nint*, int, CudaError>)&StreamEntries.cuEventCreate)(at, 0);
    }

    public static CudaError Record(nint which, nint stream) =>
        ((delegate* unmanaged<nint, nint, CudaError>)&StreamEntries.cuEventRecord)(which, stream);

    public static CudaError Query(nint which) => ((delegate* unmanaged<nint, CudaError>)&StreamEntries.cuEventQuery)(which);

    public static CudaError WaitFor(nint which) =>
        ((delegate* unmanaged<nint, CudaError>)&StreamEntries.cuEventSynchronize)(which);

    public static CudaError Elapsed(nint start, nint end, out float milliseconds)
    {
        fixed (float* at = &milliseconds)
            return ((delegate* unmanaged<float*, nint, nint, CudaError>)&StreamEntries.cuEventElapsedTime)(at, start, end);
    }

    /// <summary>Loads PTX with a buffer for the error log, as ILGPU does.</summary>
    public static CudaError Load(string text, out nint module, out string log)
    {
        const int Room = 100;
        byte* buffer = stackalloc byte[Room];
        int* options = stackalloc int[] { LogBuffer, LogBufferBytes };
        nint* values = stackalloc nint[] { (nint)buffer, Room };
        fixed (byte* code = Encoding.UTF8.GetBytes(text + '\0'))
        fixed (nint* at = &module)
        {
            CudaError error = ((delegate* unmanaged<nint*, byte*, int, int*, nint*, CudaError>)&ModuleEntries.cuModuleLoadDataEx)(
                at, code, 2, options, values);
            log = System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)buffer)!;
            return error;
        }
    }

    public static CudaError Unload(nint module) => ((delegate* unmanaged<nint, CudaError>)&ModuleEntries.cuModuleUnload)(module);

    public static CudaError Function(nint module, string name, out nint function)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        fixed (nint* at = &function)
            return ((delegate* unmanaged<nint*, nint, byte*, CudaError>)&ModuleEntries.cuModuleGetFunction)(at, module, text);
    }

    /// <summary>Launches blocks along x; the parameters are one address.</summary>
    public static CudaError Launch(nint function, int blocks, int threads, nint parameter, nint stream = 0)
    {
        nint bytes = sizeof(nint);
        nint* extra = stackalloc nint[] { 1, (nint)(&parameter), 2, (nint)(&bytes), 0 };
        return ((delegate* unmanaged<nint, int, int, int, int, int, int, int, nint, nint*, nint*, CudaError>)
            &ModuleEntries.cuLaunchKernel)(function, blocks, 1, 1, threads, 1, 1, 0, stream, null, extra);
    }
}
