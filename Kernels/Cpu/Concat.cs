namespace NetViz.Kernels.Cpu;

// Concat, on the tensors as they lie: each part costs what it holds, however large the whole is.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void ConcatForward(int axis, int offset, DeviceTensor input, DeviceTensor output) =>
        MovePart(axis, offset, input, output, intoWhole: true);

    /// <inheritdoc/>
    public void ConcatBackward(int axis, int offset, DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        MovePart(axis, offset, inputSignal, outputSignal, intoWhole: false);

    private void MovePart(int axis, int offset, DeviceTensor partTensor, DeviceTensor wholeTensor, bool intoWhole)
    {
        Layout part = LayoutOf(partTensor), whole = LayoutOf(wholeTensor);
        float* here = Pointer(partTensor), there = Pointer(wholeTensor);
        if (!part.IsBlocked)
        {
            Movement.Concat(axis, offset, partTensor.Shape, Stored(partTensor), wholeTensor.Shape, Stored(wholeTensor),
                intoWhole);
        }
        else if (axis == 1 && !MovesWholeBlocks(offset, part, whole, intoWhole))
        {
            var job = new LanesJob(part, whole, here, there, offset, intoWhole);
            For(job.Pieces, ref job);
        }
        else
        {
            // The numbers before the part, in the first run of the whole.
            long before = offset * axis switch
            {
                0 => whole.ImageFloats,
                1 => part.Area,
                2 => (long)part.Width * Layout.Lanes,
                _ => Layout.Lanes,
            };
            var job = new RunsJob(part, whole, here, there + before, axis == 3 ? part.Height : 1, intoWhole);
            For(job.Pieces, ref job);
        }
    }

    // A last block may be filled up by the next part, or by nothing if there is none.
    private static bool MovesWholeBlocks(int offset, in Layout part, in Layout whole, bool intoWhole) =>
        offset % Layout.Lanes == 0
        && (!intoWhole || part.Channels % Layout.Lanes == 0 || offset + part.Channels == whole.Channels);

    /// <summary>Copies one block of channels of one image between a part and the whole, in runs of equal length.</summary>
    private readonly struct RunsJob(Layout part, Layout whole, float* here, float* there, int runs, bool intoWhole) : IJob
    {
        public int Pieces => part.Images * part.Blocks;

        public void Run(int index, int worker)
        {
            (int image, int block) = Math.DivRem(index, part.Blocks);
            int length = checked((int)(part.BlockFloats / runs));
            long stride = whole.BlockFloats / runs;
            float* inPart = here + index * part.BlockFloats;
            float* inWhole = there + image * whole.ImageFloats + block * whole.BlockFloats;
            for (int run = 0; run < runs; run++, inPart += length, inWhole += stride)
            {
                Span<float> one = new(inPart, length), other = new(inWhole, length);
                if (intoWhole) one.CopyTo(other);
                else other.CopyTo(one);
            }
        }
    }

    /// <summary>
    /// Copies channels that lie in other lanes of the part than of the whole: what one block of the destination gets.
    /// </summary>
    private readonly struct LanesJob(Layout part, Layout whole, float* here, float* there, int offset, bool intoWhole) : IJob
    {
        // The first channel of the destination, the one behind the last, and by how much the source's numbers are larger.
        private int First => intoWhole ? offset : 0;

        private int End => First + part.Channels;

        private int Shift => intoWhole ? -offset : offset;

        private int FirstBlock => First / Layout.Lanes;

        private int BlocksOfImage => Layout.BlocksOf(End) - FirstBlock;

        public int Pieces => part.Images * BlocksOfImage;

        public void Run(int index, int worker)
        {
            (int image, int block) = Math.DivRem(index, BlocksOfImage);
            block += FirstBlock;
            (Layout source, Layout destination) = intoWhole ? (part, whole) : (whole, part);
            float* from = (intoWhole ? here : there) + image * source.ImageFloats;
            float* to = (intoWhole ? there : here) + image * destination.ImageFloats;
            int channel = Math.Max(First, block * Layout.Lanes), end = Math.Min(End, (block + 1) * Layout.Lanes);
            while (channel < end)
            {
                // As many as lie in one block of the source too.
                int taken = channel + Shift, count = Math.Min(end - channel, Layout.Lanes - taken % Layout.Lanes);
                float* read = from + source.At(taken, 0), written = to + destination.At(channel, 0);
                for (int place = 0; place < source.Area; place++, read += Layout.Lanes, written += Layout.Lanes)
                    new ReadOnlySpan<float>(read, count).CopyTo(new Span<float>(written, count));
                channel += count;
            }
        }
    }
}
