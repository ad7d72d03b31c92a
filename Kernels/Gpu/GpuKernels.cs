using System.Numerics.Tensors;
using ILGPU;
using ILGPU.Runtime;
using static System.FormattableString;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// The operations through ILGPU, on CUDA and OpenCL. Tensors are row-major on the device; kernels are launched one after
/// another on one stream, and the host waits only where numbers come down. No kernel uses atomics, so results are the same from
/// run to run.
/// </summary>
public sealed partial class GpuKernels : IFusedKernels, ITrainingKernels, ICompilingKernels
{
    private readonly GpuAccelerator _gpu;
    private readonly AcceleratorStream _stream;
    private readonly GpuMemory _memory;
    private readonly bool _ownsAccelerator;
    private GpuBlock? _workingMemory;
    private bool _isDisposed;

    /// <summary>Starts the back-end.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="options">How it computes; null for the fastest in float32.</param>
    /// <param name="ownsAccelerator">Whether the device is closed with the back-end.</param>
    /// <exception cref="DeviceException">The options ask for tensor cores, and the device has none.</exception>
    public GpuKernels(GpuAccelerator accelerator, GpuOptions? options = null, bool ownsAccelerator = true)
    {
        ArgumentNullException.ThrowIfNull(accelerator);
        Options = options ?? new GpuOptions();
        if (!accelerator.HasTensorCores && (Options.Precision == GpuPrecision.Tf32 || Options.Form == ProductForm.TensorCores))
        {
            throw new DeviceException($"TF32 was asked for, but {accelerator.Name} has no tensor cores that compute with it",
                "NVIDIA's cards from compute capability 8.0 on have them; everywhere else `Precision` float32 computes");
        }

        (_gpu, _ownsAccelerator) = (accelerator, ownsAccelerator);
        _stream = accelerator.Accelerator.CreateStream();
        _memory = new GpuMemory(accelerator, _stream);
    }

    /// <summary>Opens a device and starts the back-end, which closes the device when it is disposed.</summary>
    /// <param name="platform">How the device is reached.</param>
    /// <param name="index">Its number on that platform, from 0.</param>
    /// <param name="options">How it computes; null for the fastest in float32.</param>
    /// <exception cref="DeviceException">There is no such device, or it cannot do what the options ask for.</exception>
    public static GpuKernels Open(GpuPlatform platform, int index = 0, GpuOptions? options = null)
    {
        GpuAccelerator accelerator = GpuDevices.Open(platform, index);
        try
        {
            return new GpuKernels(accelerator, options);
        }
        catch
        {
            accelerator.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name => GpuDevices.NameOf(_gpu.Platform);

    /// <inheritdoc/>
    public string Description => Invariant($"{_gpu.Name}, {_gpu.MemoryBytes / 1e9:0.0} GB");

    /// <inheritdoc/>
    public int Threads => 1;

    /// <inheritdoc/>
    public bool RepeatsKept => false;

    /// <inheritdoc/>
    public long? DeviceMemoryBytes => _gpu.AvailableBytes;

    /// <inheritdoc/>
    public int CompiledKernels => _gpu.CompiledKernels;

    /// <inheritdoc/>
    public TimeSpan CompileTime => _gpu.CompileTime;

    /// <inheritdoc/>
    public long AllocatedBytes => _gpu.AllocatedBytes;

    /// <inheritdoc/>
    public Action<bool>? Compiling
    {
        get => _gpu.Compiling;
        set => _gpu.Compiling = value;
    }

    /// <summary>The device.</summary>
    public GpuAccelerator Accelerator => _gpu;

    /// <summary>How it computes.</summary>
    public GpuOptions Options { get; }

    /// <inheritdoc/>
    public long BytesOf(Shape shape) => shape.Count * sizeof(float);

    /// <inheritdoc/>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DeviceBuffer Allocate(long bytes) => bytes <= int.MaxValue * (long)sizeof(float)
        ? new GpuBuffer(_memory, bytes)
        : throw new DeviceException(Invariant($"a tensor of {bytes / 1e9:0.0} GB; kernels number at most {int.MaxValue} elements"),
            "give fewer images at once, or use `Device` cpu");

    /// <inheritdoc/>
    public DeviceTensor View(DeviceBuffer buffer, Shape shape) => new GpuTensor(((GpuBuffer)buffer).Floats(shape.Count), shape);

    /// <inheritdoc/>
    public ActiveBits AllocateBits(Shape shape) => new GpuBits(_memory, shape);

    /// <inheritdoc/>
    public Switches AllocateSwitches(in PoolGeometry geometry) => new GpuSwitches(_memory, geometry);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, DeviceTensor destination)
    {
        RequireCount(source.Length, destination);
        _memory.Staging.Upload(source, Floats(destination));
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<double> source, DeviceTensor destination)
    {
        RequireCount(source.Length, destination);
        _memory.Staging.Upload(source, Floats(destination), static (from, to) => TensorPrimitives.ConvertTruncating(from, to));
    }

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<float> destination)
    {
        RequireCount(destination.Length, source);
        _memory.Staging.Download(Floats(source), destination);
    }

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<double> destination)
    {
        RequireCount(destination.Length, source);
        _memory.Staging.Download(Floats(source), destination, static (from, to) => TensorPrimitives.ConvertTruncating(from, to));
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<byte> packed, ActiveBits bits)
    {
        ArgumentNullException.ThrowIfNull(bits);
        _memory.Staging.Upload(packed[..bits.PackedBytes], ((GpuBits)bits).Pairs, static (from, to) =>
        {
            for (int i = 0; i < to.Length; i++) to[i] = (ushort)(from[i] & 15 | from[i] >> 4 << 8);
        });
    }

    /// <inheritdoc/>
    public void Download(ActiveBits bits, Span<byte> packed)
    {
        ArgumentNullException.ThrowIfNull(bits);
        packed = packed[..bits.PackedBytes];
        _memory.Staging.Download(((GpuBits)bits).Pairs, packed, static (from, to) =>
        {
            for (int i = 0; i < to.Length; i++) to[i] = (byte)(from[i] & 15 | from[i] >> 8 << 4);
        });
        int used = (int)(bits.Shape.Count % 8);
        if (used != 0) packed[^1] &= (byte)((1 << used) - 1);
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<int> source, Switches switches)
    {
        var to = (GpuSwitches)switches;
        if (!to.IsByte) _memory.Staging.Upload(source, to.IntsOfAll);
        else
        {
            _memory.Staging.Upload(source, to.BytesOfAll, static (from, bytes) =>
            {
                for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)from[i];
            });
        }
    }

    /// <inheritdoc/>
    public void Download(Switches switches, Span<int> destination)
    {
        var from = (GpuSwitches)switches;
        if (!from.IsByte) _memory.Staging.Download(from.IntsOfAll, destination);
        else
        {
            _memory.Staging.Download(from.BytesOfAll, destination, static (bytes, to) =>
            {
                for (int i = 0; i < to.Length; i++) to[i] = bytes[i] == byte.MaxValue ? Switches.None : bytes[i];
            });
        }
    }

    /// <inheritdoc/>
    public void Clear(DeviceTensor tensor)
    {
        if (tensor.Shape.Count > 0) Floats(tensor).MemSetToZero(_stream);
    }

    /// <inheritdoc/>
    public void Synchronize() => _gpu.Synchronize(_stream);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _stream.Synchronize();
        _workingMemory?.Dispose();
        _memory.Dispose();
        _stream.Dispose();
        if (_ownsAccelerator) _gpu.Dispose();
    }

    private static ArrayView<float> Floats(DeviceTensor tensor) => ((GpuTensor)tensor).View;

    private static ArrayView<byte> Bits(ActiveBits bits) => ((GpuBits)bits).Bytes;

    private static void RequireCount(int count, DeviceTensor tensor)
    {
        if (tensor.Shape.Count != count) throw new ArgumentException($"{count} numbers for {tensor.Shape.Count} elements.");
    }

    /// <summary>Launches a kernel of the given number of independent threads.</summary>
    private void Launch<TKernel>(long threads, in TKernel kernel)
        where TKernel : struct, IThreadKernel
    {
        if (threads <= 0) return;
        try
        {
            _gpu.Threads<TKernel>()(_stream, checked((int)threads), kernel);
        }
        catch (AcceleratorException e) when (GpuAccelerator.IsOutOfMemory(e))
        {
            throw _gpu.OutOfMemory(0, e);
        }
    }

    /// <summary>Launches a kernel of the given number of groups.</summary>
    private void LaunchGroups<TKernel>(Index3D groups, in TKernel kernel)
        where TKernel : struct, IGroupKernel
    {
        if (groups.Size <= 0) return;
        try
        {
            _gpu.Groups<TKernel>()(_stream, new KernelConfig(groups, new Index3D(TKernel.GroupSize, 1, 1)), kernel);
        }
        catch (AcceleratorException e) when (GpuAccelerator.IsOutOfMemory(e))
        {
            throw _gpu.OutOfMemory(0, e);
        }
    }

    /// <summary>Memory that one operation works in; the next call may give the same.</summary>
    private ArrayView<float> WorkingMemory(long floats)
    {
        if (floats == 0) return default;
        if (_workingMemory is null || _workingMemory.Bytes < floats * sizeof(float))
        {
            _workingMemory?.Dispose();
            _workingMemory = null;
            _workingMemory = _memory.Take(floats * sizeof(float));
        }

        return _workingMemory.View<float>(floats);
    }
}
