using System.Numerics;
using NetViz.CudaEmulator.Ptx.Operations;

namespace NetViz.CudaEmulator.Operations;

// cvt for every pair of types.
internal static unsafe partial class OperationTable
{
    private static void Conversions(Dictionary<string, Operation> all)
    {
        FromInteger<sbyte>(all, "s8", '2');
        FromInteger<byte>(all, "u8", '2');
        FromInteger<short>(all, "s16", '2');
        FromInteger<ushort>(all, "u16", '2');
        FromInteger<int>(all, "s32", '4');
        FromInteger<uint>(all, "u32", '4');
        FromInteger<long>(all, "s64", '8');
        FromInteger<ulong>(all, "u64", '8');
        FromFloating<float>(all, "f32", '4');
        FromFloating<double>(all, "f64", '8');
        all["cvt.f64.f32"] = new("8=4", &Convert<ToFloating<float, double>, float, double>.Execute);
        all["cvt.rn.f32.f64"] = new("4=8", &Convert<ToFloating<double, float>, double, float>.Execute);
        all["cvt.rna.tf32.f32"] = new("4=4", &Convert<ToTf32, float, uint>.Execute);

        // A generic address is one of global memory: nothing else is ever made generic.
        foreach (string direction in new[] { "cvta.to.global", "cvta.global" })
            all[$"{direction}.u64"] = new("8=8", &Unary<Copy<ulong>, ulong>.Execute);
    }

    private static void FromInteger<T>(Dictionary<string, Operation> all, string from, char w)
        where T : unmanaged, IBinaryInteger<T>
    {
        all[$"cvt.s8.{from}"] = new($"2={w}", &Convert<Truncate<T, sbyte>, T, sbyte>.Execute);
        all[$"cvt.u8.{from}"] = new($"2={w}", &Convert<Truncate<T, byte>, T, byte>.Execute);
        all[$"cvt.s16.{from}"] = new($"2={w}", &Convert<Truncate<T, short>, T, short>.Execute);
        all[$"cvt.u16.{from}"] = new($"2={w}", &Convert<Truncate<T, ushort>, T, ushort>.Execute);
        all[$"cvt.s32.{from}"] = new($"4={w}", &Convert<Truncate<T, int>, T, int>.Execute);
        all[$"cvt.u32.{from}"] = new($"4={w}", &Convert<Truncate<T, uint>, T, uint>.Execute);
        all[$"cvt.s64.{from}"] = new($"8={w}", &Convert<Truncate<T, long>, T, long>.Execute);
        all[$"cvt.u64.{from}"] = new($"8={w}", &Convert<Truncate<T, ulong>, T, ulong>.Execute);
        all[$"cvt.rn.f32.{from}"] = new($"4={w}", &Convert<ToFloating<T, float>, T, float>.Execute);
        all[$"cvt.rn.f64.{from}"] = new($"8={w}", &Convert<ToFloating<T, double>, T, double>.Execute);
    }

    private static void FromFloating<T>(Dictionary<string, Operation> all, string from, char w)
        where T : unmanaged, IFloatingPoint<T>
    {
        Rounded<T, Nearest>(all, "rni", from, w);
        Rounded<T, TowardsZero>(all, "rzi", from, w);
        Rounded<T, Downwards>(all, "rmi", from, w);
        Rounded<T, Upwards>(all, "rpi", from, w);
    }

    private static void Rounded<T, TRounding>(Dictionary<string, Operation> all, string rounding, string from, char w)
        where T : unmanaged, IFloatingPoint<T>
        where TRounding : IRounding
    {
        all[$"cvt.{rounding}.s32.{from}"] = new($"4={w}", &Convert<ToInteger<T, int, TRounding>, T, int>.Execute);
        all[$"cvt.{rounding}.u32.{from}"] = new($"4={w}", &Convert<ToInteger<T, uint, TRounding>, T, uint>.Execute);
        all[$"cvt.{rounding}.s64.{from}"] = new($"8={w}", &Convert<ToInteger<T, long, TRounding>, T, long>.Execute);
        all[$"cvt.{rounding}.u64.{from}"] = new($"8={w}", &Convert<ToInteger<T, ulong, TRounding>, T, ulong>.Execute);
        all[$"cvt.{rounding}.{from}.{from}"] = new($"{w}={w}", &Convert<ToWhole<T, TRounding>, T, T>.Execute);
    }
}
