using System.Numerics;

namespace NetViz.Kernels.Cpu;

// Where numbers enter and leave: row-major outside, as they lie (Layout.cs) inside. Operations that are rare or that follow axes
// other than channels work on row-major copies too.
public sealed unsafe partial class CpuKernels
{
    private readonly AlignedMemory?[] _rows = new AlignedMemory?[3];

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
        uint* words = Words(bits);
        new Span<uint>(words, checked((int)((layout.Stored + 31) / 32))).Clear();
        long i = 0;
        foreach (long at in new StoredOrder(layout))
        {
            if ((packed[(int)(i >> 3)] >> (int)(i & 7) & 1) != 0) words[at >> 5] |= 1u << (int)(at & 31);
            i++;
        }
    }

    /// <inheritdoc/>
    public void Download(ActiveBits bits, Span<byte> packed)
    {
        uint* words = Words(bits);
        packed[..bits.PackedBytes].Clear();
        long i = 0;
        foreach (long at in new StoredOrder(((CpuBits)bits).Layout))
        {
            if ((words[at >> 5] >> (int)(at & 31) & 1) != 0) packed[(int)(i >> 3)] |= (byte)(1 << (int)(i & 7));
            i++;
        }
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
    /// <param name="slot">Which of three copies; an operation has one for each of its arguments.</param>
    /// <param name="tensor">The tensor.</param>
    private float* Rows(int slot, DeviceTensor tensor)
    {
        float* rows = RowsFor(slot, tensor);
        if (rows != Pointer(tensor)) DownloadAs(tensor, new Span<float>(rows, checked((int)tensor.Shape.Count)));
        return rows;
    }

    /// <summary>Where a result is written row-major: its own place, or one from which <see cref="Commit"/> takes it there.</summary>
    private float* RowsFor(int slot, DeviceTensor tensor) =>
        IsRowMajor(LayoutOf(tensor)) ? Pointer(tensor) : AlignedMemory.AtLeast(tensor.Shape.Count, ref _rows[slot]);

    /// <summary>Takes a result that was written row-major to its tensor.</summary>
    private void Commit(float* rows, DeviceTensor tensor)
    {
        if (rows != Pointer(tensor)) UploadAs(new ReadOnlySpan<float>(rows, checked((int)tensor.Shape.Count)), tensor);
    }

    private static bool IsRowMajor(in Layout layout) =>
        !layout.IsBlocked || (layout.Area == 1 && layout.Channels % Layout.Lanes == 0);

    private void UploadAs<T>(ReadOnlySpan<T> source, DeviceTensor destination)
        where T : unmanaged, INumber<T>
    {
        RequireCount(source.Length, destination);
        fixed (T* from = source)
        {
            var job = new BlockJob<T>(LayoutOf(destination), from, Pointer(destination), toBlocks: true);
            For(job.Pieces, ref job);
        }
    }

    private void DownloadAs<T>(DeviceTensor source, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        RequireCount(destination.Length, source);
        fixed (T* to = destination)
        {
            var job = new BlockJob<T>(LayoutOf(source), to, Pointer(source), toBlocks: false);
            For(job.Pieces, ref job);
        }
    }

    private static void RequireCount(int count, DeviceTensor tensor)
    {
        if (tensor.Shape.Count != count) throw new ArgumentException($"{count} numbers for {tensor.Shape.Count} elements.");
    }

    /// <summary>Moves one block of sixteen planes between row-major numbers and a tensor.</summary>
    private readonly struct BlockJob<T>(Layout layout, T* rows, float* blocks, bool toBlocks) : IJob
        where T : unmanaged, INumber<T>
    {
        public int Pieces => layout.IsBlocked ? layout.Images * layout.Blocks : 1;

        public void Run(int index, int worker)
        {
            int area = layout.Area;
            if (!layout.IsBlocked)
            {
                for (int i = 0; i < area; i++) Move(rows + i, blocks + i);
                return;
            }

            (int image, int block) = Math.DivRem(index, layout.Blocks);
            T* planes = rows + ((long)image * layout.Channels + block * Layout.Lanes) * area;
            float* lanes = blocks + index * layout.BlockFloats;
            int channels = layout.ChannelsOf(block);

            // Some places of all planes at a time, so that the vectors stay in L1.
            const int Strip = 256;
            for (int first = 0; first < area; first += Strip)
            for (int c = 0; c < channels; c++)
            for (int i = first; i < Math.Min(area, first + Strip); i++)
                Move(planes + (long)c * area + i, lanes + (long)i * Layout.Lanes + c);
        }

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
