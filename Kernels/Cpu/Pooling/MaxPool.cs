using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

// A place of the output in sixteen channels is two vectors of eight lanes; so are its switches.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void MaxPoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output, Switches switches)
    {
        var job = new MaxPoolJob(geometry, Pointer(input), Pointer(output), (CpuSwitches)switches, LayoutOf(output));
        For(job.Pieces, ref job);
    }

    /// <inheritdoc/>
    public void MaxPoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, Switches switches, DeviceTensor inputSignal)
    {
        var job = new MaxUnpoolJob(geometry, Pointer(outputSignal), (CpuSwitches)switches, LayoutOf(outputSignal),
            Pointer(inputSignal));
        For(job.Pieces, ref job);
    }

    /// <summary>One row of the output in one block of channels: a strict comparison keeps the first of equal values.</summary>
    private readonly struct MaxPoolJob(PoolGeometry g, float* input, float* output, CpuSwitches switches, Layout layout) : IJob
    {
        public int Pieces => layout.Images * layout.Blocks * layout.Height;

        public void Run(int index, int worker)
        {
            Window w = g.Window;
            (int block, int oh) = Math.DivRem(index, layout.Height);
            float* plane = input + (long)block * g.H * g.W * Layout.Lanes;
            long first = ((long)block * layout.Height + oh) * layout.Width * Layout.Lanes;
            int top = oh * w.StrideH - w.PadTop;
            (int kh0, int kh1) = Inside(top, w.KH, w.DilationH, g.H);
            for (int ow = 0; ow < layout.Width; ow++)
            {
                int left = ow * w.StrideW - w.PadLeft;
                (int kw0, int kw1) = Inside(left, w.KW, w.DilationW, g.W);
                bool none = kh0 >= kh1 || kw0 >= kw1;
                for (int half = 0; half < Layout.Lanes; half += Vector256<float>.Count)
                {
                    long at = first + (long)ow * Layout.Lanes + half;
                    Vector256<float> best = Vector256<float>.Zero;
                    Vector256<int> position = Vector256.Create(Switches.None);
                    if (!none)
                    {
                        best = Vector256.Load(Place(plane, top + kh0 * w.DilationH, left + kw0 * w.DilationW) + half);
                        position = Vector256.Create(kh0 * w.KW + kw0);
                    }

                    for (int kh = kh0; kh < kh1; kh++)
                    for (int kw = kw0; kw < kw1; kw++)
                    {
                        float* value = Place(plane, top + kh * w.DilationH, left + kw * w.DilationW) + half;
                        Keep(ref best, ref position, Vector256.Load(value), kh * w.KW + kw);
                    }

                    best.Store(output + at);
                    StoreSwitches(switches, at, position);
                }
            }
        }

        private float* Place(float* plane, int row, int column) => plane + ((long)row * g.W + column) * Layout.Lanes;
    }

    /// <summary>
    /// One block of channels of one image: each signal is added at its switch, 0 elsewhere. Where windows lie side by side and
    /// fill the plane, each place is written once.
    /// </summary>
    private readonly struct MaxUnpoolJob(PoolGeometry g, float* above, CpuSwitches switches, Layout layout, float* below) : IJob
    {
        public int Pieces => layout.Images * layout.Blocks;

        public void Run(int index, int worker)
        {
            Window w = g.Window;
            int kept = index % (switches.Layout.Images * layout.Blocks);
            float* signals = above + index * layout.BlockFloats, plane = below + (long)index * g.H * g.W * Layout.Lanes;
            bool fills = w is { DilationH: 1, DilationW: 1, PadTop: 0, PadLeft: 0 } && w.KH == w.StrideH && w.KW == w.StrideW
                && layout.Height * w.KH == g.H && layout.Width * w.KW == g.W;
            if (!fills) new Span<float>(plane, g.H * g.W * Layout.Lanes).Clear();
            for (int oh = 0, place = 0; oh < layout.Height; oh++)
            {
                int top = oh * w.StrideH - w.PadTop;
                (int kh0, int kh1) = Inside(top, w.KH, w.DilationH, g.H);
                for (int ow = 0; ow < layout.Width; ow++, place++)
                {
                    int left = ow * w.StrideW - w.PadLeft;
                    (int kw0, int kw1) = Inside(left, w.KW, w.DilationW, g.W);
                    for (int half = 0; half < Layout.Lanes; half += Vector256<float>.Count)
                    {
                        long at = (long)place * Layout.Lanes + half;
                        Vector256<float> signal = Vector256.Load(signals + at);
                        Vector256<int> position = LoadSwitches(switches, kept * layout.BlockFloats + at);
                        for (int kh = kh0; kh < kh1; kh++)
                        for (int kw = kw0; kw < kw1; kw++)
                        {
                            float* to = plane
                                + ((long)(top + kh * w.DilationH) * g.W + left + kw * w.DilationW) * Layout.Lanes + half;
                            Vector256<float> share =
                                signal & Vector256.Equals(position, Vector256.Create(kh * w.KW + kw)).AsSingle();
                            (fills ? share : Vector256.Load(to) + share).Store(to);
                        }
                    }
                }
            }
        }
    }

    /// <summary>Takes over values that are larger, and their position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Keep(ref Vector256<float> best, ref Vector256<int> position, Vector256<float> values, int at)
    {
        Vector256<float> larger = Vector256.GreaterThan(values, best);
        best = Vector256.ConditionalSelect(larger, values, best);
        position = Vector256.ConditionalSelect(larger.AsInt32(), Vector256.Create(at), position);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreSwitches(CpuSwitches switches, long at, Vector256<int> position)
    {
        if (!switches.IsByte)
        {
            position.Store((int*)switches.Pointer + at);
            return;
        }

        StoreBytes(position, (byte*)switches.Pointer + at);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void StoreBytes(Vector256<int> position, byte* to)
    {
        Vector128<short> narrow = Vector256.Narrow(position, position).GetLower();
        *(ulong*)to = Vector128.Narrow(narrow, narrow).AsUInt64().ToScalar();
    }

    /// <summary>Eight switches; in bytes none is 255, which no position reaches.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> LoadSwitches(CpuSwitches switches, long at)
    {
        if (!switches.IsByte) return Vector256.Load((int*)switches.Pointer + at);
        (Vector128<ushort> narrow, _) =
            Vector128.Widen(Vector128.CreateScalar(*(ulong*)((byte*)switches.Pointer + at)).AsByte());
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(narrow);
        return Vector256.Create(low, high).AsInt32();
    }

    /// <summary>The window positions from..to (to excluded) that fall inside an axis of this length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (int From, int To) Inside(int start, int kernel, int dilation, int length)
    {
        int from = start >= 0 ? 0 : (dilation - 1 - start) / dilation;
        int to = start + (kernel - 1) * dilation < length ? kernel : Math.Max(0, (length - start + dilation - 1) / dilation);
        return (from, Math.Min(to, kernel));
    }
}
