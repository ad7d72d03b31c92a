using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace NetViz.CudaEmulator.Driver;

/// <summary>What cuGetErrorString says of each code.</summary>
internal static unsafe class ErrorText
{
    public static string Of(CudaError error) => Encoding.ASCII.GetString(Bytes(error));

    /// <summary>A text that ends with 0 and stays where it is; null for a code that is unknown.</summary>
    public static byte* Pointer(CudaError error)
    {
        ReadOnlySpan<byte> text = Bytes(error);
        return text.IsEmpty ? null : (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(text));
    }

    // Literals of UTF-8 lie in the library's image and are followed by a 0.
    private static ReadOnlySpan<byte> Bytes(CudaError error) => error switch
    {
        CudaError.Success => "no error"u8,
        CudaError.InvalidValue => "invalid argument"u8,
        CudaError.OutOfMemory => "out of memory"u8,
        CudaError.NotInitialized => "initialization error"u8,
        CudaError.NoDevice => "no CUDA-capable device is detected"u8,
        CudaError.InvalidDevice => "invalid device ordinal"u8,
        CudaError.InvalidContext => "invalid device context"u8,
        CudaError.NoBinaryForGpu => "no kernel image is available for execution on the device"u8,
        CudaError.PeerAccessUnsupported => "peer access is not supported between these two devices"u8,
        CudaError.InvalidPtx => "a PTX JIT compilation failed"u8,
        CudaError.UnsupportedPtxVersion => "the provided PTX was compiled with an unsupported toolchain."u8,
        CudaError.InvalidHandle => "invalid resource handle"u8,
        CudaError.NotFound => "named symbol not found"u8,
        CudaError.NotReady => "device not ready"u8,
        CudaError.IllegalAddress => "an illegal memory access was encountered"u8,
        CudaError.LaunchOutOfResources => "too many resources requested for launch"u8,
        CudaError.PeerAccessNotEnabled => "peer access has not been enabled"u8,
        CudaError.ContextIsDestroyed => "context is destroyed"u8,
        CudaError.HostMemoryAlreadyRegistered => "part or all of the requested memory range is already mapped"u8,
        CudaError.HostMemoryNotRegistered => "pointer does not correspond to a registered memory region"u8,
        CudaError.IllegalInstruction => "an illegal instruction was encountered"u8,
        CudaError.MisalignedAddress => "misaligned address"u8,
        CudaError.LaunchFailed => "unspecified launch failure"u8,
        CudaError.NotSupported => "operation not supported"u8,
        CudaError.Unknown => "unknown error"u8,
        _ => default,
    };
}
