using System.Buffers.Binary;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// The scans of a JPEG file (ITU-T T.81, annex B): whether they hold the whole picture. A decoder that meets a marker before the
/// last block of a scan fills the rest up and says nothing, so a picture that lost its data passes for one.
/// </summary>
internal sealed class JpegScans
{
    /// <summary>
    /// The most scans. A picture of three components has some ten in practice; each one costs a decoder a pass over all blocks,
    /// and a scan without data has ten bytes.
    /// </summary>
    public const int MaxScans = 500;

    private const byte StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA, RestartInterval = 0xDD, Stuffed = 0x00;
    private const int Coefficients = 64, BlockSide = 8, FillBytes = 256;

    // Coefficients of each component: the lowest bit that a scan has brought; 255 for none.
    private readonly Dictionary<byte, byte[]> _lowest = [];
    private readonly Dictionary<byte, (int H, int V)> _sampling = [];
    private readonly List<int> _ends = [];
    private int _components, _width, _height, _restartInterval;
    private bool _lacksRestarts;

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

    /// <summary>Gets the number of scans.</summary>
    public int Count => _ends.Count;

    /// <summary>
    /// Whether scans bring every bit of every coefficient of every component, and each has the restart markers of its blocks;
    /// what is no such file counts so.
    /// </summary>
    public bool AreComplete => Count == 0 || (!_lacksRestarts && _lowest.Count >= _components
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
            if (marker == RestartInterval && segment.Length >= 2)
                scans._restartInterval = BinaryPrimitives.ReadUInt16BigEndian(segment);
            if (marker != StartOfScan) continue;
            scans.TakeScan(segment);
            (at, int restarts) = EndOfData(file, at);
            scans._ends.Add(at);
            scans._lacksRestarts |= restarts < scans.RestartsOf(segment);
            bool isOnly = scans.Count == 1 && segment.Length > 0 && segment[0] == scans._components;
            scans.EndOfOnlyScan = isOnly && !scans.IsProgressive ? at : null;
            if (scans.Count > MaxScans) break;
        }

        return scans;
    }

    /// <summary>
    /// The file with bytes put behind the data of each scan. A decoder passes over them, unless the scan ends before its last
    /// block: then it takes them for the blocks that are missing, and the picture becomes another.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="seed">Other bytes for each number.</param>
    public byte[] Fill(ReadOnlySpan<byte> file, uint seed)
    {
        var filled = new byte[file.Length + Count * FillBytes];
        (int from, int to) = (0, 0);
        foreach (int end in _ends)
        {
            file[from..end].CopyTo(filled.AsSpan(to));
            to += end - from;
            from = end;
            for (int i = 0; i < FillBytes; i++)
            {
                // The generator of Numerical Recipes, 7.1; never a marker's first byte.
                seed = unchecked(1664525 * seed + 1013904223);
                filled[to++] = (byte)Math.Min(seed >> 24, 0xFE);
            }
        }

        file[from..].CopyTo(filled.AsSpan(to));
        return filled;
    }

    // SOF0 to SOF15 but for DHT, JPG and DAC, which share their range.
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC;

    // Restart markers, SOI and TEM have no segment.
    private static bool IsAlone(byte marker) => marker is (>= 0xD0 and <= StartOfImage) or 0x01;

    private static (int At, int Restarts) EndOfData(ReadOnlySpan<byte> file, int at)
    {
        int restarts = 0;
        while (at < file.Length)
        {
            int next = file[at..].IndexOf((byte)0xFF);
            if (next < 0 || at + next + 1 >= file.Length) break;
            at += next;
            if (file[at + 1] is not (Stuffed or (>= 0xD0 and <= 0xD7))) return (at, restarts);
            if (file[at + 1] != Stuffed) restarts++;
            at += 2;
        }

        return (file.Length, restarts);
    }

    // One between every two intervals. A scan of one component goes block by block, another by the blocks of a place together.
    private long RestartsOf(ReadOnlySpan<byte> segment)
    {
        if (_restartInterval == 0 || segment.Length < 2 || _sampling.Count == 0) return 0;
        (int mostH, int mostV) = (_sampling.Values.Max(of => of.H), _sampling.Values.Max(of => of.V));
        (int h, int v) = segment[0] != 1 ? (1, 1) : _sampling.GetValueOrDefault(segment[1], (1, 1));
        long columns = Pieces(_width, h, mostH), rows = Pieces(_height, v, mostV);
        return Math.Max(0, (columns * rows + _restartInterval - 1) / _restartInterval - 1);
    }

    // The blocks of a side of a component that is smaller by of / most.
    private static long Pieces(int side, int of, int most)
    {
        long samples = ((long)side * of + most - 1) / Math.Max(1, most);
        return (samples + BlockSide - 1) / BlockSide;
    }

    // Precision, height, width, then for each component its number, sampling and table.
    private void TakeFrame(byte marker, ReadOnlySpan<byte> segment)
    {
        IsProgressive = marker is 0xC2 or 0xC6 or 0xCA or 0xCE;
        _components = segment.Length > 5 ? segment[5] : 0;
        if (segment.Length < 6 + 3 * _components) return;
        _height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        _width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        for (int i = 0; i < _components; i++)
            _sampling[segment[6 + 3 * i]] = (segment[7 + 3 * i] >> 4, segment[7 + 3 * i] & 15);
    }

    // The number of components, each with its tables, then the first and last coefficient and the bits before and now.
    private void TakeScan(ReadOnlySpan<byte> segment)
    {
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
