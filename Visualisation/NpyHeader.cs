using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using NetViz.Engine;

namespace NetViz.Visualisation;

/// <summary>
/// The head of a NumPy array file: magic, version, length, and a Python dictionary of three entries.
/// Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
/// </summary>
/// <param name="Descr">Element type as NumPy writes it, e.g. "&lt;f4": byte order, kind, bytes.</param>
/// <param name="FortranOrder">Whether the first index runs fastest.</param>
/// <param name="Shape">Lengths of the dimensions; none for a scalar.</param>
internal sealed partial record NpyHeader(string Descr, bool FortranOrder, long[] Shape)
{
    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    // What NumPy writes for a hundred dimensions is a few kilobytes; more is no array file.
    private const int LongestDictionary = 65_536;

    private const int MostAxes = 64;

    /// <summary>Reads the head and leaves the stream at the first element.</summary>
    public static NpyHeader Read(Stream stream, string name)
    {
        Span<byte> start = stackalloc byte[8];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start[..6].SequenceEqual(Magic))
            throw new NetVizException($"{name} is not a NumPy array file (.npy)", "write it with numpy.save");
        var (major, minor) = (start[6], start[7]);
        if (major is not (1 or 2 or 3))
            throw new NetVizException($"{name} has .npy version {major}.{minor}; versions 1.0 to 3.0 are supported");

        Span<byte> lengthBytes = stackalloc byte[major == 1 ? 2 : 4];
        ReadExactly(stream, lengthBytes, name);
        var length = major == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(lengthBytes)
            : BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        if (length > LongestDictionary)
            throw new NetVizException($"{name} has a header of {Counted.Of(length, "byte")}; at most {LongestDictionary} "
                + "are supported");
        var dictionary = new byte[length];
        ReadExactly(stream, dictionary, name);
        return Parse((major == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(dictionary), name);
    }

    /// <summary>The head of version 1.0 for this array, padded so that the first element is aligned to 64 bytes.</summary>
    /// <param name="marked">Whether the padding begins with a tab, by which a result of netviz is known again.</param>
    /// <param name="leastBytes">The least length, a multiple of 64.</param>
    public byte[] ToBytes(bool marked = false, int leastBytes = 0)
    {
        // Python writes a tuple of one as (3,).
        var shape = string.Join(", ", Shape.Select(length => length.ToString(CultureInfo.InvariantCulture)))
            + (Shape.Length == 1 ? "," : "");
        var dictionary = $"{{'descr': '{Descr}', 'fortran_order': {(FortranOrder ? "True" : "False")}, 'shape': ({shape}), }}";
        const int prefix = 10;
        var length = Math.Max(leastBytes, (prefix + dictionary.Length + (marked ? 2 : 1) + 63) / 64 * 64);
        var bytes = new byte[length];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), checked((ushort)(length - prefix)));
        bytes.AsSpan(prefix).Fill((byte)' ');
        Encoding.ASCII.GetBytes(dictionary, bytes.AsSpan(prefix));
        if (marked) bytes[prefix + dictionary.Length] = (byte)'\t';
        bytes[^1] = (byte)'\n';
        return bytes;
    }

    private static NpyHeader Parse(string dictionary, string name)
    {
        var descr = DescrEntry().Match(dictionary);
        var order = OrderEntry().Match(dictionary);
        var shape = ShapeEntry().Match(dictionary);
        if (!descr.Success || !order.Success || !shape.Success)
        {
            string shown = dictionary.Trim();
            throw new NetVizException($"{name} has a header that cannot be read: {shown[..Math.Min(200, shown.Length)]}",
                "arrays of one plain number type are supported, no structured ones");
        }

        var lengths = shape.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(length => long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new NetVizException($"{name} has the shape ({shape.Groups[1].Value}); lengths are whole numbers"))
            .ToArray();
        if (lengths.Length > MostAxes)
            throw new NetVizException($"{name} has {lengths.Length} axes; at most {MostAxes} are supported, as in NumPy");
        return new NpyHeader(descr.Groups[1].Value, order.Groups[1].Value == "True", lengths);
    }

    private static void ReadExactly(Stream stream, Span<byte> bytes, string name)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new NetVizException($"{name} ends within its header", "fetch or write it again");
    }

    [GeneratedRegex("""['"]descr['"]\s*:\s*['"]([^'"]*)['"]""")]
    private static partial Regex DescrEntry();

    [GeneratedRegex("""['"]fortran_order['"]\s*:\s*(True|False)""")]
    private static partial Regex OrderEntry();

    [GeneratedRegex("""['"]shape['"]\s*:\s*\(([^)]*)\)""")]
    private static partial Regex ShapeEntry();
}
