namespace NetViz.Kernels;

/// <summary>The arithmetic of tensor cores.</summary>
public enum GpuPrecision
{
    /// <summary>float32; on tensor cores three products of TF32 (3xTF32), about as exact.</summary>
    Float32,

    /// <summary>One product of TF32 (ten bits of mantissa), wherever tensor cores serve: a layer's error about 3e-4.</summary>
    Tf32,
}
