using System.Buffers.Binary;
using System.Text;
using SkiaSharp;

namespace NetViz.Visualisation.Rendering.Pages;

/// <summary>
/// A TrueType font with the outlines of some characters alone, so that a figure does not carry a whole typeface. Glyphs keep their
/// numbers; those that are not needed have no outline (OpenType specification, tables glyf and loca).
/// </summary>
internal static class FontSubset
{
    // What a viewer needs to draw text left to right; layout tables, hints and variations are left out.
    private static readonly string[] Kept = ["OS/2", "cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"];

    /// <summary>Computes the font's file.</summary>
    /// <param name="file">A TrueType font.</param>
    /// <param name="characters">The characters that are needed, as Unicode scalars.</param>
    public static byte[] Of(byte[] file, IEnumerable<int> characters)
    {
        Dictionary<string, byte[]> tables = TablesOf(file);
        int glyphs = BinaryPrimitives.ReadUInt16BigEndian(tables["maxp"].AsSpan(4));
        bool isLong = BinaryPrimitives.ReadInt16BigEndian(tables["head"].AsSpan(50)) == 1;
        int Offset(int glyph) => isLong
            ? BinaryPrimitives.ReadInt32BigEndian(tables["loca"].AsSpan(4 * glyph))
            : 2 * BinaryPrimitives.ReadUInt16BigEndian(tables["loca"].AsSpan(2 * glyph));
        byte[] outlines = tables["glyf"];
        var needed = new SortedSet<int>();
        using (SKData data = SKData.CreateCopy(file))
        using (SKTypeface typeface = SKTypeface.FromData(data))
        {
            var open = new Stack<int>([0, .. characters.Select(character => (int)typeface.GetGlyph(character))]);
            while (open.TryPop(out int glyph))
            {
                if (!needed.Add(glyph)) continue;
                foreach (int part in PartsOf(outlines.AsSpan(Offset(glyph)..Offset(glyph + 1)))) open.Push(part);
            }
        }

        using var kept = new MemoryStream();
        var places = new byte[4 * (glyphs + 1)];
        for (int glyph = 0; glyph < glyphs; glyph++)
        {
            BinaryPrimitives.WriteInt32BigEndian(places.AsSpan(4 * glyph), (int)kept.Position);
            if (!needed.Contains(glyph)) continue;
            kept.Write(outlines.AsSpan(Offset(glyph)..Offset(glyph + 1)));
            while (kept.Position % 4 != 0) kept.WriteByte(0);
        }

        BinaryPrimitives.WriteInt32BigEndian(places.AsSpan(4 * glyphs), (int)kept.Position);
        tables["glyf"] = kept.ToArray();
        tables["loca"] = places;
        BinaryPrimitives.WriteInt16BigEndian(tables["head"].AsSpan(50), 1);
        // Version 3: no glyph has a name.
        tables["post"] = [0, 3, 0, 0, .. tables["post"][4..32]];
        return Write(tables);
    }

    private static Dictionary<string, byte[]> TablesOf(ReadOnlySpan<byte> file)
    {
        var tables = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (int i = 0, count = BinaryPrimitives.ReadUInt16BigEndian(file[4..]); i < count; i++)
        {
            ReadOnlySpan<byte> entry = file.Slice(12 + 16 * i, 16);
            string name = Encoding.ASCII.GetString(entry[..4]);
            int offset = BinaryPrimitives.ReadInt32BigEndian(entry[8..]), length = BinaryPrimitives.ReadInt32BigEndian(entry[12..]);
            if (Kept.Contains(name)) tables[name] = file.Slice(offset, length).ToArray();
        }

        return tables;
    }

    // A composite glyph (number of contours below 0) names others, each after flags that say how long its arguments are.
    private static List<int> PartsOf(ReadOnlySpan<byte> outline)
    {
        var parts = new List<int>();
        if (outline.Length < 12 || BinaryPrimitives.ReadInt16BigEndian(outline) >= 0) return parts;
        int at = 10, flags;
        do
        {
            flags = BinaryPrimitives.ReadUInt16BigEndian(outline[at..]);
            parts.Add(BinaryPrimitives.ReadUInt16BigEndian(outline[(at + 2)..]));
            at += 4 + ((flags & 1) != 0 ? 4 : 2) + ((flags & 8) != 0 ? 2 : (flags & 0x40) != 0 ? 4 : (flags & 0x80) != 0 ? 8 : 0);
        }
        while ((flags & 0x20) != 0);
        return parts;
    }

    private static byte[] Write(Dictionary<string, byte[]> tables)
    {
        string[] names = [.. tables.Keys.Order(StringComparer.Ordinal)];
        int position = 12 + 16 * names.Length;
        var file = new byte[position + tables.Values.Sum(table => (table.Length + 3) & ~3)];
        BinaryPrimitives.WriteInt32BigEndian(file, 0x00010000);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(4), (ushort)names.Length);
        int power = 1 << (int)Math.Floor(Math.Log2(names.Length));
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(6), (ushort)(16 * power));
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(8), (ushort)Math.Log2(power));
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(10), (ushort)(16 * (names.Length - power)));
        for (int i = 0; i < names.Length; i++)
        {
            byte[] table = tables[names[i]];
            table.CopyTo(file, position);
            Span<byte> entry = file.AsSpan(12 + 16 * i, 16);
            Encoding.ASCII.GetBytes(names[i], entry);
            BinaryPrimitives.WriteUInt32BigEndian(entry[4..], SumOf(file.AsSpan(position, (table.Length + 3) & ~3)));
            BinaryPrimitives.WriteInt32BigEndian(entry[8..], position);
            BinaryPrimitives.WriteInt32BigEndian(entry[12..], table.Length);
            position += (table.Length + 3) & ~3;
        }

        return file;
    }

    private static uint SumOf(ReadOnlySpan<byte> table)
    {
        uint sum = 0;
        for (int at = 0; at < table.Length; at += 4) sum += BinaryPrimitives.ReadUInt32BigEndian(table[at..]);
        return sum;
    }
}
