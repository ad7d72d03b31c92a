using NetViz.CudaEmulator;
using NUnit.Framework;
using static NetViz.Tests.Cuda.EmulatedDriver;

namespace NetViz.Tests.Cuda;

/// <summary>
/// The emulated driver does what CUDA's manual says where it can hurt: nothing runs before somebody waits, handles end, faults
/// stay.
/// </summary>
[Platform("64-Bit-Process")]
public sealed class DriverTests
{
    /// <summary>Thread i of a block of at most 256 writes i + 1 to the i-th word of the address that is the parameter.</summary>
    private const string Counts = """
        .version 7.8
        .target sm_80
        .address_size 64
        .visible .entry Counts(.param .u64 target)
        {
            .reg .b32 %r<3>;
            .reg .b64 %rd<4>;
            ld.param.u64 %rd1, [target];
            cvta.to.global.u64 %rd1, %rd1;
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd2, %r1, 4;
            add.u64 %rd3, %rd1, %rd2;
            add.u32 %r2, %r1, 1;
            st.global.u32 [%rd3], %r2;
            ret;
        }
        """;

    private nint _context;

    [SetUp]
    public void Open()
    {
        Check(Initialize());
        Check(CreateContext(out _context));
    }

    [TearDown]
    public void Close() => DestroyContext(_context);

    [Test]
    public void A_context_is_current_on_one_thread_until_another_takes_it()
    {
        Check(Allocate(16, out nint address));
        CudaError before = CudaError.Success, after = CudaError.Unknown, destroyed = CudaError.Success;
        using var isTaken = new ManualResetEventSlim();
        using var isDestroyed = new ManualResetEventSlim();
        var other = new Thread(() =>
        {
            before = Free(address);
            SetCurrent(_context);
            after = Free(address);
            isTaken.Set();
            isDestroyed.Wait();
            destroyed = Synchronize();
            SetCurrent(0);
        });
        other.Start();
        isTaken.Wait();
        Check(DestroyContext(_context));
        isDestroyed.Set();
        other.Join();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.EqualTo(CudaError.InvalidContext));
            Assert.That(after, Is.EqualTo(CudaError.Success));
            Assert.That(destroyed, Is.EqualTo(CudaError.ContextIsDestroyed));
            Assert.That(Synchronize(), Is.EqualTo(CudaError.InvalidContext), "cuCtxDestroy takes it from its own thread");
            Assert.That(SetCurrent(_context), Is.EqualTo(CudaError.InvalidContext));
        }
    }

    [Test]
    public unsafe void Page_locked_memory_is_read_when_the_copy_runs_and_other_memory_at_the_call()
    {
        int* locked = stackalloc int[1], plain = stackalloc int[1], found = stackalloc int[2];
        Check(Register((nint)locked, 4));
        Check(CreateStream(out nint stream));
        Check(Allocate(8, out nint address));
        (*locked, *plain) = (1, 1);
        Check(Copy(address, (nint)locked, 4, stream));
        Check(Copy(address + 4, (nint)plain, 4, stream));
        (*locked, *plain) = (2, 2);
        Check(Synchronize(stream));
        Check(Copy((nint)found, address, 8, stream));
        Assert.That((found[0], found[1]), Is.EqualTo((2, 1)));
        Check(Copy((nint)locked, address + 4, 4, stream));
        Assert.That(*locked, Is.EqualTo(2), "down to page-locked memory nothing has come yet");
        Check(Synchronize(stream));
        Assert.That(*locked, Is.EqualTo(1));
        Check(Unregister((nint)locked));
    }

    [Test]
    public unsafe void Page_locked_memory_that_is_given_back_too_early_is_a_fault_that_stays()
    {
        int* locked = stackalloc int[1];
        Check(Register((nint)locked, 4));
        Check(Allocate(4, out nint address));
        Check(Copy(address, (nint)locked, 4));
        Check(Unregister((nint)locked));
        Assert.That(Synchronize(), Is.EqualTo(CudaError.IllegalAddress));
        Assert.That(Free(address), Is.EqualTo(CudaError.IllegalAddress));
        Assert.That(Allocate(4, out _), Is.EqualTo(CudaError.IllegalAddress));
        Check(DestroyContext(_context));
    }

    [Test]
    public unsafe void Streams_do_not_wait_for_each_other()
    {
        int found = 0;
        Check(Allocate(4, out nint address));
        Check(CreateStream(out nint first));
        Check(CreateStream(out nint second));
        Check(Set(address, 7, 4, first));
        Check(Copy((nint)(&found), address, 4, second));
        Assert.That(found, Is.EqualTo(-1), "memory that nobody wrote to is NaN throughout");
        Check(Synchronize(first));
        Check(Copy((nint)(&found), address, 4, second));
        Assert.That(found, Is.EqualTo(0x07070707));
    }

    [Test]
    public unsafe void A_destroyed_stream_still_does_what_it_was_given()
    {
        int found = 0;
        Check(Allocate(4, out nint address));
        Check(CreateStream(out nint stream));
        Check(Set(address, 7, 4, stream));
        Check(DestroyStream(stream));
        Assert.That(Synchronize(stream), Is.EqualTo(CudaError.InvalidHandle));
        Check(Synchronize());
        Check(Copy((nint)(&found), address, 4));
        Assert.That(found, Is.EqualTo(0x07070707));
    }

    [Test]
    public unsafe void An_event_is_reached_when_its_stream_came_by()
    {
        byte* locked = stackalloc byte[1];
        *locked = 0;
        Check(Register((nint)locked, 1));
        Check(Allocate(1, out nint address));
        Check(CreateStream(out nint stream));
        Check(CreateEvent(out nint start));
        Check(CreateEvent(out nint end));
        Assert.That(Elapsed(start, end, out _), Is.EqualTo(CudaError.InvalidHandle));
        Check(Record(start, stream));
        Check(Set(address, 1, 1, stream));
        Check(Copy((nint)locked, address, 1, stream));
        Check(Record(end, stream));
        Check(Set(address, 2, 1, stream));
        Check(Copy((nint)locked, address, 1, stream));
        Assert.That(Elapsed(start, end, out _), Is.EqualTo(CudaError.NotReady));
        Assert.That(Query(end), Is.EqualTo(CudaError.NotReady));
        Check(WaitFor(end));
        Assert.That(*locked, Is.EqualTo(1), "what follows the event has not run");
        Check(Elapsed(start, end, out float milliseconds));
        Assert.That(milliseconds, Is.Positive);
        Check(Record(end, stream));
        while (Query(end) == CudaError.NotReady)
        {
        }

        Assert.That(*locked, Is.EqualTo(2));
        Check(Unregister((nint)locked));
    }

    [Test]
    public unsafe void Memory_is_counted_and_given_back_once()
    {
        Check(MemoryInfo(out nint free, out nint total));
        Assert.That(Allocate(total + 1, out _), Is.EqualTo(CudaError.OutOfMemory));
        Assert.That(Allocate(0, out _), Is.EqualTo(CudaError.InvalidValue));
        Check(Allocate(100, out nint address));
        Check(MemoryInfo(out nint left, out _));
        Assert.That(left, Is.LessThanOrEqualTo(free));
        int word = 0;
        Assert.That(Copy(address + 98, (nint)(&word), 4), Is.EqualTo(CudaError.InvalidValue), "past the end");
        Check(Free(address));
        Assert.That(Free(address), Is.EqualTo(CudaError.InvalidValue));
        Check(Free(0));
    }

    [Test]
    public unsafe void Ranges_of_the_host_are_locked_once_by_the_byte()
    {
        byte* memory = stackalloc byte[100];
        nint at = (nint)memory;
        Check(Register(at, 50));
        Check(Register(at + 50, 50));
        Assert.That(Register(at + 10, 1), Is.EqualTo(CudaError.HostMemoryAlreadyRegistered));
        Assert.That(Unregister(at + 10), Is.EqualTo(CudaError.InvalidValue));
        Check(Unregister(at));
        Assert.That(Unregister(at), Is.EqualTo(CudaError.HostMemoryNotRegistered));
        Check(Unregister(at + 50));
    }

    [Test]
    public unsafe void A_kernel_runs_when_somebody_waits()
    {
        var found = new int[64];
        nint function = Load();
        Check(Allocate(256, out nint address));
        Check(CreateStream(out nint stream));
        Check(Launch(function, 1, 64, address, stream));
        fixed (int* to = found)
        {
            Check(Copy((nint)to, address, 256));
            Assert.That(found, Is.All.EqualTo(-1), "the default stream does not wait for it");
            Check(Copy((nint)to, address, 256, stream));
        }

        Assert.That(found, Is.EqualTo(Enumerable.Range(1, 64)));
    }

    [Test]
    public void A_kernel_that_writes_past_a_buffer_ends_the_context()
    {
        nint function = Load();
        Check(Allocate(252, out nint address));
        Check(Launch(function, 1, 64, address));
        Assert.That(Synchronize(), Is.EqualTo(CudaError.IllegalAddress));
        Assert.That(Launch(function, 1, 1, address), Is.EqualTo(CudaError.IllegalAddress));
        Assert.That(MemoryInfo(out _, out _), Is.EqualTo(CudaError.IllegalAddress));
    }

    [Test]
    public void Launches_that_no_device_takes_are_refused_at_the_call()
    {
        nint function = Load();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Launch(function, 0, 32, 0), Is.EqualTo(CudaError.InvalidValue));
            Assert.That(Launch(function, 1, 1025, 0), Is.EqualTo(CudaError.InvalidValue));
            Assert.That(Launch(function + 1, 1, 32, 0), Is.EqualTo(CudaError.InvalidHandle));
            Assert.That(Launch(function, 1, 32, 0, stream: 12345), Is.EqualTo(CudaError.InvalidHandle));
        }
    }

    [TestCase(".target sm_80", ".target sm_80\n.nonsense", CudaError.InvalidPtx, "nonsense")]
    [TestCase(".version 7.8", ".version 8.7", CudaError.UnsupportedPtxVersion, "8.7")]
    [TestCase(".target sm_80", ".target sm_100", CudaError.NoBinaryForGpu, "sm_100")]
    public void Code_that_cannot_run_is_refused_with_a_reason(string part, string instead, CudaError error, string reason)
    {
        Assert.That(EmulatedDriver.Load(Counts.Replace(part, instead), out _, out string log), Is.EqualTo(error));
        Assert.That(log, Does.Contain(reason));
    }

    [Test]
    public void A_kernel_ends_with_its_module()
    {
        Check(EmulatedDriver.Load(Counts, out nint module, out _));
        Assert.That(Function(module, "Other", out _), Is.EqualTo(CudaError.NotFound));
        Check(Function(module, "Counts", out nint function));
        Check(Unload(module));
        Assert.That(Launch(function, 1, 1, 0), Is.EqualTo(CudaError.InvalidHandle));
        Assert.That(Unload(module), Is.EqualTo(CudaError.InvalidHandle));
    }

    private static nint Load()
    {
        Check(EmulatedDriver.Load(Counts, out nint module, out _));
        Check(Function(module, "Counts", out nint function));
        return function;
    }

    private static void Check(CudaError error) => Assert.That(error, Is.EqualTo(CudaError.Success));
}
