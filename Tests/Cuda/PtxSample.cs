using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetViz.CudaEmulator;
using NetViz.CudaEmulator.Memory;
using NetViz.CudaEmulator.Ptx;

namespace NetViz.Tests.Cuda;

/// <summary>Small kernels for the tests of the PTX interpreter.</summary>
internal static class PtxSample
{
    public const string Head = ".version 7.8\n.target sm_80\n.address_size 64\n";

    private const string Registers = """
        .reg .pred %p<8>;
        .reg .b16 %rs<8>;
        .reg .b32 %r<32>;
        .reg .b64 %rd<32>;
        .reg .f32 %f<32>;
        .reg .f64 %fd<8>;
        """;

    /// <summary>
    /// A kernel with the parameters d, a, b, c (addresses), loaded into %rd0 to %rd3, and n = %tid.x in %r0; further registers
    /// are free,
    /// %p7 apart.
    /// </summary>
    public static PtxKernel Kernel(string body, string variables = "") => PtxModule.Parse($$"""
        {{Head}}.visible .entry K(.param .b64 d, .param .b64 a, .param .b64 b, .param .b64 c)
        {
        {{variables}}
        {{Registers}}
        ld.param.b64 %rd0, [d];
        ld.param.b64 %rd1, [a];
        ld.param.b64 %rd2, [b];
        ld.param.b64 %rd3, [c];
        mov.b32 %r0, %tid.x;
        {{body}}
        }
        """).Kernel("K");

    /// <summary>Runs a kernel of <see cref="Kernel"/> over arrays, and reads them back.</summary>
    public static void Launch<T, TIn>(PtxKernel kernel, Dim3 grid, Dim3 block, T[] d, params TIn[][] inputs)
        where T : unmanaged
        where TIn : unmanaged
    {
        var memory = new DeviceMemory();
        var places = new List<nint> { Copy(memory, d) };
        places.AddRange(inputs.Select(input => Copy(memory, input)));
        while (places.Count < 4) places.Add(0);
        try
        {
            kernel.Launch(memory, grid, block, 0, MemoryMarshal.AsBytes<nint>(places.ToArray()));
            unsafe
            {
                new ReadOnlySpan<T>((void*)places[0], d.Length).CopyTo(d);
            }
        }
        finally
        {
            foreach (nint place in places.Where(place => place != 0)) memory.Free(place);
        }
    }

    /// <summary>
    /// d = f(a, b, c) for each element, by instructions from %a, %b, %c to %d; once by all threads together, once by the even
    /// and the odd
    /// ones apart, which must agree.
    /// </summary>
    public static TOut[] Map<TIn, TOut>(string instructions, params TIn[][] inputs)
        where TIn : unmanaged
        where TOut : unmanaged
    {
        TOut[] together = Run(instructions), apart = Run($"""
            and.b32 %r31, %r0, 1;
            setp.ne.s32 %p7, %r31, 0;
            @%p7 bra Odd;
            {instructions}
            bra.uni Both;
            Odd:
            {instructions}
            Both:
            """);
        if (!MemoryMarshal.AsBytes<TOut>(together).SequenceEqual(MemoryMarshal.AsBytes<TOut>(apart)))
            throw new InvalidOperationException($"threads apart get something else: {instructions}");
        return together;

        TOut[] Run(string body)
        {
            (string load, string register) = Type<TIn>();
            (string store, string result) = Type<TOut>();
            string text = string.Concat(Enumerable.Range(0, inputs.Length).Select(k =>
                $"mul.wide.u32 %rd4, %r0, {Unsafe.SizeOf<TIn>()};\nadd.u64 %rd4, %rd4, %rd{k + 1};\n"
                + $"ld.global.{load} %{"abc"[k]}, [%rd4];\n"))
                + $"{body}\nmul.wide.u32 %rd4, %r0, {Unsafe.SizeOf<TOut>()};\nadd.u64 %rd4, %rd4, %rd0;\n"
                + $"st.global.{store} [%rd4], %d;";
            PtxKernel kernel = Kernel(text, $".reg .{register} %a, %b, %c;\n.reg .{result} %d;");
            var d = new TOut[inputs[0].Length];
            Launch(kernel, new Dim3(1, 1, 1), new Dim3(d.Length, 1, 1), d, inputs);
            return d;
        }
    }

    /// <summary>Every pair of values, as two arrays.</summary>
    public static (T[] A, T[] B) Pairs<T>(params T[] values) =>
        ([.. values.SelectMany(a => values.Select(_ => a))], [.. values.SelectMany(_ => values)]);

    private static (string Access, string Register) Type<T>() => default(T) switch
    {
        float => ("f32", "f32"),
        double => ("f64", "f64"),
        int or uint => ("b32", "b32"),
        long or ulong => ("b64", "b64"),
        byte => ("b8", "b16"),
        sbyte => ("s8", "b16"),
        _ => throw new NotSupportedException(typeof(T).Name),
    };

    private static unsafe nint Copy<T>(DeviceMemory memory, T[] from)
        where T : unmanaged
    {
        nint place = memory.Allocate(Math.Max(1, from.Length * sizeof(T)));
        from.CopyTo(new Span<T>((void*)place, from.Length));
        return place;
    }
}
