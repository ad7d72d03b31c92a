using NetViz.CudaEmulator.Ptx;

namespace NetViz.CudaEmulator.Driver;

/// <summary>Something that waits in a stream for its turn.</summary>
internal abstract class StreamCommand
{
    /// <exception cref="PtxFault">A kernel did something that the device stops at.</exception>
    public abstract void Run(CudaContext context);
}

/// <summary>A kernel's launch; its parameters were copied at the call.</summary>
internal sealed class LaunchCommand(PtxKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, byte[] parameters) : StreamCommand
{
    public override void Run(CudaContext context) => kernel.Launch(context.Memory, grid, block, sharedBytes, parameters);
}

/// <summary>A copy. What comes from memory that is not page-locked was read at the call.</summary>
internal sealed unsafe class CopyCommand(nint destination, nint source, long bytes, byte[]? staged) : StreamCommand
{
    public override void Run(CudaContext context)
    {
        Require(context, destination);
        if (staged is not null)
        {
            staged.CopyTo(new Span<byte>((void*)destination, staged.Length));
            return;
        }

        Require(context, source);
        Buffer.MemoryCopy((void*)source, (void*)destination, bytes, bytes);
    }

    /// <summary>
    /// Page-locked memory must stay so until the device is done with it; a device's memory does, since cuMemFree waits.
    /// </summary>
    private void Require(CudaContext context, nint address)
    {
        if (context.IsDevice(address, bytes) || HostMemory.Contains(address, bytes)) return;
        throw new PtxFault(CudaError.IllegalAddress,
            $"a copy of {bytes} bytes to or from 0x{address:x}, which was page-locked at the call and is no more");
    }
}

/// <summary>Bytes set to a value.</summary>
internal sealed unsafe class SetCommand(nint destination, byte value, long bytes) : StreamCommand
{
    public override void Run(CudaContext context)
    {
        for (long at = 0, count; at < bytes; at += count)
        {
            count = Math.Min(bytes - at, int.MaxValue);
            new Span<byte>((byte*)destination + at, (int)count).Fill(value);
        }
    }
}

/// <summary>A place in a stream that <see cref="CudaEvent"/> knows of.</summary>
internal sealed class RecordCommand(CudaEvent target) : StreamCommand
{
    public override void Run(CudaContext context) => target.Reached(this);
}
