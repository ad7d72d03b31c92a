using NetViz.Engine;
using NetViz.Weights.Catalogue;
using NUnit.Framework;

namespace NetViz.Tests.Weights.Catalogue;

/// <summary>Servers on 127.0.0.1 that never stall and never come to an end; a clock goes on with each byte that came.</summary>
public class SlowServerTests
{
    private DownloadBench _bench = null!;

    [SetUp]
    public void MakeBench() => _bench = new DownloadBench();

    [TearDown]
    public void RemoveBench() => _bench.Dispose();

    [Test]
    public async Task A_server_that_sends_a_byte_now_and_then_is_given_up()
    {
        using var server = new MisbehavingServer(_bench.Content) { Afterwards = new() { BytesPerSecond = 2_000 } };
        var clock = new ClockOfBytes(secondsForEach: 0.01);
        NetVizException refusal = (await Assert.ThrowsAsync<NetVizException>(() =>
            GetAsync(server, clock, TimeSpan.FromHours(24), tries: 1)))!;
        Assert.That(refusal.Message, Does.Contain("bytes came in").And.Contain("1,000 a second").And.Contain("run it again"));
        Assert.That(_bench.PartLength, Is.GreaterThan(0).And.LessThan(_bench.Model.Bytes), "what came is kept");
    }

    [Test]
    public async Task A_download_that_takes_longer_than_its_deadline_is_given_up()
    {
        using var server = new MisbehavingServer(_bench.Content) { Afterwards = new() { BytesPerSecond = 20_000 } };
        var clock = new ClockOfBytes(secondsForEach: 0.0001);
        NetVizException refusal = (await Assert.ThrowsAsync<NetVizException>(() =>
            GetAsync(server, clock, TimeSpan.FromSeconds(1), tries: 5)))!;
        Assert.That(refusal.Message, Does.Contain("could not be downloaded within").And.Contain("run it again"));
        Assert.That(_bench.PartLength, Is.GreaterThan(0).And.LessThan(_bench.Model.Bytes));
    }

    [Test]
    public async Task What_came_of_a_slow_server_counts_for_the_next_try()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { BytesPerSecond = 2_000 });
        await GetAsync(server, new ClockOfBytes(secondsForEach: 0.0011, enough: 1_900), TimeSpan.FromHours(24), tries: 3);
        Assert.That(_bench.IsWhole);
        Assert.That(server.Requests[^1].RangeStart, Is.GreaterThan(0));
    }

    private Task<string> GetAsync(MisbehavingServer server, ClockOfBytes clock, TimeSpan deadline, int tries) =>
        _bench.Cache.GetAsync(_bench.Model, new DownloadOptions
        {
            From = server.Address, Tries = tries, Clock = clock, Deadline = deadline, RateTime = TimeSpan.FromSeconds(2),
            Wait = (_, _) => Task.CompletedTask,
        }, clock);

    /// <summary>A clock that the download itself drives: it goes on with the bytes, until enough of them came.</summary>
    private sealed class ClockOfBytes(double secondsForEach, long enough = long.MaxValue)
        : TimeProvider, IProgress<DownloadProgress>
    {
        private long _bytes;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() =>
            TimeSpan.FromSeconds(Math.Min(Interlocked.Read(ref _bytes), enough) * secondsForEach).Ticks;

        public void Report(DownloadProgress value) => Interlocked.Exchange(ref _bytes, value.Bytes);
    }
}
