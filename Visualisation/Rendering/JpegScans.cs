using System.Buffers.Binary;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// The scans of a JPEG file (ITU-T T.81, annex B): whether they hold the whole picture. A decoder that meets the end marker
/// before the last block fills the rest with grey and says nothing, so a picture that lost its data passes for one.
/// </summary>
internal sealed class JpegScans
{
    private const byte StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA, Stuffed = 0x00;
    private const int Coefficients = 64;

    // Coefficients of each component: the lowest bit that a scan has brought; 255 for none.
    private readonly Dictionary<byte, byte[]> _lowest = [];
    private int _components, _scans;

    private JpegScans()
    {
    }

    /// <summary>Whether the picture is coded in several passes that refine each other.</summary>
    public bool IsProgressive { get; private set; }

    /// <summary>
    /// Where the entropy-coded data of the only scan ends, if the scan holds all components: the place of the marker after it.
    /// Null for a file of several scans.
    /// </summary>
    public int? EndOfOnlyScan { get; private set; }

    /// <summary>Whether scans bring every bit of every coefficient of every component; what is no such file counts so.</summary>
    public bool AreComplete => _scans == 0 || (_lowest.Count >= _components
        && _lowest.Values.All(bits => IsProgressive ? bits.All(bit => bit == 0) : bits[0] == 0));

    /// <summary>Goes through the markers of a file. Nothing is decoded.</summary>
    public static JpegScans Of(ReadOnlySpan<byte> file)
    {
        var scans = new JpegScans();
        int at = 2;
        while (at + 4 <= file.Length && file[at] == 0xFF)
        {
            byte marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++; // bytes that fill up
                continue;
            }

            if (marker == EndOfImage) break;
            if (IsAlone(marker))
            {
                at += 2;
                continue;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length) break;
            ReadOnlySpan<byte> segment = file.Slice(at + 4, length - 2);
            at += 2 + length;
            if (IsFrame(marker)) scans.TakeFrame(marker, segment);
            if (marker != StartOfScan) continue;
            scans.TakeScan(segment);
            at = EndOfData(file, at);
            bool isOnly = scans._scans == 1 && segment.Length > 0 && segment[0] == scans._components;
            scans.EndOfOnlyScan = isOnly && !scans.IsProgressive ? at : null;
        }

        return scans;
    }

    // SOF0 to SOF15 but for DHT, JPG and DAC, which share their range.
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC;

    // Restart markers, SOI and TEM have no segment.
    private static bool IsAlone(byte marker) => marker is (>= 0xD0 and <= StartOfImage) or 0x01;

    private static int EndOfData(ReadOnlySpan<byte> file, int at)
    {
        while (at < file.Length)
        {
            int next = file[at..].IndexOf((byte)0xFF);
            if (next < 0 || at + next + 1 >= file.Length) return file.Length;
            at += next;
            if (file[at + 1] is not (Stuffed or (>= 0xD0 and <= 0xD7))) return at;
            at += 2;
        }

        return file.Length;
    }

    // Precision, height, width, then for each component its number, sampling and table.
    private void TakeFrame(byte marker, ReadOnlySpan<byte> segment)
    {
        IsProgressive = marker is 0xC2 or 0xC6 or 0xCA or 0xCE;
        _components = segment.Length > 5 ? segment[5] : 0;
    }

    // The number of components, each with its tables, then the first and last coefficient and the bits before and now.
    private void TakeScan(ReadOnlySpan<byte> segment)
    {
        _scans++;
        int count = segment.Length > 0 ? segment[0] : 0;
        if (segment.Length < 1 + 2 * count + 3) return;
        (int first, int last, int low) = (segment[1 + 2 * count], segment[2 + 2 * count], segment[3 + 2 * count] & 15);
        for (int i = 0; i < count; i++)
        {
            byte component = segment[1 + 2 * i];
            if (!_lowest.TryGetValue(component, out byte[]? bits))
            {
                _lowest[component] = bits = new byte[Coefficients];
                Array.Fill(bits, byte.MaxValue);
            }

            for (int k = first; k <= Math.Min(last, Coefficients - 1); k++) bits[k] = (byte)Math.Min(bits[k], low);
        }
    }
}
