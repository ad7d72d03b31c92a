using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Onnx;

/// <summary>Fills part of a tensor.</summary>
/// <param name="start">The row-major number of the first element asked for.</param>
/// <param name="values">The elements to set. Called from several threads at once.</param>
internal delegate void FillValues(long start, Span<float> values);

/// <summary>An initializer whose values are produced while they are written.</summary>
internal sealed record WrittenTensor(string Name, int[] Dims, FillValues Fill)
{
    /// <summary>Whether the file has it as float16, rounded to nearest, instead of float32.</summary>
    public bool IsHalf { get; init; }

    /// <summary>Bytes in the file.</summary>
    public long Bytes => Count * (IsHalf ? 2 : sizeof(float));

    /// <summary>How many elements.</summary>
    public long Count => Dims.Aggregate(1L, (product, length) => product * length);
}

/// <summary>
/// Writes an ONNX file without ever holding its weights: first every length and offset is planned, then the values are
/// computed in pieces by all cores and written to their places. Each tensor's values begin at a multiple of 64 bytes
/// (blanks in its doc_string push them there), so that a file's bytes can be read with aligned vector instructions.
/// </summary>
internal static class OnnxWriter
{
    private const int Alignment = 64, Chunk = 1 << 18; // a megabyte a thread

    // Tags: field number * 8 + wire type 2.
    private const byte GraphTag = (7 << 3) | 2, InitializerTag = (5 << 3) | 2, RawDataTag = (9 << 3) | 2;

    /// <summary>
    /// Writes a model. An existing file is replaced once the new one is complete, and may be a model's own all the while.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="model">Everything but the initializers.</param>
    /// <param name="tensors">The initializers.</param>
    /// <param name="progress">Told the part done, 0 to 1.</param>
    /// <exception cref="NetVizException">The file cannot be written, or would exceed 2 GB.</exception>
    public static void Write(string path, ModelProto model, IReadOnlyList<WrittenTensor> tensors,
        IProgress<double>? progress = null)
    {
        (byte[] head, List<Place> places, long length) = Plan(model, tensors);
        if (length > int.MaxValue) throw new NetVizException($"{path} would have {length} bytes; an ONNX file ends at 2 GB");
        try
        {
            OutputFile.Write(path, ResultKind.Model, file =>
            {
                RandomAccess.Write(file.SafeFileHandle, head, 0);
                WriteValues(file.SafeFileHandle, places, progress);
            }, length, makeFolder: false);
        }
        catch (AggregateException e) when (e.InnerException is NetVizException refusal)
        {
            throw refusal;
        }
        catch (Exception e) when ((e is AggregateException ? e.InnerException : e) is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path} cannot be written: {(e.InnerException ?? e).Message}",
                "choose a folder that exists, has space left and may be written to", e);
        }
    }

    private static void WriteValues(SafeFileHandle handle, List<Place> places, IProgress<double>? progress)
    {
        foreach (Place place in places) RandomAccess.Write(handle, place.Header, place.HeaderOffset);
        (Place Place, long Start, int Count)[] chunks =
        [
            .. from place in places
               from i in Enumerable.Range(0, (int)((place.Tensor.Count + Chunk - 1) / Chunk))
               let start = (long)i * Chunk
               select (place, start, (int)Math.Min(Chunk, place.Tensor.Count - start)),
        ];
        int done = 0;
        Parallel.For(0, chunks.Length, () => new float[Chunk], (i, _, buffer) =>
        {
            (Place place, long start, int count) = chunks[i];
            Span<float> values = buffer.AsSpan(0, count);
            place.Tensor.Fill(start, values);
            if (place.Tensor.IsHalf)
                RandomAccess.Write(handle, MemoryMarshal.AsBytes(Halves(place.Tensor, values)), place.ValuesOffset + start * 2);
            else
                RandomAccess.Write(handle, MemoryMarshal.AsBytes(values), place.ValuesOffset + start * sizeof(float));
            progress?.Report((double)Interlocked.Increment(ref done) / chunks.Length);
            return buffer;
        }, _ => { });
    }

    private static Span<Half> Halves(WrittenTensor tensor, ReadOnlySpan<float> values)
    {
        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        for (int i = 0; i < halves.Length; i++)
        {
            if (!Half.IsFinite(halves[i]) && float.IsFinite(values[i]))
            {
                throw new NetVizException($"'{tensor.Name}' holds {values[i]}, which float16 cannot: it ends at 65504",
                    "write float32");
            }
        }

        return halves;
    }

    // Lays the file out: the model's fields and the graph's nodes first, then one initializer after the other.
    private static (byte[] Head, List<Place> Places, long Length) Plan(ModelProto model, IReadOnlyList<WrittenTensor> tensors)
    {
        byte[] graph = model.Graph.ToByteArray();
        ModelProto rest = model.Clone();
        rest.Graph = null;
        byte[] fields = rest.ToByteArray();
        // The graph's length precedes the tensors and depends on their padding: its width is that of an upper bound.
        long bound = graph.Length + tensors.Sum(tensor => tensor.Bytes + tensor.Name.Length * 4L + 1024);
        int width = CodedOutputStream.ComputeUInt64Size((ulong)bound);

        long graphStart = fields.Length + 1 + width, position = graphStart + graph.Length;
        var places = new List<Place>();
        foreach (WrittenTensor tensor in tensors)
        {
            byte[] header = Header(tensor, position);
            places.Add(new Place(tensor, header, position));
            position = places[^1].ValuesOffset + tensor.Bytes;
        }

        byte[] head = [.. fields, GraphTag, .. Varint((ulong)(position - graphStart), width), .. graph];
        return (head, places, position);
    }

    // The tag, length and fields of an initializer up to its values, padded so that these begin at an aligned offset.
    private static byte[] Header(WrittenTensor tensor, long position)
    {
        byte[] rawLength = Varint((ulong)tensor.Bytes);
        OnnxElementType type = tensor.IsHalf ? OnnxElementType.Float16 : OnnxElementType.Float32;
        var fields = new InitializerProto { DataType = (int)type, Name = tensor.Name };
        fields.Dims.AddRange(tensor.Dims.Select(length => (long)length));
        for (int blanks = 1; ; blanks++)
        {
            fields.DocString = new string(' ', blanks);
            byte[] message = [.. fields.ToByteArray(), RawDataTag, .. rawLength];
            byte[] header = [InitializerTag, .. Varint((ulong)(message.Length + tensor.Bytes)), .. message];
            if ((position + header.Length) % Alignment == 0) return header;
        }
    }

    // A variable-length integer: seven bits a byte, lowest first; a width beyond the shortest is filled with zeros.
    private static byte[] Varint(ulong value, int width = 0)
    {
        var bytes = new byte[Math.Max(width, CodedOutputStream.ComputeUInt64Size(value))];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)((value & 0x7F) | (i + 1 < bytes.Length ? 0x80u : 0));
            value >>= 7;
        }

        return bytes;
    }

    private sealed record Place(WrittenTensor Tensor, byte[] Header, long HeaderOffset)
    {
        public long ValuesOffset => HeaderOffset + Header.Length;
    }
}
