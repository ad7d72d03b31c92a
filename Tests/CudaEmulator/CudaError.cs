namespace NetViz.CudaEmulator;

/// <summary>What the driver answers (CUresult): the numbers of CUDA.</summary>
public enum CudaError
{
    /// <summary>CUDA_SUCCESS.</summary>
    Success = 0,

    /// <summary>CUDA_ERROR_INVALID_VALUE: an argument out of its range.</summary>
    InvalidValue = 1,

    /// <summary>CUDA_ERROR_ILLEGAL_ADDRESS: an access outside every live allocation, or outside a state space.</summary>
    IllegalAddress = 700,

    /// <summary>CUDA_ERROR_ILLEGAL_INSTRUCTION.</summary>
    IllegalInstruction = 715,

    /// <summary>CUDA_ERROR_MISALIGNED_ADDRESS: an access that is not aligned to its size.</summary>
    MisalignedAddress = 716,

    /// <summary>CUDA_ERROR_LAUNCH_FAILED: a race on shared memory, a barrier that not all threads reach.</summary>
    LaunchFailed = 719,
}
