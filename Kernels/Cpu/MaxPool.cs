using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public void MaxPoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output, Switches switches)
    {
        PoolGeometry g = geometry;
        var positions = (CpuSwitches)switches;
        For(g.N * g.C, plane =>
        {
            float* x = Pointer(input) + (long)plane * g.H * g.W, y = Pointer(output) + (long)plane * g.OH * g.OW;
            long first = (long)plane * g.OH * g.OW;
            if (IsHalving(g.Window)) MaxPoolHalving(g, x, y, (byte*)positions.Pointer + first);
            else if (positions.IsByte) MaxPoolPlane(g, x, y, (byte*)positions.Pointer + first);
            else MaxPoolPlane(g, x, y, (int*)positions.Pointer + first);
        });
    }

    /// <inheritdoc/>
    public void MaxPoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, Switches switches, DeviceTensor inputSignal)
    {
        PoolGeometry g = geometry;
        var positions = (CpuSwitches)switches;
        For(g.N * g.C, plane =>
        {
            float* above = Pointer(outputSignal) + (long)plane * g.OH * g.OW,
                below = Pointer(inputSignal) + (long)plane * g.H * g.W;
            long first = (long)plane * g.OH * g.OW;
            if (IsHalving(g.Window) && g.H == 2 * g.OH && g.W == 2 * g.OW)
            {
                MaxUnpoolHalving(g, above, (byte*)positions.Pointer + first, below);
                return;
            }

            new Span<float>(below, g.H * g.W).Clear();
            if (positions.IsByte) MaxUnpoolPlane(g, above, (byte*)positions.Pointer + first, below);
            else MaxUnpoolPlane(g, above, (int*)positions.Pointer + first, below);
        });
    }

    /// <summary>The maximum of each window of one plane; a strict comparison keeps the first of equal values.</summary>
    private static void MaxPoolPlane<TSwitch>(in PoolGeometry g, float* x, float* y, TSwitch* switches)
        where TSwitch : unmanaged, IBinaryInteger<TSwitch>
    {
        Window w = g.Window;
        for (int oh = 0; oh < g.OH; oh++)
        {
            int top = oh * w.StrideH - w.PadTop;
            (int kh0, int kh1) = Inside(top, w.KH, w.DilationH, g.H);
            for (int ow = 0; ow < g.OW; ow++, y++, switches++)
            {
                int left = ow * w.StrideW - w.PadLeft;
                (int kw0, int kw1) = Inside(left, w.KW, w.DilationW, g.W);
                if (kh0 >= kh1 || kw0 >= kw1)
                {
                    (*y, *switches) = (0f, TSwitch.CreateTruncating(Switches.None));
                    continue;
                }

                int position = kh0 * w.KW + kw0;
                float best = x[(top + kh0 * w.DilationH) * g.W + left + kw0 * w.DilationW];
                for (int kh = kh0; kh < kh1; kh++)
                {
                    float* row = x + (top + kh * w.DilationH) * g.W + left;
                    for (int kw = kw0; kw < kw1; kw++)
                    {
                        float value = row[kw * w.DilationW];
                        if (value > best) (best, position) = (value, kh * w.KW + kw);
                    }
                }

                (*y, *switches) = (best, TSwitch.CreateTruncating(position));
            }
        }
    }

    /// <summary>The pooling of every VGG: 2x2 windows side by side, all inside the plane.</summary>
    private static bool IsHalving(Window w) =>
        w is { KH: 2, KW: 2, StrideH: 2, StrideW: 2, DilationH: 1, DilationW: 1, PadTop: 0, PadLeft: 0, PadBottom: 0, PadRight: 0,
            CeilMode: false };

    /// <summary>The same for 2x2 windows side by side, eight at a time.</summary>
    private static void MaxPoolHalving(in PoolGeometry g, float* x, float* y, byte* switches)
    {
        for (int oh = 0; oh < g.OH; oh++, y += g.OW, switches += g.OW)
        {
            float* row0 = x + (long)2 * oh * g.W, row1 = row0 + g.W;
            int ow = 0;
            for (; ow <= g.OW - 8; ow += 8)
            {
                (Vector256<float> best, Vector256<float> second) = Deinterleave(row0 + 2 * ow);
                (Vector256<float> third, Vector256<float> fourth) = Deinterleave(row1 + 2 * ow);
                Vector256<int> position = Vector256<int>.Zero;
                Keep(ref best, ref position, second, 1);
                Keep(ref best, ref position, third, 2);
                Keep(ref best, ref position, fourth, 3);
                best.Store(y + ow);
                Vector128<short> narrow = Vector256.Narrow(position, position).GetLower();
                *(ulong*)(switches + ow) = Vector128.Narrow(narrow, narrow).AsUInt64().ToScalar();
            }

            for (; ow < g.OW; ow++)
            {
                float best = row0[2 * ow];
                byte position = 0;
                if (row0[2 * ow + 1] > best) (best, position) = (row0[2 * ow + 1], 1);
                if (row1[2 * ow] > best) (best, position) = (row1[2 * ow], 2);
                if (row1[2 * ow + 1] > best) (best, position) = (row1[2 * ow + 1], 3);
                (y[ow], switches[ow]) = (best, position);
            }
        }
    }

    /// <summary>
    /// Takes over values that are larger, and their position; a strict comparison keeps the first of equal values.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(ref Vector256<float> best, ref Vector256<int> position, Vector256<float> values, int at)
    {
        Vector256<float> larger = Vector256.GreaterThan(values, best);
        best = Vector256.ConditionalSelect(larger, values, best);
        position = Vector256.ConditionalSelect(larger.AsInt32(), Vector256.Create(at), position);
    }

    /// <summary>Sixteen numbers: those at even places, and those at odd places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Even, Vector256<float> Odd) Deinterleave(float* from)
    {
        Vector256<int> evenFirst = Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7);
        Vector256<float> low = Vector256.Shuffle(Vector256.Load(from), evenFirst),
            high = Vector256.Shuffle(Vector256.Load(from + 8), evenFirst);
        return (Vector256.Create(low.GetLower(), high.GetLower()), Vector256.Create(low.GetUpper(), high.GetUpper()));
    }

    /// <summary>Adds each signal at its switch; windows may overlap.</summary>
    private static void MaxUnpoolPlane<TSwitch>(in PoolGeometry g, float* above, TSwitch* switches, float* below)
        where TSwitch : unmanaged, IBinaryInteger<TSwitch>
    {
        Window w = g.Window;
        TSwitch none = TSwitch.CreateTruncating(Switches.None);
        for (int oh = 0; oh < g.OH; oh++)
        {
            for (int ow = 0; ow < g.OW; ow++, above++, switches++)
            {
                if (*switches == none) continue;
                (int kh, int kw) = Math.DivRem(int.CreateTruncating(*switches), w.KW);
                below[(oh * w.StrideH - w.PadTop + kh * w.DilationH) * g.W + ow * w.StrideW - w.PadLeft
                    + kw * w.DilationW] += *above;
            }
        }
    }

    /// <summary>The same for 2x2 windows that fill the plane: each writes its four numbers, three of them 0.</summary>
    private static void MaxUnpoolHalving(in PoolGeometry g, float* above, byte* switches, float* below)
    {
        for (int oh = 0; oh < g.OH; oh++, above += g.OW, switches += g.OW)
        {
            float* row0 = below + (long)2 * oh * g.W, row1 = row0 + g.W;
            int ow = 0;
            for (; ow <= g.OW - 8; ow += 8)
            {
                Vector256<float> signal = Vector256.Load(above + ow);
                (Vector128<ushort> narrow, _) = Vector128.Widen(Vector128.CreateScalar(*(ulong*)(switches + ow)).AsByte());
                (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(narrow);
                Vector256<uint> position = Vector256.Create(low, high);
                Interleave(At(0), At(1), row0 + 2 * ow);
                Interleave(At(2), At(3), row1 + 2 * ow);

                Vector256<float> At(uint k) => signal & Vector256.Equals(position, Vector256.Create(k)).AsSingle();
            }

            for (; ow < g.OW; ow++)
            {
                for (int k = 0; k < 4; k++) (k < 2 ? row0 : row1)[2 * ow + k % 2] = switches[ow] == k ? above[ow] : 0f;
            }
        }
    }

    /// <summary>Numbers at even places and numbers at odd places, written side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Interleave(Vector256<float> even, Vector256<float> odd, float* to)
    {
        Vector256<int> spread = Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7);
        Vector256.Shuffle(Vector256.Create(even.GetLower(), odd.GetLower()), spread).Store(to);
        Vector256.Shuffle(Vector256.Create(even.GetUpper(), odd.GetUpper()), spread).Store(to + 8);
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
