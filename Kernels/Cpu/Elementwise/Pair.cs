using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

// Two tensors of one shape go number by number as they lie. A gate of one number a channel or a place, beside [N, C, H, W], is
// read on channel blocks. All other shapes go through row-major copies.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void PairForward(PairKind kind, DeviceTensor a, DeviceTensor b, DeviceTensor output)
    {
        switch (kind)
        {
            case PairKind.Sum: Forward<SumPair>(kind, a, b, output); break;
            case PairKind.Difference: Forward<DifferencePair>(kind, a, b, output); break;
            case PairKind.Product: Forward<ProductPair>(kind, a, b, output); break;
            case PairKind.Quotient: Forward<QuotientPair>(kind, a, b, output); break;
            case PairKind.Minimum: Forward<MinimumPair>(kind, a, b, output); break;
            default: Forward<MaximumPair>(kind, a, b, output); break;
        }
    }

    /// <inheritdoc/>
    public void PairBackward(PairKind kind, int side, DeviceTensor? a, DeviceTensor? b, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        switch (kind)
        {
            case PairKind.Sum: Backward<SumPair>(kind, side, a, b, outputSignal, inputSignal); break;
            case PairKind.Difference: Backward<DifferencePair>(kind, side, a, b, outputSignal, inputSignal); break;
            case PairKind.Product: Backward<ProductPair>(kind, side, a, b, outputSignal, inputSignal); break;
            case PairKind.Quotient: Backward<QuotientPair>(kind, side, a, b, outputSignal, inputSignal); break;
            case PairKind.Minimum: Backward<MinimumPair>(kind, side, a, b, outputSignal, inputSignal); break;
            default: Backward<MaximumPair>(kind, side, a, b, outputSignal, inputSignal); break;
        }
    }

    private void Forward<TPair>(PairKind kind, DeviceTensor a, DeviceTensor b, DeviceTensor output)
        where TPair : struct, IPair
    {
        Layout layout = LayoutOf(output);
        (Reading first, Reading second) = (ReadingOf(a.Shape, output.Shape), ReadingOf(b.Shape, output.Shape));
        if (first == Reading.All && second == Reading.All)
        {
            var range = new PairRange<TPair>(kind, Pointer(a), Pointer(b), Pointer(output));
            ForRanges(layout.Stored, ref range);
        }
        else if (first != Reading.Rows && second != Reading.Rows)
        {
            var range = new PairBlockRange<TPair>(layout, new BlockReader(layout, first, Pointer(a)),
                new BlockReader(layout, second, Pointer(b)), null, 0, Pointer(output));
            ForBlocks(layout, ref range);
        }
        else
        {
            float* x = Rows(0, a), z = Rows(1, b), y = RowsFor(2, output);
            int* strides = stackalloc int[2 * output.Shape.Rank + 2];
            var job = new PairRowsJob(kind, output.Shape, a.Shape, b.Shape, strides, x, z, y);
            For(job.Pieces, ref job);
            Commit(y, output);
        }
    }

    private void Backward<TPair>(PairKind kind, int side, DeviceTensor? a, DeviceTensor? b, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
        where TPair : struct, IPair
    {
        // A sum keeps nothing: its signal is read for both numbers.
        DeviceTensor first = a ?? (side == 0 ? inputSignal : outputSignal), second = b ?? (side == 1 ? inputSignal : outputSignal);
        bool isKept = a is not null;
        Shape kept = isKept ? Broadcasting.Kept(first.Shape, second.Shape, outputSignal.Shape) : outputSignal.Shape;
        Shape own = isKept ? (side == 0 ? first : second).Shape : inputSignal.Shape;
        Shape other = isKept ? (side == 0 ? second : first).Shape : outputSignal.Shape;
        Layout layout = new(kept), ownLayout = new(own);
        (Reading reading, Reading otherReading) = (ReadingOf(own, kept), ReadingOf(other, kept));
        long repeats = kept.Count == 0 ? 0 : outputSignal.Shape.Count / kept.Count;
        bool onRows = reading == Reading.Rows || otherReading == Reading.Rows;
        float* rowsA = !onRows ? null : isKept ? Rows(0, first) : null, rowsB = !onRows ? null : isKept ? Rows(1, second) : null;
        float* above = onRows ? Rows(2, outputSignal) : Pointer(outputSignal);
        float* below = onRows ? RowsFor(3, inputSignal) : Pointer(inputSignal);
        int* strides = stackalloc int[4 * kept.Rank + 4];
        for (long repeat = 0; repeat < repeats; repeat++)
        {
            float* r = above + repeat * (onRows ? kept.Count : layout.Stored);
            float* s = below + repeat * (onRows ? own.Count : ownLayout.Stored);
            if (onRows)
            {
                var job = new PairGatherJob(kind, side, kept, own, other, strides, rowsA, rowsB, r, s);
                For(job.Pieces, ref job);
                continue;
            }

            float* x = isKept ? Pointer(first) : r, z = isKept ? Pointer(second) : r;
            (Reading readX, Reading readZ) = !isKept ? (Reading.All, Reading.All)
                : side == 0 ? (reading, otherReading) : (otherReading, reading);
            if (readX == Reading.All && readZ == Reading.All && reading == Reading.All)
            {
                var range = new PairBackwardRange<TPair>(kind, side, x, z, r, s);
                ForRanges(layout.Stored, ref range);
                continue;
            }

            BlockReader readerX = new(layout, readX, x), readerZ = new(layout, readZ, z);
            if (reading == Reading.All)
            {
                var range = new PairBlockRange<TPair>(layout, readerX, readerZ, r, side, s);
                ForBlocks(layout, ref range);
            }
            else if (reading == Reading.Channels)
            {
                var job = new ChannelSumJob<TPair>(layout, readerX, readerZ, side, r, s);
                For(layout.Images * layout.Blocks, ref job);
            }
            else
            {
                var job = new PlaceSumJob<TPair>(layout, readerX, readerZ, side, r, s);
                For(job.Pieces, ref job);
            }
        }

        if (onRows) Commit(below, inputSignal);
    }

    /// <summary>How an operand lies beside the result.</summary>
    private enum Reading
    {
        /// <summary>Like the result.</summary>
        All,

        /// <summary>[N, C, 1, 1] beside [N, C, H, W].</summary>
        Channels,

        /// <summary>[N, 1, H, W] beside [N, C, H, W].</summary>
        Places,

        /// <summary>Otherwise: row-major.</summary>
        Rows,
    }

    private static Reading ReadingOf(Shape operand, Shape result)
    {
        if (operand == result) return Reading.All;
        if (operand.Rank != 4 || result.Rank != 4 || operand.N != result.N) return Reading.Rows;
        if (operand.C == result.C && operand.H == 1 && operand.W == 1) return Reading.Channels;
        return operand.C == 1 && operand.H == result.H && operand.W == result.W ? Reading.Places : Reading.Rows;
    }

    /// <summary>Reads the numbers of an operand that belong to vectors of the result.</summary>
    private readonly struct BlockReader(Layout layout, Reading reading, float* numbers)
    {
        /// <summary>How far it is to the next place's vector.</summary>
        public int Step => reading == Reading.Channels ? 0 : Layout.Lanes;

        /// <summary>Where the vector lies that belongs to a place.</summary>
        public float* At(int image, int block, int place)
        {
            if (reading == Reading.Channels) return numbers + ((long)image * layout.Blocks + block) * Layout.Lanes;
            return reading == Reading.Places
                ? numbers + ((long)image * layout.Area + place) * Layout.Lanes
                : numbers + image * layout.ImageFloats + block * layout.BlockFloats + (long)place * Layout.Lanes;
        }

        /// <summary>Eight numbers of a vector; for an operand without channels its one number eight times.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Load(float* vector, int half) =>
            reading == Reading.Places ? Vector256.Create(*vector) : Vector256.Load(vector + half);
    }

    /// <summary>y = f(a, b), or with a signal r the signal below an operand that lies like the result.</summary>
    private readonly struct PairBlockRange<TPair>(Layout layout, BlockReader a, BlockReader b, float* above, int side,
        float* output) : IBlockRange
        where TPair : struct, IPair
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int block, long start, int places)
        {
            (long image, long rest) = Math.DivRem(start, layout.ImageFloats);
            int place = (int)(rest % layout.BlockFloats / Layout.Lanes);
            float* x = a.At((int)image, block, place), z = b.At((int)image, block, place);
            float* y = output + start, r = above + start;
            (int stepX, int stepZ) = (a.Step, b.Step);
            for (int i = 0; i < places; i++, x += stepX, z += stepZ, y += Layout.Lanes, r += Layout.Lanes)
            {
                for (int half = 0; half < Layout.Lanes; half += 8)
                {
                    Vector256<float> first = a.Load(x, half), second = b.Load(z, half);
                    (above == null ? TPair.Value(first, second)
                        : side == 0 ? TPair.First(Vector256.Load(r + half), first, second)
                        : TPair.Second(Vector256.Load(r + half), first, second)).Store(y + half);
                }
            }
        }
    }

    /// <summary>The signal below an operand of one number a channel: summed over the places of its block.</summary>
    private readonly struct ChannelSumJob<TPair>(Layout layout, BlockReader a, BlockReader b, int side, float* above,
        float* below) : IJob
        where TPair : struct, IPair
    {
        private const int Strip = 64;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index, int worker)
        {
            (int image, int block) = Math.DivRem(index, layout.Blocks);
            float* r = above + index * layout.BlockFloats, s = below + (long)index * Layout.Lanes;
            for (int half = 0; half < Layout.Lanes; half += 8)
            {
                float* x = a.At(image, block, 0), z = b.At(image, block, 0);
                (int stepX, int stepZ) = (a.Step, b.Step);
                Vector256<float> sum = Vector256<float>.Zero;
                for (int start = 0; start < layout.Area; start += Strip)
                {
                    // Sums of strips, which round less than one long sum.
                    Vector256<float> part = Vector256<float>.Zero;
                    for (int i = start; i < Math.Min(layout.Area, start + Strip); i++, x += stepX, z += stepZ)
                    {
                        Vector256<float> signal = Vector256.Load(r + (long)i * Layout.Lanes + half);
                        Vector256<float> first = a.Load(x, half), second = b.Load(z, half);
                        part += side == 0 ? TPair.First(signal, first, second) : TPair.Second(signal, first, second);
                    }

                    sum += part;
                }

                sum.Store(s + half);
            }
        }
    }

    /// <summary>The signal below an operand of one number a place: summed over the channels.</summary>
    private readonly struct PlaceSumJob<TPair>(Layout layout, BlockReader a, BlockReader b, int side, float* above,
        float* below) : IJob
        where TPair : struct, IPair
    {
        private const int Grain = 1 << 10;

        private int PiecesOfImage => (layout.Area + Grain - 1) / Grain;

        public int Pieces => layout.Images * PiecesOfImage;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int index, int worker)
        {
            (int image, int piece) = Math.DivRem(index, PiecesOfImage);
            float* lanes = stackalloc float[Layout.Lanes];
            for (int place = piece * Grain; place < Math.Min(layout.Area, (piece + 1) * Grain); place++)
            {
                float sum = 0;
                for (int block = 0; block < layout.Blocks; block++)
                {
                    float* x = a.At(image, block, place), z = b.At(image, block, place);
                    float* r = above + image * layout.ImageFloats + block * layout.BlockFloats + (long)place * Layout.Lanes;
                    for (int half = 0; half < Layout.Lanes; half += 8)
                    {
                        Vector256<float> signal = Vector256.Load(r + half), first = a.Load(x, half), second = b.Load(z, half);
                        (side == 0 ? TPair.First(signal, first, second) : TPair.Second(signal, first, second)).Store(lanes + half);
                    }

                    // Lanes past the last channel mean nothing.
                    int channels = layout.ChannelsOf(block);
                    for (int lane = 0; lane < channels; lane++) sum += lanes[lane];
                }

                below[((long)image * layout.Area + place) * Layout.Lanes] = sum;
            }
        }
    }

    private readonly struct PairRange<TPair>(PairKind kind, float* a, float* b, float* output) : IRange
        where TPair : struct, IPair
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int start, int length)
        {
            int i = start, end = start + length;
            for (; i + 8 <= end; i += 8) TPair.Value(Vector256.Load(a + i), Vector256.Load(b + i)).Store(output + i);
            for (; i < end; i++) output[i] = PairFunction.Value(kind, a[i], b[i]);
        }
    }

    private readonly struct PairBackwardRange<TPair>(PairKind kind, int side, float* a, float* b, float* above, float* below)
        : IRange
        where TPair : struct, IPair
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int start, int length)
        {
            int i = start, end = start + length;
            for (; i + 8 <= end; i += 8)
            {
                Vector256<float> r = Vector256.Load(above + i), x = Vector256.Load(a + i), z = Vector256.Load(b + i);
                (side == 0 ? TPair.First(r, x, z) : TPair.Second(r, x, z)).Store(below + i);
            }

            for (; i < end; i++) below[i] = PairFunction.Signal(kind, side, above[i], a[i], b[i]);
        }
    }

    /// <summary>y = f(a, b) on row-major numbers; a row of the last axis at a time.</summary>
    private readonly struct PairRowsJob : IJob
    {
        private const int Grain = 1 << 13;

        private readonly PairKind _kind;
        private readonly Shape _shape;
        private readonly int* _strides;
        private readonly float* _a;
        private readonly float* _b;
        private readonly float* _output;
        private readonly int _rank;
        private readonly int _row;

        /// <summary>Creates the job.</summary>
        /// <param name="kind">f.</param>
        /// <param name="shape">The result's shape.</param>
        /// <param name="shapeA">The first operand's shape.</param>
        /// <param name="shapeB">The second operand's shape.</param>
        /// <param name="strides">Room for two numbers an axis.</param>
        /// <param name="a">The first operand.</param>
        /// <param name="b">The second operand.</param>
        /// <param name="output">The result.</param>
        public PairRowsJob(PairKind kind, Shape shape, Shape shapeA, Shape shapeB, int* strides, float* a, float* b, float* output)
        {
            (_kind, _shape, _rank) = (kind, shape, shape.Rank);
            _strides = strides;
            _a = a;
            _b = b;
            _output = output;
            _row = _rank == 0 ? 1 : shape[_rank - 1];
            Broadcasting.Strides(shape, shapeA, new Span<int>(strides, _rank));
            Broadcasting.Strides(shape, shapeB, new Span<int>(strides + _rank, _rank));
        }

        public int Pieces => (int)((_shape.Count + Grain - 1) / Grain);

        public void Run(int index, int worker)
        {
            int first = index * Grain, end = (int)Math.Min(_shape.Count, first + (long)Grain);
            while (first < end)
            {
                int rest = first, atA = 0, atB = 0;
                for (int axis = _rank - 1; axis >= 0; axis--)
                {
                    (rest, int position) = Math.DivRem(rest, _shape[axis]);
                    atA += position * _strides[axis];
                    atB += position * _strides[_rank + axis];
                }

                int count = Math.Min(end - first, _row - first % _row);
                int stepA = _rank == 0 ? 0 : _strides[_rank - 1], stepB = _rank == 0 ? 0 : _strides[2 * _rank - 1];
                for (int i = 0; i < count; i++, atA += stepA, atB += stepB)
                    _output[first + i] = PairFunction.Value(_kind, _a[atA], _b[atB]);
                first += count;
            }
        }
    }

    /// <summary>
    /// The signal below one operand on row-major numbers: each element gathers from the places of the result at which it is read.
    /// </summary>
    private readonly struct PairGatherJob : IJob
    {
        private const int Grain = 1 << 8;

        private readonly PairKind _kind;
        private readonly int _side;
        private readonly Shape _shape;
        private readonly int* _own;
        private readonly int* _other;
        private readonly int* _result;
        private readonly float* _a;
        private readonly float* _b;
        private readonly float* _above;
        private readonly float* _below;
        private readonly int _rank;
        private readonly int _elements;
        private readonly int _reads;

        /// <summary>Creates the job.</summary>
        /// <param name="kind">f.</param>
        /// <param name="side">Which operand's signal is written.</param>
        /// <param name="shape">The result's shape.</param>
        /// <param name="own">That operand's shape.</param>
        /// <param name="other">The other operand's shape.</param>
        /// <param name="strides">Room for three numbers an axis.</param>
        /// <param name="a">The first operand, or null for a sum.</param>
        /// <param name="b">The second operand, or null for a sum.</param>
        /// <param name="above">The signal above.</param>
        /// <param name="below">The signal below.</param>
        public PairGatherJob(PairKind kind, int side, Shape shape, Shape own, Shape other, int* strides, float* a, float* b,
            float* above, float* below)
        {
            (_kind, _side, _shape, _rank) = (kind, side, shape, shape.Rank);
            _own = strides;
            _other = strides + _rank;
            _result = strides + 2 * _rank;
            _a = a;
            _b = b;
            _above = above;
            _below = below;
            Broadcasting.Strides(shape, own, new Span<int>(_own, _rank));
            Broadcasting.Strides(shape, other, new Span<int>(_other, _rank));
            Broadcasting.Strides(shape, shape, new Span<int>(_result, _rank));
            _elements = (int)own.Count;
            _reads = (int)(shape.Count / own.Count);
        }

        public int Pieces => (_elements + Grain - 1) / Grain;

        public void Run(int index, int worker)
        {
            for (int element = index * Grain; element < Math.Min(_elements, (index + 1) * Grain); element++)
            {
                (int start, int otherStart) = Place(element, isRepeated: false);
                float sum = 0;
                for (int read = 0; read < _reads; read++)
                {
                    (int by, int otherBy) = Place(read, isRepeated: true);
                    float r = _above[start + by];
                    if (_a == null) sum += PairFunction.Signal(_kind, _side, r, 0, 0);
                    else
                    {
                        int other = otherStart + otherBy;
                        sum += PairFunction.Signal(_kind, _side, r, _a[_side == 0 ? element : other], _b[_side == 0 ? other : element]);
                    }
                }

                _below[element] = sum;
            }
        }

        // Where a number counted along the operand's own axes, or along those on which it is repeated, lies in the result and in
        // the other operand.
        private (int InResult, int InOther) Place(int number, bool isRepeated)
        {
            int inResult = 0, inOther = 0;
            for (int axis = _rank - 1; axis >= 0; axis--)
            {
                if (_shape[axis] == 1 || (_own[axis] == 0) != isRepeated) continue;
                (number, int position) = Math.DivRem(number, _shape[axis]);
                inResult += position * _result[axis];
                inOther += position * _other[axis];
            }

            return (inResult, inOther);
        }
    }

    /// <summary>f and its derivatives, eight numbers at a time.</summary>
    private interface IPair
    {
        /// <summary>f(a, b).</summary>
        static abstract Vector256<float> Value(Vector256<float> a, Vector256<float> b);

        /// <summary>r df/da.</summary>
        static abstract Vector256<float> First(Vector256<float> r, Vector256<float> a, Vector256<float> b);

        /// <summary>r df/db.</summary>
        static abstract Vector256<float> Second(Vector256<float> r, Vector256<float> a, Vector256<float> b);
    }

    private readonly struct SumPair : IPair
    {
        public static Vector256<float> Value(Vector256<float> a, Vector256<float> b) => a + b;

        public static Vector256<float> First(Vector256<float> r, Vector256<float> a, Vector256<float> b) => r;

        public static Vector256<float> Second(Vector256<float> r, Vector256<float> a, Vector256<float> b) => r;
    }

    private readonly struct DifferencePair : IPair
    {
        public static Vector256<float> Value(Vector256<float> a, Vector256<float> b) => a - b;

        public static Vector256<float> First(Vector256<float> r, Vector256<float> a, Vector256<float> b) => r;

        public static Vector256<float> Second(Vector256<float> r, Vector256<float> a, Vector256<float> b) => -r;
    }

    private readonly struct ProductPair : IPair
    {
        public static Vector256<float> Value(Vector256<float> a, Vector256<float> b) => a * b;

        public static Vector256<float> First(Vector256<float> r, Vector256<float> a, Vector256<float> b) => r * b;

        public static Vector256<float> Second(Vector256<float> r, Vector256<float> a, Vector256<float> b) => r * a;
    }

    private readonly struct QuotientPair : IPair
    {
        public static Vector256<float> Value(Vector256<float> a, Vector256<float> b) => a / b;

        public static Vector256<float> First(Vector256<float> r, Vector256<float> a, Vector256<float> b) => r / b;

        public static Vector256<float> Second(Vector256<float> r, Vector256<float> a, Vector256<float> b) => -(r / b) * (a / b);
    }

    private readonly struct MinimumPair : IPair
    {
        public static Vector256<float> Value(Vector256<float> a, Vector256<float> b) =>
            Vector256.ConditionalSelect(Vector256.LessThan(b, a), b, a);

        public static Vector256<float> First(Vector256<float> r, Vector256<float> a, Vector256<float> b) =>
            Vector256.AndNot(r, Vector256.LessThan(b, a));

        public static Vector256<float> Second(Vector256<float> r, Vector256<float> a, Vector256<float> b) =>
            r & Vector256.LessThan(b, a);
    }

    private readonly struct MaximumPair : IPair
    {
        public static Vector256<float> Value(Vector256<float> a, Vector256<float> b) =>
            Vector256.ConditionalSelect(Vector256.GreaterThan(b, a), b, a);

        public static Vector256<float> First(Vector256<float> r, Vector256<float> a, Vector256<float> b) =>
            Vector256.AndNot(r, Vector256.GreaterThan(b, a));

        public static Vector256<float> Second(Vector256<float> r, Vector256<float> a, Vector256<float> b) =>
            r & Vector256.GreaterThan(b, a);
    }
}
