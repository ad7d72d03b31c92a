using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NetViz.Kernels.Cpu;

/// <summary>Transposes of small matrices.</summary>
internal static unsafe class RegisterTranspose
{
    /// <summary>A 4 x 4 matrix's transpose.</summary>
    /// <param name="from">Four rows of four numbers.</param>
    /// <param name="fromStride">Floats from one row to the next.</param>
    /// <param name="to">Its columns, as rows.</param>
    /// <param name="toStride">Floats from one row to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Four(float* from, long fromStride, float* to, long toStride)
    {
        if (AdvSimd.Arm64.IsSupported)
        {
            Vector128<float> w = Vector128.Load(from), x = Vector128.Load(from + fromStride),
                y = Vector128.Load(from + 2 * fromStride), z = Vector128.Load(from + 3 * fromStride);
            Vector128<double> wx = AdvSimd.Arm64.ZipLow(w, x).AsDouble(), yz = AdvSimd.Arm64.ZipLow(y, z).AsDouble();
            AdvSimd.Arm64.ZipLow(wx, yz).AsSingle().Store(to);
            AdvSimd.Arm64.ZipHigh(wx, yz).AsSingle().Store(to + toStride);
            (wx, yz) = (AdvSimd.Arm64.ZipHigh(w, x).AsDouble(), AdvSimd.Arm64.ZipHigh(y, z).AsDouble());
            AdvSimd.Arm64.ZipLow(wx, yz).AsSingle().Store(to + 2 * toStride);
            AdvSimd.Arm64.ZipHigh(wx, yz).AsSingle().Store(to + 3 * toStride);
            return;
        }

        if (!Sse.IsSupported)
        {
            for (int row = 0; row < 4; row++)
                for (int column = 0; column < 4; column++) to[column * toStride + row] = from[row * fromStride + column];
            return;
        }

        Vector128<float> a = Vector128.Load(from), b = Vector128.Load(from + fromStride),
            c = Vector128.Load(from + 2 * fromStride), d = Vector128.Load(from + 3 * fromStride);
        Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c, d), abHigh = Sse.UnpackHigh(a, b),
            cdHigh = Sse.UnpackHigh(c, d);
        Sse.MoveLowToHigh(ab, cd).Store(to);
        Sse.MoveHighToLow(cd, ab).Store(to + toStride);
        Sse.MoveLowToHigh(abHigh, cdHigh).Store(to + 2 * toStride);
        Sse.MoveHighToLow(cdHigh, abHigh).Store(to + 3 * toStride);
    }
}
