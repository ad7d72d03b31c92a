using NetViz.CudaEmulator;
using NetViz.CudaEmulator.Memory;
using NetViz.CudaEmulator.Ptx;
using NUnit.Framework;

namespace NetViz.Tests.Cuda;

/// <summary>State spaces in the PTX interpreter: what is read and written, and what is a fault.</summary>
public class PtxMemoryTests
{
    // %rd5 = 4 %r0, %rd4 = d + that, %rd6 = a + that.
    private const string Addresses = "mul.wide.u32 %rd5, %r0, 4; add.u64 %rd4, %rd0, %rd5; add.u64 %rd6, %rd1, %rd5;\n";

    private static readonly float[] Sixty = [.. Enumerable.Range(0, 60).Select(k => k + 0.5f)];

    [Test]
    public void Vectors_of_two_and_four()
    {
        const string Four = "mul.wide.u32 %rd5, %r0, 16; add.u64 %rd6, %rd1, %rd5; add.u64 %rd4, %rd0, %rd5;\n";
        Assert.That(Run(15, Four + "ld.global.v4.f32 {%f1,%f2,%f3,%f4}, [%rd6]; st.global.v4.f32 [%rd4], {%f4,%f3,%f2,%f1};"),
            Is.EqualTo(Sixty.Select((_, k) => Sixty[k / 4 * 4 + 3 - k % 4])));
        Assert.That(Run(15, Four + "ld.global.v2.f32 {%f1,%f2}, [%rd6+8]; "
            + "st.global.v2.f32 [%rd4], {%f1,%f2}; st.global.f32 [%rd4+8], %f2;"
            + "st.global.f32 [%rd4+12], %f1;"), Is.EqualTo(Sixty.Select((_, k) => Sixty[k / 4 * 4 + (k % 4 is 0 or 3 ? 2 : 3)])));
        Assert.That(Run(15, Four + """
            ld.global.v4.f32 {%f1,%f2,%f3,%f4}, [%rd6]; mov.b64 %rd7, s; add.u64 %rd7, %rd7, %rd5;
            st.shared.v4.f32 [%rd7], {%f1,%f2,%f3,%f4};
            bar.sync 0;
            mov.b32 %r1, 14; sub.s32 %r1, %r1, %r0; mul.wide.u32 %rd8, %r1, 16; ld.shared.v4.f32 {%f1,%f2,%f3,%f4}, [%rd8];
            st.global.v4.f32 [%rd4], {%f1,%f2,%f3,%f4};
            """, ".shared .align 16 .b8 s[240];"), Is.EqualTo(Sixty.Select((_, k) => Sixty[(14 - k / 4) * 4 + k % 4])));
    }

    [Test]
    public void Local_memory_is_each_threads_own()
    {
        const string Local = ".local .align 4 .b8 first[4];\n.local .align 4 .b8 more[16];";
        Assert.That(Run(60, Addresses + """
            mov.b64 %rd7, more; ld.global.f32 %f1, [%rd6]; st.local.f32 [%rd7+4], %f1; st.local.b32 [first], 0;
            ld.local.f32 %f2, [more+4];
            st.global.f32 [%rd4], %f2;
            """, Local), Is.EqualTo(Sixty));

        // An address of its own for each thread.
        Assert.That(Run(60, Addresses + """
            ld.global.f32 %f1, [%rd6]; and.b32 %r1, %r0, 3; mul.wide.u32 %rd7, %r1, 4; st.local.f32 [%rd7+4], %f1;
            ld.local.f32 %f2, [%rd7+4];
            st.global.f32 [%rd4], %f2;
            """, Local), Is.EqualTo(Sixty));
        Faults(() => Run(60, "mul.wide.u32 %rd7, %r0, 4; st.local.f32 [%rd7], 0f00000000;", Local), CudaError.IllegalAddress,
            "thread (5, 0, 0)", "local memory has 20");
    }

    [Test]
    public void An_access_outside_every_allocation_is_a_fault()
    {
        Faults(() => Run(61, Addresses + "ld.global.f32 %f1, [%rd6];"), CudaError.IllegalAddress, "thread (60, 0, 0)",
            "one of 240 bytes ends 0 before", "ld.global.f32");
        Faults(() => Run(60, Addresses + "st.global.f32 [%rd4+-4], 0f00000000;"), CudaError.IllegalAddress, "thread (0, 0, 0)");
        Faults(() => Run(1, "mov.b64 %rd4, 0; ld.global.f32 %f1, [%rd4];"), CudaError.IllegalAddress);

        // From one allocation into another: both ends are good, a thread between them is not.
        Faults(() => Run(60, Addresses + """
            setp.lt.s32 %p1, %r0, 30; selp.b64 %rd7, %rd6, %rd4, %p1; setp.ne.s32 %p2, %r0, 17; selp.b64 %rd7, %rd7, %rd5, %p2;
            ld.global.f32 %f1, [%rd7];
            """), CudaError.IllegalAddress, "thread (17, 0, 0)");
    }

    [Test]
    public void Freed_memory_is_nobodys()
    {
        var memory = new DeviceMemory();
        nint first = memory.Allocate(64), second = memory.Allocate(64);
        PtxKernel kernel = PtxSample.Kernel("ld.global.f32 %f1, [%rd0];");
        byte[] parameters = [.. BitConverter.GetBytes((long)first), .. new byte[24]];
        kernel.Launch(memory, new Dim3(1, 1, 1), new Dim3(1, 1, 1), 0, parameters);
        memory.Free(first);
        Faults(() => kernel.Launch(memory, new Dim3(1, 1, 1), new Dim3(1, 1, 1), 0, parameters), CudaError.IllegalAddress);
        Assert.That(() => memory.Free(first), Throws.ArgumentException);
        Assert.That(first % 256 == 0 && second % 256 == 0 && memory.Contains((ulong)second + 60, 4), Is.True);
        Assert.That(memory.Contains((ulong)second + 61, 4) || memory.Contains((ulong)second - 1, 1), Is.False);
        memory.Free(second);
    }

    [Test]
    public void An_access_that_is_not_aligned_to_its_size_is_a_fault()
    {
        Faults(() => Run(8, Addresses + "ld.global.f32 %f1, [%rd6+2];"), CudaError.MisalignedAddress);
        Faults(() => Run(8, Addresses + "ld.global.v4.f32 {%f1,%f2,%f3,%f4}, [%rd6];"), CudaError.MisalignedAddress,
            "thread (1, 0, 0)");
        Faults(() => Run(8, "st.shared.b32 [s+2], 0;", ".shared .align 4 .b8 s[16];"), CudaError.MisalignedAddress);
    }

    [Test]
    public void Shared_memory_has_an_end()
    {
        const string Kernel = "mul.wide.u32 %rd5, %r0, 4; st.shared.b32 [%rd5], %r0;";
        Assert.That(() => Run(4, Kernel, ".shared .align 4 .b8 s[16];"), Throws.Nothing);
        Faults(() => Run(5, Kernel, ".shared .align 4 .b8 s[16];"), CudaError.IllegalAddress, "thread (4, 0, 0)",
            "shared memory has 16");
        Faults(() => Run(1, Kernel, ".shared .align 4 .b8 s[49156];"), CudaError.InvalidValue, "49152 are the most");
    }

    [Test]
    public void A_launch_is_checked()
    {
        PtxKernel kernel = PtxSample.Kernel("ret;");
        var memory = new DeviceMemory();
        var one = new Dim3(1, 1, 1);
        Assert.That(kernel.ParameterBytes, Is.EqualTo(32));
        Faults(() => kernel.Launch(memory, one, one, 0, new byte[31]), CudaError.InvalidValue, "32 are wanted");
        Faults(() => kernel.Launch(memory, one, new Dim3(32, 33, 1), 0, new byte[32]), CudaError.InvalidValue);
        Faults(() => kernel.Launch(memory, new Dim3(0, 1, 1), one, 0, new byte[32]), CudaError.InvalidValue);
        Faults(() => kernel.Launch(memory, one, one, 48 * 1024 + 1, new byte[32]), CudaError.InvalidValue);
        Assert.That(() => kernel.Launch(memory, one, new Dim3(1024, 1, 1), 48 * 1024, new byte[32]), Throws.Nothing);
    }

    [Test]
    public void Parameters_lie_by_their_alignment()
    {
        PtxKernel kernel = PtxModule.Parse(PtxSample.Head + """
            .visible .entry K(.param .b8 a, .param .b64 d, .param .align 8 .b8 structure[12], .param .f32 last)
            {
            .reg .b16 %rs<2>; .reg .b32 %r<3>; .reg .b64 %rd<1>; .reg .f32 %f<1>;
            ld.param.b64 %rd0, [d];
            ld.param.b8 %rs1, [a];
            cvt.s32.u8 %r1, %rs1;
            ld.param.b32 %r2, [structure+8];
            ld.param.f32 %f0, [last];
            st.global.b32 [%rd0], %r1;
            st.global.b32 [%rd0+4], %r2;
            st.global.f32 [%rd0+8], %f0;
            }
            """).Kernel("K");
        Assert.That(kernel.Parameters.Select(one => (one.Offset, one.Bytes)), Is.EqualTo([(0, 1), (8, 8), (16, 12), (28, 4)]));
        var memory = new DeviceMemory();
        nint d = memory.Allocate(12);
        byte[] parameters = new byte[32];
        parameters[0] = 200;
        BitConverter.TryWriteBytes(parameters.AsSpan(8), (long)d);
        BitConverter.TryWriteBytes(parameters.AsSpan(24), -3);
        BitConverter.TryWriteBytes(parameters.AsSpan(28), 1.5f);
        kernel.Launch(memory, new Dim3(1, 1, 1), new Dim3(2, 1, 1), 0, parameters);
        Assert.That((System.Runtime.InteropServices.Marshal.ReadInt32(d), System.Runtime.InteropServices.Marshal.ReadInt32(d, 4),
            BitConverter.Int32BitsToSingle(System.Runtime.InteropServices.Marshal.ReadInt32(d, 8))), Is.EqualTo((200, -3, 1.5f)));
        memory.Free(d);
    }

    [TestCase("frob.f32 %f1, %f2;", "does not know")]
    [TestCase("add.ftz.f32 %f1, %f2, %f3;", "does not know")]
    [TestCase("add.f32 %f1, %f2;", "3 operands")]
    [TestCase("add.f32 %f1, %f2, %rd1;", "another width")]
    [TestCase("add.f32 %f1, %f2, %f32;", "no register")]
    [TestCase("add.s32 1, %r1, %r2;", "must be a register")]
    [TestCase("add.s32 %r1, %r2, 4294967296;", "more than 32 bits")]
    [TestCase("bra Nowhere;", "no such label")]
    [TestCase("bar.sync 1;", "barrier 0")]
    [TestCase("ld.param.b32 %r1, [x];", "no parameter x")]
    [TestCase("ld.param.b32 %r1, [d+8];", "outside of d")]
    [TestCase("@%r1 ret;", "no such predicate")]
    [TestCase("mov.b32 %r1, %clock;", "no register %clock")]
    [TestCase("{ mov.b32 %r1, 0; }", "")]
    public void What_is_not_known_is_refused_with_its_line(string instruction, string why)
    {
        PtxException refused = Assert.Throws<PtxException>(() => PtxSample.Kernel($"{instruction}\nret;"))!;
        Assert.That(refused.Message, Does.Contain(why).And.StartWith("line "));
    }

    private static float[] Run(int threads, string body, string variables = "")
    {
        var d = new float[60];
        PtxSample.Launch(PtxSample.Kernel(body, variables), new Dim3(1, 1, 1), new Dim3(threads, 1, 1), d, Sixty);
        return d;
    }

    private static void Faults(Action launch, CudaError code, params string[] says)
    {
        PtxFault fault = Assert.Throws<PtxFault>(launch)!;
        Assert.That(fault.Code, Is.EqualTo(code), fault.Message);
        foreach (string text in says) Assert.That(fault.Message, Does.Contain(text));
    }
}
