using NetViz.CudaEmulator;
using NetViz.CudaEmulator.Ptx;
using NUnit.Framework;

namespace NetViz.Tests.Cuda;

/// <summary>Threads that part and meet, barriers, races, and places in grid and block, in the PTX interpreter.</summary>
public class PtxFlowTests
{
    // %rd4 = the address of d[%r0], of a word each.
    private const string StoreR1 = "mul.wide.u32 %rd4, %r0, 4; add.u64 %rd4, %rd4, %rd0; st.global.b32 [%rd4], %r1;";

    [Test]
    public void Threads_leave_a_loop_when_each_is_done()
    {
        // Steps of n -> n / 2 or 3 n + 1 until 1.
        int[] got = Run(200, $"""
            add.s32 %r2, %r0, 1;
            mov.b32 %r1, 0;
            Loop:
            setp.eq.s32 %p1, %r2, 1;
            @%p1 bra Done;
            add.s32 %r1, %r1, 1;
            and.b32 %r3, %r2, 1;
            setp.ne.s32 %p2, %r3, 0;
            @%p2 bra Odd;
            shr.u32 %r2, %r2, 1;
            bra.uni Loop;
            Odd:
            mul.lo.s32 %r2, %r2, 3;
            add.s32 %r2, %r2, 1;
            bra.uni Loop;
            Done:
            {StoreR1}
            ret;
            """);
        Assert.That(got, Is.EqualTo(Enumerable.Range(1, 200).Select(Steps)));

        static int Steps(int n) => n == 1 ? 0 : 1 + Steps(n % 2 == 0 ? n / 2 : 3 * n + 1);
    }

    [Test]
    public void A_join_may_stand_in_front_of_what_leads_to_it()
    {
        int[] got = Run(64, $"""
            and.b32 %r2, %r0, 3;
            setp.eq.s32 %p1, %r2, 0;
            @!%p1 bra.uni Other;
            bra.uni Multiple;
            Join:
            {StoreR1}
            bar.sync 0;
            ret;
            Other:
            mov.b32 %r1, %r2;
            bra.uni Join;
            Multiple:
            mov.b32 %r1, -7;
            bra.uni Join;
            """);
        Assert.That(got, Is.EqualTo(Enumerable.Range(0, 64).Select(t => t % 4 == 0 ? -7 : t % 4)));
    }

    [Test]
    public void Some_threads_return_early()
    {
        int[] got = Run(100, $"mov.b32 %r1, 1; and.b32 %r2, %r0, 1; setp.eq.s32 %p1, %r2, 0; @!%p1 ret; {StoreR1}");
        Assert.That(got, Is.EqualTo(Enumerable.Range(0, 100).Select(t => 1 - t % 2)));
    }

    [Test]
    public void Threads_know_their_places()
    {
        const string Place = """
            mov.b32 %r1, %ctaid.z; mov.b32 %r2, %nctaid.y; mov.b32 %r3, %ctaid.y; mad.lo.s32 %r1, %r1, %r2, %r3;
            mov.b32 %r2, %nctaid.x; mov.b32 %r3, %ctaid.x; mad.lo.s32 %r1, %r1, %r2, %r3;
            mov.b32 %r2, %ntid.z; mov.b32 %r3, %tid.z; mad.lo.s32 %r1, %r1, %r2, %r3;
            mov.b32 %r2, %ntid.y; mov.b32 %r3, %tid.y; mad.lo.s32 %r1, %r1, %r2, %r3;
            mov.b32 %r2, %ntid.x; mov.b32 %r3, %tid.x; mad.lo.s32 %r0, %r1, %r2, %r3;
            mov.b32 %r4, %laneid; add.s32 %r1, %r0, 0; mul.lo.s32 %r1, %r1, 32; add.s32 %r1, %r1, %r4;
            """;
        var d = new int[4 * 3 * 2 * 5 * 3 * 4];
        PtxSample.Launch<int, int>(PtxSample.Kernel(Place + StoreR1), new Dim3(4, 3, 2), new Dim3(5, 3, 4), d);
        Assert.That(d, Is.EqualTo(Enumerable.Range(0, d.Length).Select(k => 32 * k + k % 60 % 32)));
    }

    [Test]
    public void A_barrier_orders_shared_memory()
    {
        Assert.That(Run(96, Reversed("bar.sync 0;"), Shared), Is.EqualTo(Enumerable.Range(0, 96).Reverse()));
        PtxFault fault = Assert.Throws<PtxFault>(() => Run(96, Reversed(""), Shared))!;
        Assert.That(fault.Code, Is.EqualTo(CudaError.LaunchFailed));
        Assert.That(fault.Message, Does.Contain("thread (0, 0, 0): a race: reads the word at 380")
            .And.Contain("thread (95, 0, 0) wrote").And.Contain("ld.shared.b32"));
    }

    [Test]
    public void Reading_and_then_writing_needs_a_barrier_too()
    {
        // Each thread sets its word, reads the first, and thread 0 writes that one anew.
        static string Kernel(string between) => $"""
            mul.wide.u32 %rd5, %r0, 4; mov.b64 %rd6, s; add.u64 %rd5, %rd5, %rd6; st.shared.b32 [%rd5], 5;
            bar.sync 0;
            ld.shared.b32 %r1, [s];
            {between}
            setp.ne.s32 %p1, %r0, 0;
            @%p1 bra Out;
            st.shared.b32 [s], 6;
            Out:
            {StoreR1}
            """;
        Assert.That(Run(64, Kernel("bar.sync 0;"), Shared), Is.All.EqualTo(5));
        Assert.That(() => Run(64, Kernel(""), Shared), Throws.TypeOf<PtxFault>()
            .With.Message.Contains("reads the word at 0 of shared memory, which thread (0, 0, 0) wrote"));
        Assert.That(Run(1, Kernel(""), Shared), Is.All.EqualTo(5), "a thread may do both");
    }

    [Test]
    public void A_race_is_found_however_much_was_read_before()
    {
        // All threads read the first word a thousand times before the last one writes it.
        static string Kernel(string between) => $"""
            mov.b32 %r2, 0;
            Loop:
            ld.shared.b32 %r1, [s];
            add.s32 %r2, %r2, 1;
            setp.lt.s32 %p1, %r2, 1000;
            @%p1 bra Loop;
            {between}
            setp.ne.s32 %p1, %r0, 255;
            @%p1 ret;
            st.shared.b32 [s], 6;
            """;
        Assert.That(() => Run(256, Kernel("bar.sync 0;"), Shared), Throws.Nothing);
        Assert.That(() => Run(256, Kernel(""), Shared), Throws.TypeOf<PtxFault>().With.Message.Contains("a race"));
    }

    [Test]
    public void Two_threads_must_not_write_one_word() =>
        Assert.That(() => Run(2, "st.shared.b32 [s], %r0;", Shared),
            Throws.TypeOf<PtxFault>().With.Message.Contains("writes the word at 0"));

    [Test]
    public void What_nobody_wrote_reads_as_NaN() =>
        Assert.That(Run(32, $"mul.wide.u32 %rd5, %r0, 4; ld.shared.b32 %r1, [%rd5+64]; {StoreR1}", Shared), Is.All.EqualTo(-1));

    [Test]
    public void A_barrier_that_not_all_threads_reach_is_a_fault()
    {
        const string Half = "setp.lt.s32 %p1, %r0, 32;";
        Assert.That(() => Run(64, Half + "@%p1 ret; bar.sync 0;"),
            Throws.TypeOf<PtxFault>().With.Message.Contains("32 of the block's 64 threads have ended"));
        Assert.That(() => Run(64, Half + "@%p1 bra A; bar.sync 0; ret; A: bar.sync 0; ret;"),
            Throws.TypeOf<PtxFault>().With.Message.Contains("others wait at another one")
                .And.Property(nameof(PtxFault.Code)).EqualTo(CudaError.LaunchFailed));
    }

    [Test]
    public void A_tensor_cores_step_takes_whole_warps() => Assert.That(() => Run(64,
        "setp.eq.s32 %p1, %r0, 40; @%p1 ret; "
        + "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f0,%f1,%f2,%f3},{%r1,%r1,%r1,%r1},"
        + "{%r1,%r1},{%f0,%f1,%f2,%f3};"), Throws.TypeOf<PtxFault>().With.Message.Contains("thread (32, 0, 0)"));

    [Test]
    public void A_tensor_cores_step_multiplies_matrices()
    {
        // Two warps, each with matrices of its own; whole numbers, so that the order of summation does not matter.
        const int Warps = 2, M = 16, N = 8, K = 8;
        var random = new Random(3);
        float[] a = Numbers(M * K), b = Numbers(K * N), c = Numbers(M * N);
        uint[][] registers = [.. Enumerable.Range(0, 10).Select(_ => new uint[32 * Warps])];
        var want = new float[4 * 32 * Warps];
        for (int lane = 0; lane < 32 * Warps; lane++)
        {
            int w = lane / 32, g = lane % 32 / 4, t = lane % 4;
            float A(int m, int k) => a[(w * M + m) * K + k];
            float B(int k, int n) => b[(w * K + k) * N + n];
            float[] own = [A(g, t), A(g + 8, t), A(g, t + 4), A(g + 8, t + 4), B(t, g), B(t + 4, g)];

            // The lower 13 bits of what is multiplied do not count.
            for (int j = 0; j < 6; j++) registers[j][lane] = BitConverter.SingleToUInt32Bits(own[j]) | 0x1FFF;
            for (int j = 0; j < 4; j++)
            {
                int m = g + 8 * (j / 2), n = 2 * t + j % 2;
                float sum = c[(w * M + m) * N + n];
                registers[6 + j][lane] = BitConverter.SingleToUInt32Bits(sum);
                want[j * 32 * Warps + lane] = sum + Enumerable.Range(0, K).Sum(k => A(m, k) * B(k, n));
            }
        }

        string loads = string.Concat(Enumerable.Range(0, 10).Select(j =>
            $"ld.global.b32 %r{j + 1}, [%rd4+{j * 4 * 32 * Warps}];\n"));
        string stores = string.Concat(Enumerable.Range(0, 4).Select(j => $"st.global.f32 [%rd4+{j * 4 * 32 * Warps}], %f{j};\n"));
        PtxKernel kernel = PtxSample.Kernel($$"""
            mul.wide.u32 %rd5, %r0, 4;
            add.u64 %rd4, %rd1, %rd5;
            {{loads}}
            mov.f32 %f0, %r7; mov.f32 %f1, %r8; mov.f32 %f2, %r9; mov.f32 %f3, %r10;
            mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f0,%f1,%f2,%f3}, {%r1,%r2,%r3,%r4}, {%r5,%r6}, {%f0,%f1,%f2,%f3};
            add.u64 %rd4, %rd0, %rd5;
            {{stores}}
            """);
        var got = new float[want.Length];
        PtxSample.Launch<float, uint>(kernel, new Dim3(1, 1, 1), new Dim3(32 * Warps, 1, 1), got,
            [.. registers.SelectMany(row => row)]);
        Assert.That(got, Is.EqualTo(want));

        float[] Numbers(int count) => [.. Enumerable.Range(0, count * Warps).Select(_ => (float)random.Next(-20, 21))];
    }

    private const string Shared = ".shared .align 4 .b8 s[512];";

    private static string Reversed(string barrier) => $"""
        mul.wide.u32 %rd5, %r0, 4; mov.b64 %rd6, s; add.u64 %rd5, %rd5, %rd6;
        st.shared.b32 [%rd5], %r0;
        {barrier}
        mov.b32 %r2, %ntid.x; sub.s32 %r2, %r2, 1; sub.s32 %r2, %r2, %r0; mul.wide.u32 %rd5, %r2, 4; add.u64 %rd5, %rd5, %rd6;
        ld.shared.b32 %r1, [%rd5];
        {StoreR1}
        """;

    private static int[] Run(int threads, string body, string variables = "")
    {
        var d = new int[threads];
        PtxSample.Launch<int, int>(PtxSample.Kernel(body, variables), new Dim3(1, 1, 1), new Dim3(threads, 1, 1), d);
        return d;
    }
}
