using NetViz.Weights.Catalogue;
using NUnit.Framework;

namespace NetViz.Tests.Weights.Catalogue;

/// <summary>Downloads from a server on 127.0.0.1 that fails in each way a server can, and the file comes all the same.</summary>
public class DownloadTests
{
    private DownloadBench _bench = null!;

    [SetUp]
    public void MakeBench() => _bench = new DownloadBench();

    [TearDown]
    public void RemoveBench() => _bench.Dispose();

    [Test]
    public async Task An_honest_server_is_asked_once_and_a_file_that_is_there_never_again()
    {
        var seen = new Seen();
        using (var server = new MisbehavingServer(_bench.Content))
        {
            Assert.That(await _bench.GetAsync(server.Address, progress: seen), Is.EqualTo(_bench.Final));
            Assert.That(server.Requests, Is.EqualTo((Received[])[new("/some/where/test-1.onnx", null, null)]));
        }

        Assert.That(await _bench.GetAsync("http://127.0.0.1:1"), Is.EqualTo(_bench.Final), "offline");
        RequireWhole();
        Assert.That(seen.Values.Select(value => value.Bytes), Is.Ordered.And.Some.EqualTo(_bench.Model.Bytes));
        Assert.That(_bench.Waits, Is.Empty);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task After_a_break_it_goes_on_where_the_bytes_end(bool reset)
    {
        Conduct breaks = new() { BreakAfter = 70_000, Reset = reset, ETag = "\"one\"" };
        using var server = new MisbehavingServer(_bench.Content, breaks, breaks, breaks)
        {
            Afterwards = new() { ETag = "\"one\"" },
        };
        await _bench.GetAsync(server.Address);
        RequireWhole();
        // A reset may throw away bytes that were on their way.
        long?[] starts = [.. server.Requests.Select(request => request.RangeStart)];
        Assert.That(starts, reset ? Has.Length.EqualTo(4).And.Ordered : Is.EqualTo((long?[])[null, 70_000, 140_000, 210_000]));
        if (!reset) Assert.That(server.Requests.Skip(1).Select(request => request.IfRange), Is.All.EqualTo("\"one\""));
        if (!reset) Assert.That(server.BytesSent, Is.EqualTo(_bench.Model.Bytes), "no byte twice");
    }

    [Test]
    public async Task A_server_without_ranges_starts_over()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { BreakAfter = 100_000 },
            new Conduct { IgnoresRange = true });
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[null, 100_000]));
    }

    [Test]
    public async Task A_file_that_changes_on_the_way_is_fetched_anew()
    {
        byte[] older = new byte[_bench.Content.Length];
        using var server = new MisbehavingServer(_bench.Content,
            new Conduct { Content = older, BreakAfter = 100_000, ETag = "\"older\"" })
        {
            Afterwards = new Conduct { ETag = "\"newer\"" },
        };
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests, Has.Count.EqualTo(2), "If-Range gave the new file whole");
    }

    [Test]
    public async Task Pieces_of_two_files_are_found_by_their_hash_and_fetched_anew_in_one()
    {
        _bench.Leave(new byte[100_000]);
        using var server = new MisbehavingServer(_bench.Content);
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[100_000, null]));
    }

    [Test]
    public async Task What_a_killed_process_left_is_gone_on_from()
    {
        _bench.Leave(_bench.Content.AsSpan(0, 123_456));
        using var server = new MisbehavingServer(_bench.Content);
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[123_456]));
        Assert.That(server.BytesSent, Is.EqualTo(_bench.Model.Bytes - 123_456));
    }

    [Test]
    public async Task A_part_that_is_complete_needs_no_network()
    {
        _bench.Leave(_bench.Content);
        await _bench.GetAsync("http://127.0.0.1:1");
        RequireWhole();
    }

    [Test]
    public async Task A_part_that_is_too_long_is_thrown_away()
    {
        _bench.Leave(new byte[400_000]);
        using var server = new MisbehavingServer(_bench.Content);
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests.Single().RangeStart, Is.Null);
    }

    [Test]
    public async Task A_length_that_is_too_short_is_not_believed()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { DeclaredLength = 1000 },
            new Conduct { BreakAfter = 5000 }, new Conduct { DeclaredTotal = 7000 });
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[null, null, 5000, 5000]));
    }

    [Test]
    public async Task A_length_that_is_too_long_is_not_waited_for()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { DeclaredLength = 900_000, StallAfter = 300_000 });
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Bytes_beyond_the_file_are_not_read()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { DeclaredLength = -1, GoesOn = true });
        await _bench.GetAsync(server.Address);
        RequireWhole();
        await Task.Delay(50);
        // What the sockets of both sides hold is sent, and no more.
        Assert.That(server.BytesSent, Is.LessThan(32_000_000));
    }

    [Test]
    public async Task Without_a_declared_length_an_early_end_is_seen_all_the_same()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { DeclaredLength = -1, BreakAfter = 50_000 });
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[null, 50_000]));
    }

    [Test]
    public async Task Another_range_than_was_asked_for_is_not_taken()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { BreakAfter = 50_000 },
            new Conduct { RangeStart = 49_000 });
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[null, 50_000, null]));
        Assert.That(_bench.Waits, Has.Count.EqualTo(2), "seen before a byte of it was taken");
    }

    [Test]
    public async Task A_range_that_a_server_refuses_is_not_asked_for_again_at_once()
    {
        _bench.Leave(_bench.Content.AsSpan(0, 50_000));
        using var server = new MisbehavingServer(_bench.Content, new Conduct { Status = 416 }, new Conduct { Status = 503 });
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[50_000, null, 50_000]),
            "the part is kept all the while");
    }

    [Test]
    public async Task A_server_that_falls_silent_is_left()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { StallAfter = 80_000 },
            new Conduct { StallAfter = 0 });
        await _bench.GetAsync(server.Address, stallMilliseconds: 300);
        RequireWhole();
        Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[null, 80_000, 80_000]));
    }

    [Test]
    public async Task A_slow_server_is_no_silent_one()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { BytesPerSecond = 80_000 });
        await _bench.GetAsync(server.Address, stallMilliseconds: 2000);
        RequireWhole();
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Waits_double_and_a_servers_wish_counts_within_bounds()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { Status = 500 },
            new Conduct { Status = 503, RetryAfter = "7" },
            new Conduct { Status = 429, RetryAfter = "100000" }, new Conduct { Status = 502 });
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(_bench.Waits.Select(wait => wait.TotalSeconds), Is.EqualTo((double[])[1, 7, 30, 8]));
    }

    [Test]
    public async Task Failures_with_a_mebibyte_between_them_are_not_in_a_row()
    {
        using var large = new DownloadBench(6_000_000);
        Conduct breaks = new() { BreakAfter = 1_100_000 };
        using var server = new MisbehavingServer(large.Content, breaks, breaks, breaks, breaks, breaks);
        await large.GetAsync(server.Address, tries: 2);
        Assert.That(large.IsWhole);
        Assert.That(server.Requests, Has.Count.EqualTo(6));
    }

    [Test]
    public async Task Redirects_are_followed_and_a_break_asks_the_first_address_again()
    {
        using var store = new MisbehavingServer(_bench.Content, new Conduct { BreakAfter = 10_000 });
        Conduct there = new() { Status = 302, Location = $"{store.Address}/signed?key=1" };
        using var server = new MisbehavingServer([], new Conduct { Status = 307, Location = "/elsewhere" }, there, there);
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests.Select(request => request.Path),
            Is.EqualTo((string[])["/some/where/test-1.onnx", "/elsewhere", "/some/where/test-1.onnx"]));
        Assert.That(store.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[null, 10_000]));
    }

    [Test]
    public async Task A_mirror_may_hold_the_files_side_by_side()
    {
        using var server = new MisbehavingServer(_bench.Content) { Has = path => path == "/mirror/test-1.onnx" };
        await _bench.GetAsync(server.Address + "/mirror");
        RequireWhole();
        Assert.That(server.Requests.Select(request => request.Path),
            Is.EqualTo((string[])["/mirror/some/where/test-1.onnx", "/mirror/test-1.onnx"]));
    }

    [TestCase(false, "some/where/test-1.onnx")]
    [TestCase(false, "test-1.onnx")]
    [TestCase(true, "test-1.onnx")]
    public async Task A_mirror_may_be_a_folder(bool asAddress, string path)
    {
        string folder = _bench.Beside("mirror"), file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, _bench.Content);
        _bench.Leave(_bench.Content.AsSpan(0, 1000));
        await _bench.GetAsync(asAddress ? new Uri(folder).AbsoluteUri : folder);
        RequireWhole();
    }

    [Test]
    public async Task What_was_cancelled_is_kept()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { StallAfter = 90_000 });
        using var cancel = new CancellationTokenSource();
        Task<string> download = _bench.GetAsync(server.Address, cancellation: cancel.Token);
        while (_bench.PartLength < 90_000 && !download.IsCompleted) await Task.Delay(5);
        cancel.Cancel();
        Assert.That(async () => await download, Throws.InstanceOf<OperationCanceledException>());
        await _bench.GetAsync(server.Address);
        RequireWhole();
        Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[null, 90_000]));
    }

    private void RequireWhole()
    {
        Assert.That(_bench.IsWhole);
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(_bench.Final)!), Is.EqualTo((string[])[_bench.Final]),
            "nothing else stays");
    }

    private sealed class Seen : IProgress<DownloadProgress>
    {
        public List<DownloadProgress> Values { get; } = [];

        public void Report(DownloadProgress value) => Values.Add(value);
    }
}
