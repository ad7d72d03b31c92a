using System.Numerics;
using NetViz.CudaEmulator.Ptx.Operations;

namespace NetViz.CudaEmulator.Operations;

/// <summary>All instructions that are known, by their full names; those of control flow aside.</summary>
internal static unsafe partial class OperationTable
{
    /// <summary>The table.</summary>
    public static IReadOnlyDictionary<string, Operation> All { get; } = Fill();

    private static Dictionary<string, Operation> Fill()
    {
        var all = new Dictionary<string, Operation>();
        Integers<int>(all, "s32", "b32", "4");
        Integers<uint>(all, "u32", "b32", "4");
        Integers<long>(all, "s64", "b64", "8");
        Integers<ulong>(all, "u64", "b64", "8");
        Unsigned<uint>(all, "u32", "4");
        Unsigned<ulong>(all, "u64", "8");
        Floating<float>(all, "f32", "4");
        Floating<double>(all, "f64", "8");
        Wide<int, long>(all, "s32");
        Wide<uint, ulong>(all, "u32");
        all["fma.rn.f32"] = new("4=444", &Ternary<FusedFloat, float>.Execute);
        all["fma.rn.f64"] = new("8=888", &Ternary<FusedDouble, double>.Execute);
        Functions(all);
        Predicates(all);
        Conversions(all);
        Memory(all);
        all["mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"] = new("4444=4444444444", &MatrixMultiplyAdd.Execute);
        return all;
    }

    private static void Integers<T>(Dictionary<string, Operation> all, string type, string bits, string w)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        string one = $"{w}={w}", two = $"{w}={w}{w}";
        Moves<T>(all, type, w);
        Moves<T>(all, bits, w);
        Ordered<T>(all, type, w);
        all[$"setp.ne.{type}"] = new($"p={w}{w}", &Compare<Not<Equal<T>, T>, T>.Execute);
        all[$"setp.eq.{bits}"] = all[$"setp.eq.{type}"];
        all[$"setp.ne.{bits}"] = all[$"setp.ne.{type}"];
        all[$"add.{type}"] = new(two, &Binary<Add<T>, T>.Execute);
        all[$"sub.{type}"] = new(two, &Binary<Subtract<T>, T>.Execute);
        all[$"mul.lo.{type}"] = new(two, &Binary<Multiply<T>, T>.Execute);
        all[$"mul.hi.{type}"] = new(two, &Binary<MultiplyHigh<T>, T>.Execute);
        all[$"mad.lo.{type}"] = new($"{w}={w}{w}{w}", &Ternary<MultiplyAdd<T>, T>.Execute);
        all[$"div.{type}"] = new(two, &Binary<DivideInteger<T>, T>.Execute);
        all[$"rem.{type}"] = new(two, &Binary<Remainder<T>, T>.Execute);
        all[$"min.{type}"] = new(two, &Binary<Minimum<T>, T>.Execute);
        all[$"max.{type}"] = new(two, &Binary<Maximum<T>, T>.Execute);
        if (type[0] == 's')
        {
            all[$"neg.{type}"] = new(one, &Unary<Negate<T>, T>.Execute);
            all[$"abs.{type}"] = new(one, &Unary<Absolute<T>, T>.Execute);
        }

        all[$"and.{bits}"] = new(two, &Binary<And<T>, T>.Execute);
        all[$"or.{bits}"] = new(two, &Binary<Or<T>, T>.Execute);
        all[$"xor.{bits}"] = new(two, &Binary<ExclusiveOr<T>, T>.Execute);
        all[$"not.{bits}"] = new(one, &Unary<Complement<T>, T>.Execute);
        all[$"shl.{bits}"] = new($"{w}={w}4", &Shift<ShiftLeft<T>, T>.Execute);
        all[$"shr.{type}"] = new($"{w}={w}4", &Shift<ShiftRight<T>, T>.Execute);
        if (type[0] == 'u') all[$"shr.{bits}"] = all[$"shr.{type}"];
    }

    // Other names for comparisons of unsigned numbers.
    private static void Unsigned<T>(Dictionary<string, Operation> all, string type, string w)
        where T : unmanaged, IBinaryInteger<T>
    {
        all[$"setp.lo.{type}"] = new($"p={w}{w}", &Compare<Less<T>, T>.Execute);
        all[$"setp.ls.{type}"] = new($"p={w}{w}", &Compare<LessOrEqual<T>, T>.Execute);
        all[$"setp.hi.{type}"] = new($"p={w}{w}", &Compare<Greater<T>, T>.Execute);
        all[$"setp.hs.{type}"] = new($"p={w}{w}", &Compare<GreaterOrEqual<T>, T>.Execute);
    }

    private static void Floating<T>(Dictionary<string, Operation> all, string type, string w)
        where T : unmanaged, IFloatingPoint<T>
    {
        string one = $"{w}={w}", two = $"{w}={w}{w}";
        Moves<T>(all, type, w);
        Ordered<T>(all, type, w);
        all[$"setp.ne.{type}"] = new($"p={w}{w}", &Compare<Unequal<T>, T>.Execute);
        all[$"setp.equ.{type}"] = new($"p={w}{w}", &Compare<Not<Unequal<T>, T>, T>.Execute);
        all[$"setp.neu.{type}"] = new($"p={w}{w}", &Compare<Not<Equal<T>, T>, T>.Execute);
        all[$"setp.ltu.{type}"] = new($"p={w}{w}", &Compare<Not<GreaterOrEqual<T>, T>, T>.Execute);
        all[$"setp.leu.{type}"] = new($"p={w}{w}", &Compare<Not<Greater<T>, T>, T>.Execute);
        all[$"setp.gtu.{type}"] = new($"p={w}{w}", &Compare<Not<LessOrEqual<T>, T>, T>.Execute);
        all[$"setp.geu.{type}"] = new($"p={w}{w}", &Compare<Not<Less<T>, T>, T>.Execute);
        all[$"setp.num.{type}"] = new($"p={w}{w}", &Compare<Ordered<T>, T>.Execute);
        all[$"setp.nan.{type}"] = new($"p={w}{w}", &Compare<Not<Ordered<T>, T>, T>.Execute);
        all[$"testp.notanumber.{type}"] = new($"p={w}", &TestProperty<IsNotANumber<T>, T>.Execute);
        all[$"testp.number.{type}"] = new($"p={w}", &TestProperty<IsNumber<T>, T>.Execute);
        all[$"testp.infinite.{type}"] = new($"p={w}", &TestProperty<IsInfinite<T>, T>.Execute);
        all[$"testp.finite.{type}"] = new($"p={w}", &TestProperty<IsFinite<T>, T>.Execute);
        foreach (string rounding in new[] { "", ".rn" })
        {
            all[$"add{rounding}.{type}"] = new(two, &Binary<Add<T>, T>.Execute);
            all[$"sub{rounding}.{type}"] = new(two, &Binary<Subtract<T>, T>.Execute);
            all[$"mul{rounding}.{type}"] = new(two, &Binary<Multiply<T>, T>.Execute);
        }

        all[$"div.rn.{type}"] = new(two, &Binary<DivideFloating<T>, T>.Execute);
        all[$"min.{type}"] = new(two, &Binary<Minimum<T>, T>.Execute);
        all[$"max.{type}"] = new(two, &Binary<Maximum<T>, T>.Execute);
        all[$"neg.{type}"] = new(one, &Unary<Negate<T>, T>.Execute);
        all[$"abs.{type}"] = new(one, &Unary<Absolute<T>, T>.Execute);
    }

    private static void Moves<T>(Dictionary<string, Operation> all, string type, string w)
        where T : unmanaged
    {
        all[$"mov.{type}"] = new($"{w}={w}", &Unary<Copy<T>, T>.Execute);
        all[$"selp.{type}"] = new($"{w}={w}{w}p", &Select<T>.Execute);
    }

    private static void Ordered<T>(Dictionary<string, Operation> all, string type, string w)
        where T : unmanaged, INumber<T>
    {
        all[$"setp.eq.{type}"] = new($"p={w}{w}", &Compare<Equal<T>, T>.Execute);
        all[$"setp.lt.{type}"] = new($"p={w}{w}", &Compare<Less<T>, T>.Execute);
        all[$"setp.le.{type}"] = new($"p={w}{w}", &Compare<LessOrEqual<T>, T>.Execute);
        all[$"setp.gt.{type}"] = new($"p={w}{w}", &Compare<Greater<T>, T>.Execute);
        all[$"setp.ge.{type}"] = new($"p={w}{w}", &Compare<GreaterOrEqual<T>, T>.Execute);
    }

    private static void Wide<TFrom, TTo>(Dictionary<string, Operation> all, string type)
        where TFrom : unmanaged, IBinaryInteger<TFrom>
        where TTo : unmanaged, IBinaryInteger<TTo>
    {
        all[$"mul.wide.{type}"] = new("8=44", &MultiplyWide<TFrom, TTo>.Execute);
        all[$"mad.wide.{type}"] = new("8=448", &MultiplyAddWide<TFrom, TTo>.Execute);
    }

    private static void Functions(Dictionary<string, Operation> all)
    {
        all["sqrt.rn.f32"] = all["sqrt.approx.f32"] = new("4=4", &Unary<SquareRoot, float>.Execute);
        all["rcp.rn.f32"] = all["rcp.approx.f32"] = new("4=4", &Unary<Reciprocal, float>.Execute);
        all["rsqrt.approx.f32"] = new("4=4", &Unary<ReciprocalSquareRoot, float>.Execute);
        all["ex2.approx.f32"] = new("4=4", &Unary<Exponential2, float>.Execute);
        all["lg2.approx.f32"] = new("4=4", &Unary<Logarithm2, float>.Execute);
        all["sin.approx.f32"] = new("4=4", &Unary<Sine, float>.Execute);
        all["cos.approx.f32"] = new("4=4", &Unary<Cosine, float>.Execute);
        all["tanh.approx.f32"] = new("4=4", &Unary<HyperbolicTangent, float>.Execute);
    }

    private static void Predicates(Dictionary<string, Operation> all)
    {
        all["mov.pred"] = new("p=p", &Unary<Copy<uint>, uint>.Execute);
        all["not.pred"] = new("p=p", &Unary<Complement<uint>, uint>.Execute);
        all["and.pred"] = new("p=pp", &Binary<And<uint>, uint>.Execute);
        all["or.pred"] = new("p=pp", &Binary<Or<uint>, uint>.Execute);
        all["xor.pred"] = new("p=pp", &Binary<ExclusiveOr<uint>, uint>.Execute);
    }
}
