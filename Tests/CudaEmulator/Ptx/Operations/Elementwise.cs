using System.Numerics;
using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Operations;

/// <summary>d = f(a).</summary>
internal interface IUnary<T>
    where T : unmanaged
{
    /// <summary>Whether there is a form for vectors; else that one is never called.</summary>
    static virtual bool HasVector => true;

    static abstract T Of(T a);

    static virtual Vector<T> Of(Vector<T> a) => throw new NotSupportedException();
}

/// <summary>d = f(a, b).</summary>
internal interface IBinary<T>
    where T : unmanaged
{
    /// <summary>Whether there is a form for vectors; else that one is never called.</summary>
    static virtual bool HasVector => true;

    static abstract T Of(T a, T b);

    static virtual Vector<T> Of(Vector<T> a, Vector<T> b) => throw new NotSupportedException();
}

/// <summary>d = f(a, b, c).</summary>
internal interface ITernary<T>
    where T : unmanaged
{
    static abstract T Of(T a, T b, T c);

    static abstract Vector<T> Of(Vector<T> a, Vector<T> b, Vector<T> c);
}

/// <summary>p = whether a stands in a relation to b.</summary>
internal interface IComparison<T>
    where T : unmanaged
{
    static abstract bool Of(T a, T b);

    /// <summary>All ones where it holds.</summary>
    static abstract Vector<T> Of(Vector<T> a, Vector<T> b);
}

/// <summary>The loop of <see cref="IUnary{T}"/>.</summary>
internal static unsafe class Unary<TOf, T>
    where TOf : IUnary<T>
    where T : unmanaged
{
    public static void Execute(Instruction* instruction, Cta cta)
    {
        T* d = cta.Row<T>(instruction->Rows[0]), a = cta.Row<T>(instruction->Rows[1]);
        int* lanes = cta.Lanes;
        int count = cta.Count, k = 0;
        if (TOf.HasVector && cta.IsContiguous)
        {
            int first = lanes[0];
            for (; k <= count - Vector<T>.Count; k += Vector<T>.Count) TOf.Of(Vector.Load(a + first + k)).Store(d + first + k);
        }

        for (; k < count; k++) d[lanes[k]] = TOf.Of(a[lanes[k]]);
    }
}

/// <summary>The loop of <see cref="IBinary{T}"/>.</summary>
internal static unsafe class Binary<TOf, T>
    where TOf : IBinary<T>
    where T : unmanaged
{
    public static void Execute(Instruction* instruction, Cta cta)
    {
        T* d = cta.Row<T>(instruction->Rows[0]), a = cta.Row<T>(instruction->Rows[1]), b = cta.Row<T>(instruction->Rows[2]);
        int* lanes = cta.Lanes;
        int count = cta.Count, k = 0;
        if (TOf.HasVector && cta.IsContiguous)
        {
            int first = lanes[0];
            for (; k <= count - Vector<T>.Count; k += Vector<T>.Count)
                TOf.Of(Vector.Load(a + first + k), Vector.Load(b + first + k)).Store(d + first + k);
        }

        for (; k < count; k++) d[lanes[k]] = TOf.Of(a[lanes[k]], b[lanes[k]]);
    }
}

/// <summary>The loop of <see cref="ITernary{T}"/>.</summary>
internal static unsafe class Ternary<TOf, T>
    where TOf : ITernary<T>
    where T : unmanaged
{
    public static void Execute(Instruction* instruction, Cta cta)
    {
        T* d = cta.Row<T>(instruction->Rows[0]), a = cta.Row<T>(instruction->Rows[1]), b = cta.Row<T>(instruction->Rows[2]);
        T* c = cta.Row<T>(instruction->Rows[3]);
        int* lanes = cta.Lanes;
        int count = cta.Count, k = 0;
        if (cta.IsContiguous)
        {
            int first = lanes[0];
            for (; k <= count - Vector<T>.Count; k += Vector<T>.Count)
                TOf.Of(Vector.Load(a + first + k), Vector.Load(b + first + k), Vector.Load(c + first + k)).Store(d + first + k);
        }

        for (; k < count; k++) d[lanes[k]] = TOf.Of(a[lanes[k]], b[lanes[k]], c[lanes[k]]);
    }
}

/// <summary>The loop of <see cref="IComparison{T}"/>: a predicate is a word of ones or zeros.</summary>
internal static unsafe class Compare<TOf, T>
    where TOf : IComparison<T>
    where T : unmanaged
{
    public static void Execute(Instruction* instruction, Cta cta)
    {
        uint* d = cta.Row<uint>(instruction->Rows[0]);
        T* a = cta.Row<T>(instruction->Rows[1]), b = cta.Row<T>(instruction->Rows[2]);
        int* lanes = cta.Lanes;
        int count = cta.Count, k = 0;
        if (sizeof(T) == sizeof(uint) && cta.IsContiguous)
        {
            int first = lanes[0];
            for (; k <= count - Vector<T>.Count; k += Vector<T>.Count)
                TOf.Of(Vector.Load(a + first + k), Vector.Load(b + first + k)).As<T, uint>().Store(d + first + k);
        }

        for (; k < count; k++) d[lanes[k]] = TOf.Of(a[lanes[k]], b[lanes[k]]) ? uint.MaxValue : 0;
    }
}

/// <summary>selp: d = p ? a : b.</summary>
internal static unsafe class Select<T>
    where T : unmanaged
{
    public static void Execute(Instruction* instruction, Cta cta)
    {
        T* d = cta.Row<T>(instruction->Rows[0]), a = cta.Row<T>(instruction->Rows[1]), b = cta.Row<T>(instruction->Rows[2]);
        uint* p = cta.Row<uint>(instruction->Rows[3]);
        int* lanes = cta.Lanes;
        int count = cta.Count, k = 0;
        if (sizeof(T) == sizeof(uint) && cta.IsContiguous)
        {
            int first = lanes[0];
            for (; k <= count - Vector<T>.Count; k += Vector<T>.Count)
            {
                Vector.ConditionalSelect(Vector.Load(p + first + k).As<uint, T>(), Vector.Load(a + first + k),
                    Vector.Load(b + first + k))
                    .Store(d + first + k);
            }
        }

        for (; k < count; k++) d[lanes[k]] = p[lanes[k]] != 0 ? a[lanes[k]] : b[lanes[k]];
    }
}
