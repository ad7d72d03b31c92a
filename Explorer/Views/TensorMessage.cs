using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using NetViz.Procedures;

namespace NetViz.Explorer.Views;

/// <summary>
/// An answer with numbers: the length of the text as a little-endian 32-bit number, the text as JSON padded with spaces to a
/// multiple of 4 bytes, then all tensors as little-endian float32. The text's "tensors" has name, type, shape and offset of each.
/// </summary>
internal sealed class TensorMessage
{
    /// <summary>What such an answer calls itself.</summary>
    public const string ContentType = "application/vnd.netviz.tensors";

    private readonly List<(string Name, int[] Shape, float[] Values)> _tensors = [];

    /// <summary>Gets JSON as the page gets it: camelCase, NaN and infinity as text.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        TypeInfoResolver = JsonReflection.Resolver,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Adds a tensor.</summary>
    public TensorMessage With(string name, int[] shape, float[] values)
    {
        _tensors.Add((name, shape, values));
        return this;
    }

    /// <summary>Returns the answer's bytes.</summary>
    /// <param name="about">What is not numbers.</param>
    public byte[] ToBytes(object about)
    {
        int offset = 0;
        var described = new List<object>();
        foreach ((string name, int[] shape, float[] values) in _tensors)
        {
            described.Add(new { name, type = "float32", shape, offset });
            offset += values.Length;
        }

        byte[] text = JsonSerializer.SerializeToUtf8Bytes(new { about, tensors = described }, Json);
        int padded = (text.Length + 3) / 4 * 4;
        var bytes = new byte[sizeof(int) + padded + offset * sizeof(float)];
        BitConverter.TryWriteBytes(bytes, padded);
        bytes.AsSpan(sizeof(int) + text.Length, padded - text.Length).Fill((byte)' ');
        text.CopyTo(bytes, sizeof(int));
        Span<byte> numbers = bytes.AsSpan(sizeof(int) + padded);
        foreach ((_, _, float[] values) in _tensors)
        {
            MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(numbers);
            numbers = numbers[(values.Length * sizeof(float))..];
        }

        return bytes;
    }
}
