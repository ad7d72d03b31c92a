using System.Numerics;
using System.Runtime.CompilerServices;

namespace NetViz.Kernels.Cpu;

// Where numbers enter and leave: row-major outside, as they lie (Layout.cs) inside. Operations that are rare or that follow axes
// other than channels work on row-major copies too.
public sealed unsafe partial class CpuKernels
{
    private readonly AlignedMemory?[] _rows = new AlignedMemory?[4];

    /// <summary>Numbers that were taken from one order to the other so far: work that an operation on blocks spares.</summary>
    internal long TurnedNumbers => Interlocked.Read(ref _counters.TurnedNumbers);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<float> source, DeviceTensor destination) => UploadAs(source, destination);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<double> source, DeviceTensor destination) => UploadAs(source, destination);

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<float> destination) => DownloadAs(source, destination);

    /// <inheritdoc/>
    public void Download(DeviceTensor source, Span<double> destination) => DownloadAs(source, destination);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<byte> packed, ActiveBits bits)
    {
        Layout layout = ((CpuBits)bits).Layout;
        ushort* words = BitsOf(bits);
        new Span<ushort>(words, checked((int)((layout.Stored + 15) / 16))).Clear();
        long i = 0;
        foreach (long at in new StoredOrder(layout))
        {
            if ((packed[(int)(i >> 3)] >> (int)(i & 7) & 1) != 0) words[at >> 4] |= (ushort)(1 << (int)(at & 15));
            i++;
        }

        GC.KeepAlive(bits);
    }

    /// <inheritdoc/>
    public void Download(ActiveBits bits, Span<byte> packed)
    {
        ushort* words = BitsOf(bits);
        packed[..bits.PackedBytes].Clear();
        long i = 0;
        foreach (long at in new StoredOrder(((CpuBits)bits).Layout))
        {
            if ((words[at >> 4] >> (int)(at & 15) & 1) != 0) packed[(int)(i >> 3)] |= (byte)(1 << (int)(i & 7));
            i++;
        }

        GC.KeepAlive(bits);
    }

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<int> source, Switches switches)
    {
        var to = (CpuSwitches)switches;
        int i = 0;
        foreach (long at in new StoredOrder(to.Layout))
        {
            if (to.IsByte) ((byte*)to.Pointer)[at] = (byte)source[i++];
            else ((int*)to.Pointer)[at] = source[i++];
        }
    }

    /// <inheritdoc/>
    public void Download(Switches switches, Span<int> destination)
    {
        var from = (CpuSwitches)switches;
        int i = 0;
        foreach (long at in new StoredOrder(from.Layout))
        {
            destination[i++] = !from.IsByte ? ((int*)from.Pointer)[at]
                : ((byte*)from.Pointer)[at] is byte position and not byte.MaxValue ? position : Switches.None;
        }
    }

    /// <summary>A tensor's numbers row-major: where they lie, or a copy.</summary>
    /// <param name="slot">Which of four copies; an operation has one for each of its arguments.</param>
    /// <param name="tensor">The tensor.</param>
    private float* Rows(int slot, DeviceTensor tensor)
    {
        float* rows = RowsFor(slot, tensor);
        if (rows != Pointer(tensor)) DownloadAs(tensor, new Span<float>(rows, checked((int)tensor.Shape.Count)));
        return rows;
    }

    /// <summary>
    /// Where a result is written row-major: its own place, or one from which <see cref="Commit"/> takes it there.
    /// </summary>
    private float* RowsFor(int slot, DeviceTensor tensor) =>
        IsRowMajor(LayoutOf(tensor)) ? Pointer(tensor) : AlignedMemory.AtLeast(tensor.Shape.Count, ref _rows[slot]);

    /// <summary>Takes a result that was written row-major to its tensor.</summary>
    private void Commit(float* rows, DeviceTensor tensor)
    {
        if (rows != Pointer(tensor)) UploadAs(new ReadOnlySpan<float>(rows, checked((int)tensor.Shape.Count)), tensor);
    }

    /// <summary>A tensor's numbers in blocks of channels, whatever its rank: where they lie, or a copy.</summary>
    /// <param name="slot">Which of four copies.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="layout">How it lies, or would lie, in blocks of channels.</param>
    private float* Blocks(int slot, DeviceTensor tensor, in Layout layout)
    {
        float* blocks = BlocksFor(slot, tensor, layout);
        if (blocks != Pointer(tensor)) Turn(layout, Pointer(tensor), blocks, toBlocks: true);
        return blocks;
    }

    /// <summary>Where a result is written in blocks of channels; <see cref="CommitBlocks"/> takes it to its tensor.</summary>
    private float* BlocksFor(int slot, DeviceTensor tensor, in Layout layout) =>
        LayoutOf(tensor).IsBlocked ? Pointer(tensor) : AlignedMemory.AtLeast(layout.Stored, ref _rows[slot]);

    /// <summary>Takes a result that was written in blocks of channels to its tensor.</summary>
    private void CommitBlocks(float* blocks, DeviceTensor tensor, in Layout layout)
    {
        if (blocks != Pointer(tensor)) Turn(layout, Pointer(tensor), blocks, toBlocks: false);
    }

    private static bool IsRowMajor(in Layout layout) =>
        !layout.IsBlocked || (layout.Area == 1 && layout.Channels % Layout.Lanes == 0);

    private void UploadAs<T>(ReadOnlySpan<T> source, DeviceTensor destination)
        where T : unmanaged, INumber<T>
    {
        RequireCount(source.Length, destination);
        fixed (T* from = source)
        {
            Turn(LayoutOf(destination), from, Pointer(destination), toBlocks: true);
        }

        GC.KeepAlive(destination);
    }

    private void DownloadAs<T>(DeviceTensor source, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        RequireCount(destination.Length, source);
        fixed (T* to = destination)
        {
            Turn(LayoutOf(source), to, Pointer(source), toBlocks: false);
        }

        GC.KeepAlive(source);
    }

    private static void RequireCount(int count, DeviceTensor tensor)
    {
        if (tensor.Shape.Count != count) throw new ArgumentException($"{count} numbers for {tensor.Shape.Count} elements.");
    }

    private void Turn<T>(in Layout layout, T* rows, float* blocks, bool toBlocks)
        where T : unmanaged, INumber<T>
    {
        Interlocked.Add(ref _counters.TurnedNumbers, layout.Stored);
        var job = new TurnJob<T>(layout, rows, blocks, toBlocks);
        For(job.Pieces, ref job);
    }

    /// <summary>Moves some places of sixteen planes between row-major numbers and blocks of channels.</summary>
    private readonly struct TurnJob<T>(Layout layout, T* rows, float* blocks, bool toBlocks) : IJob
        where T : unmanaged, INumber<T>
    {
        /// <summary>Places of a piece.</summary>
        private const int Grain = 1 << 12;

        /// <summary>Places of all planes that are moved at a time: their vectors, 16 KB, stay in L1.</summary>
        private const int Strip = 256;

        private int PiecesOfBlock => (layout.Area + Grain - 1) / Grain;

        public int Pieces => PiecesOfBlock * (layout.IsBlocked ? layout.Images * layout.Blocks : 1);

        public void Run(int index, int worker)
        {
            (index, int piece) = Math.DivRem(index, PiecesOfBlock);
            int first = piece * Grain, end = Math.Min(layout.Area, first + Grain);
            if (!layout.IsBlocked)
            {
                MoveLine(rows + first, blocks + first, end - first);
                return;
            }

            (int image, int block) = Math.DivRem(index, layout.Blocks);
            T* planes = rows + ((long)image * layout.Channels + block * Layout.Lanes) * layout.Area;
            float* lanes = blocks + index * layout.BlockFloats;
            if (layout.Area == 1)
            {
                MoveLine(planes, lanes, layout.ChannelsOf(block));
                return;
            }

            for (; first < end; first += Strip)
                MoveStrip(planes + first, lanes + (long)first * Layout.Lanes, layout.ChannelsOf(block),
                    Math.Min(Strip, end - first));
        }

        /// <summary>Four planes in four places at a time, the rest number by number.</summary>
        private void MoveStrip(T* planes, float* lanes, int channels, int places)
        {
            int area = layout.Area, fours = typeof(T) == typeof(float) ? channels / 4 * 4 : 0, end = places / 4 * 4;
            for (int c = 0; c < fours; c += 4)
            {
                float* plane = (float*)planes + (long)c * area, lane = lanes + c;
                if (toBlocks)
                    for (int i = 0; i < end; i += 4) RegisterTranspose.Four(plane + i, area, lane + i * Layout.Lanes, Layout.Lanes);
                else
                    for (int i = 0; i < end; i += 4) RegisterTranspose.Four(lane + i * Layout.Lanes, Layout.Lanes, plane + i, area);
            }

            for (int c = 0; c < channels; c++)
            for (int i = c < fours ? end : 0; i < places; i++)
                Move(planes + (long)c * area + i, lanes + (long)i * Layout.Lanes + c);
        }

        private void MoveLine(T* row, float* line, int count)
        {
            if (typeof(T) != typeof(float))
            {
                for (int i = 0; i < count; i++) Move(row + i, line + i);
                return;
            }

            Span<float> there = new(line, count), here = new(row, count);
            if (toBlocks) here.CopyTo(there);
            else there.CopyTo(here);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Move(T* row, float* lane)
        {
            if (toBlocks) *lane = float.CreateTruncating(*row);
            else *row = T.CreateTruncating(*lane);
        }
    }

    /// <summary>The places of a tensor's numbers in row-major order.</summary>
    private ref struct StoredOrder(Layout layout)
    {
        private long _left = layout.IsBlocked ? (long)layout.Images * layout.Channels * layout.Area : layout.Stored;
        private int _image;
        private int _channel;
        private int _place = -1;

        public readonly StoredOrder GetEnumerator() => this;

        public readonly long Current => layout.IsBlocked ? _image * layout.ImageFloats + layout.At(_channel, _place) : _place;

        public bool MoveNext()
        {
            if (_left-- == 0) return false;
            if (++_place < layout.Area || !layout.IsBlocked) return true;
            _place = 0;
            if (++_channel < layout.Channels) return true;
            (_channel, _image) = (0, _image + 1);
            return true;
        }
    }
}
