namespace NetViz.Kernels.Gpu;

/// <summary>A device as ILGPU sees it.</summary>
/// <param name="Platform">How it is reached.</param>
/// <param name="Index">Its number on that platform, as in <c>cuda:1</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="Capability">What it is capable of: the compute capability, or the version of OpenCL.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Refusal">Why it cannot be used; null where it can.</param>
public sealed record GpuDeviceInfo(GpuPlatform Platform, int Index, string Name, long MemoryBytes, string Capability,
    GpuDeviceKind Kind, string? Refusal)
{
    /// <summary>What <c>--device</c> calls it, for example <c>cuda:0</c>.</summary>
    public string Id => $"{GpuDevices.NameOf(Platform)}{(Platform == GpuPlatform.IlgpuCpu ? "" : $":{Index}")}";

    /// <summary>Whether <c>auto</c> may take it: a card with memory of its own, or any CUDA device.</summary>
    public bool IsForAuto => Refusal is null && (Platform == GpuPlatform.Cuda || Kind == GpuDeviceKind.Card);
}

/// <summary>What a device is.</summary>
public enum GpuDeviceKind
{
    /// <summary>A card with memory of its own.</summary>
    Card,

    /// <summary>A graphics unit that shares the processor's memory.</summary>
    Integrated,

    /// <summary>A processor that computes in a GPU's place.</summary>
    Processor,
}
