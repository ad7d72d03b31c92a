namespace NetViz.Kernels;

/// <summary>A back-end that compiles its kernels at run time, each before its first launch.</summary>
public interface ICompilingKernels
{
    /// <summary>Gets how many kernels were compiled so far.</summary>
    int CompiledKernels { get; }

    /// <summary>Gets the time that the compilation of kernels took so far.</summary>
    TimeSpan CompileTime { get; }

    /// <summary>Gets the bytes of the device's memory that are held, in use or kept for the next request.</summary>
    long AllocatedBytes { get; }

    /// <summary>Gets or sets a callback invoked with true before a kernel is compiled, and with false after it.</summary>
    Action<bool>? Compiling { get; set; }
}
