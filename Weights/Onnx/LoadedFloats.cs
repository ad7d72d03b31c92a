using System.Buffers;
using System.Diagnostics;

namespace NetViz.Weights.Onnx;

/// <summary>float32 numbers inside a loaded file, as memory that .NET code can be handed. The file outlives it.</summary>
internal sealed unsafe class LoadedFloats(LoadedFile file, long offset, int count) : MemoryManager<float>
{
    /// <summary>The numbers; throws once the file is closed.</summary>
    public override Span<float> GetSpan() => new(file.Address(offset), count);

    /// <summary>Keeps the file's memory while the handle lives; it never moves.</summary>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        Debug.Assert(elementIndex >= 0 && elementIndex <= count);
        byte* address = file.Address(offset + (long)elementIndex * sizeof(float));
        file.Hold();
        return new MemoryHandle(address, pinnable: this);
    }

    /// <summary>Ends one <see cref="Pin"/>.</summary>
    public override void Unpin() => file.Release();

    /// <summary>Nothing: the file owns the memory.</summary>
    protected override void Dispose(bool disposing)
    {
    }
}
