namespace NetViz.CudaEmulator;

/// <summary>What the driver answers (CUresult): the numbers of CUDA, as many as the emulator returns.</summary>
public enum CudaError
{
    /// <summary>CUDA_SUCCESS.</summary>
    Success = 0,

    /// <summary>CUDA_ERROR_INVALID_VALUE: an argument out of its range.</summary>
    InvalidValue = 1,

    /// <summary>CUDA_ERROR_OUT_OF_MEMORY.</summary>
    OutOfMemory = 2,

    /// <summary>CUDA_ERROR_NOT_INITIALIZED: cuInit was not called.</summary>
    NotInitialized = 3,

    /// <summary>CUDA_ERROR_NO_DEVICE.</summary>
    NoDevice = 100,

    /// <summary>CUDA_ERROR_INVALID_DEVICE: a number that no device has.</summary>
    InvalidDevice = 101,

    /// <summary>CUDA_ERROR_INVALID_CONTEXT: the calling thread has none.</summary>
    InvalidContext = 201,

    /// <summary>CUDA_ERROR_NO_BINARY_FOR_GPU: code for another device.</summary>
    NoBinaryForGpu = 209,

    /// <summary>CUDA_ERROR_PEER_ACCESS_UNSUPPORTED.</summary>
    PeerAccessUnsupported = 217,

    /// <summary>CUDA_ERROR_INVALID_PTX.</summary>
    InvalidPtx = 218,

    /// <summary>CUDA_ERROR_UNSUPPORTED_PTX_VERSION: PTX that is newer than the driver.</summary>
    UnsupportedPtxVersion = 222,

    /// <summary>CUDA_ERROR_INVALID_HANDLE: a stream, event, module or function that there is not.</summary>
    InvalidHandle = 400,

    /// <summary>CUDA_ERROR_NOT_FOUND: a name that a module does not have.</summary>
    NotFound = 500,

    /// <summary>CUDA_ERROR_NOT_READY: not done yet.</summary>
    NotReady = 600,

    /// <summary>CUDA_ERROR_ILLEGAL_ADDRESS: an access outside every live allocation, or outside a state space.</summary>
    IllegalAddress = 700,

    /// <summary>CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES: a block of more threads than the kernel takes.</summary>
    LaunchOutOfResources = 701,

    /// <summary>CUDA_ERROR_PEER_ACCESS_NOT_ENABLED.</summary>
    PeerAccessNotEnabled = 705,

    /// <summary>CUDA_ERROR_CONTEXT_IS_DESTROYED.</summary>
    ContextIsDestroyed = 709,

    /// <summary>CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED.</summary>
    HostMemoryAlreadyRegistered = 712,

    /// <summary>CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED.</summary>
    HostMemoryNotRegistered = 713,

    /// <summary>CUDA_ERROR_ILLEGAL_INSTRUCTION.</summary>
    IllegalInstruction = 715,

    /// <summary>CUDA_ERROR_MISALIGNED_ADDRESS: an access that is not aligned to its size.</summary>
    MisalignedAddress = 716,

    /// <summary>CUDA_ERROR_LAUNCH_FAILED: a race on shared memory, a barrier that not all threads reach.</summary>
    LaunchFailed = 719,

    /// <summary>CUDA_ERROR_NOT_SUPPORTED.</summary>
    NotSupported = 801,

    /// <summary>CUDA_ERROR_UNKNOWN.</summary>
    Unknown = 999,
}
