namespace NetViz.Kernels.Gpu;

/// <summary>How the GPU back-end computes products (convolutions and fully connected layers).</summary>
public enum ProductForm
{
    /// <summary>
    /// The fastest that the device has for a layer's shape: tensor cores where they are several times as fast as float32's units
    /// (A100, H100) and a product has more than 32 rows, since 3xTF32 is as exact as float32; else vectorised.
    /// </summary>
    Auto,

    /// <summary>A thread an output, reading everything from device memory: what to read first, and to measure against.</summary>
    Naive,

    /// <summary>Tiles in shared memory, one output a thread.</summary>
    Tiled,

    /// <summary>Tiles in shared memory, blocks of outputs in registers, loads of 128 bits.</summary>
    Vectorised,

    /// <summary>Tiles in shared memory, multiplied by tensor cores; CUDA from compute capability 8.0 on.</summary>
    TensorCores,
}

/// <summary>How the GPU back-end computes.</summary>
public sealed record GpuOptions
{
    /// <summary>
    /// Whether 3x3 convolutions of stride 1 go through Winograd's transforms; never in the naive form.
    /// </summary>
    public ConvAlgorithm Algorithm { get; init; } = ConvAlgorithm.Auto;

    /// <summary>How products are computed.</summary>
    public ProductForm Form { get; init; } = ProductForm.Auto;

    /// <summary>The arithmetic of tensor cores.</summary>
    public GpuPrecision Precision { get; init; } = GpuPrecision.Float32;
}
