using System.Collections.Concurrent;
using NetViz.Engine;
using NetViz.Weights.Catalogue;
using NUnit.Framework;

namespace NetViz.Tests.Weights.Catalogue;

/// <summary>What holds of a cache whatever servers and other users of it do: a file of a final name is whole.</summary>
public class CacheUnderFireTests
{
    [TestCaseSource(nameof(Seeds))]
    public async Task Any_mixture_of_faults_ends_in_the_file_or_in_an_error(int seed)
    {
        using var bench = new DownloadBench(100_000 + seed);
        var random = new Random(seed);
        using var server = new MisbehavingServer(bench.Content,
            [.. Enumerable.Range(0, 12).Select(_ => Any(random, bench.Content))]);
        // Each round is another process that finds what the one before it left; the thirteenth request is answered honestly.
        for (int round = 0; round < 20; round++)
        {
            if (random.Next(3) == 0) bench.Leave(bench.Content.AsSpan(0, random.Next(bench.Content.Length)));
            if (random.Next(5) == 0) bench.Leave(new byte[random.Next(120_000)]);
            try
            {
                await bench.GetAsync(server.Address, tries: 1 + random.Next(3), stallMilliseconds: 150);
                break;
            }
            catch (NetVizException)
            {
                Assert.That(File.Exists(bench.Final), Is.False, "an error, and yet a file");
            }
        }

        Assert.That(bench.IsWhole);
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(bench.Final)!), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Of_many_at_once_one_downloads()
    {
        using var bench = new DownloadBench();
        using var server = new MisbehavingServer(bench.Content, new Conduct { BytesPerSecond = 1_000_000 });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => bench.GetAsync(server.Address))));
        Assert.That(bench.IsWhole);
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Who_waits_is_told_why_and_can_stop()
    {
        using var bench = new DownloadBench();
        using var server = new MisbehavingServer(bench.Content, new Conduct { StallAfter = 1000 });
        using CancellationTokenSource first = new(), second = new();
        Task<string> downloads = bench.GetAsync(server.Address, cancellation: first.Token);
        while (bench.PartLength < 1000 && !downloads.IsCompleted) await Task.Delay(5);

        var notes = new ConcurrentQueue<string?>();
        Task<string> waits = bench.GetAsync(server.Address, progress: new Notes(notes), cancellation: second.Token);
        while (notes.IsEmpty && !waits.IsCompleted) await Task.Delay(5);
        Assert.That(notes.First(), Does.Contain("another process"));
        var busy = Assert.Throws<NetVizException>(() => bench.Cache.Remove(bench.Model));
        Assert.That(busy!.Message, Does.Contain("another process"));

        second.Cancel();
        first.Cancel();
        Assert.That(async () => await waits, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await downloads, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_file_of_another_length_is_replaced_and_one_that_is_removed_is_gone()
    {
        using var bench = new DownloadBench();
        using var server = new MisbehavingServer(bench.Content);
        Assert.That(bench.Cache.Remove(bench.Model), Is.Zero);
        Directory.CreateDirectory(Path.GetDirectoryName(bench.Final)!);
        File.WriteAllText(bench.Final, "cut");
        Assert.That(bench.Cache.Has(bench.Model), Is.False);
        await bench.GetAsync(server.Address);
        Assert.That(bench.Cache.Has(bench.Model));
        Assert.That(bench.Cache.Remove(bench.Model), Is.EqualTo(bench.Model.Bytes));
        Assert.That((bench.Cache.Has(bench.Model), Directory.Exists(Path.GetDirectoryName(bench.Final))),
            Is.EqualTo((false, false)));
    }

    [Test]
    public async Task A_cache_that_cannot_be_written_is_told()
    {
        using var bench = new DownloadBench();
        using var server = new MisbehavingServer(bench.Content);
        File.WriteAllText(bench.Cache.Folder, "a file where the folder should be");
        var error = await Assert.ThrowsAsync<NetVizException>(() => bench.GetAsync(server.Address));
        Assert.That(error!.Message, Does.Contain(bench.Cache.Folder).And.Contain("NETVIZ_CACHE"));
        Assert.That(server.Requests, Is.Empty);
    }

    private static IEnumerable<int> Seeds => Enumerable.Range(1, 30);

    private static readonly int[] Failures = [404, 403, 416, 429, 500, 503];

    private static Conduct Any(Random random, byte[] content)
    {
        var conduct = new Conduct();
        int length = content.Length, somewhere = random.Next(length);
        switch (random.Next(13))
        {
            case 0: conduct = conduct with { BreakAfter = somewhere }; break;
            case 1: conduct = conduct with { BreakAfter = somewhere, Reset = true }; break;
            case 2: conduct = conduct with { StallAfter = somewhere }; break;
            case 3: conduct = conduct with { DeclaredLength = random.Next(2 * length) }; break;
            case 4: conduct = conduct with { DeclaredTotal = random.Next(2 * length), BreakAfter = somewhere }; break;
            case 5: conduct = conduct with { RangeStart = somewhere }; break;
            case 6: conduct = conduct with { Status = Failures[random.Next(Failures.Length)] }; break;
            case 7: conduct = conduct with { Content = new byte[length] }; break;
            case 8: conduct = conduct with { Content = new byte[random.Next(1, 2 * length)] }; break;
            case 9: conduct = conduct with { DeclaredLength = -1, BreakAfter = somewhere }; break;
            case 10: conduct = conduct with { DeclaredLength = -1, GoesOn = true }; break;
            case 11: conduct = conduct with { Status = 302, Location = "/somewhere" }; break;
            default: conduct = conduct with { Status = 302, Location = "gopher://127.0.0.1/" }; break;
        }

        return conduct with { IgnoresRange = random.Next(3) == 0, ETag = random.Next(2) == 0 ? "\"tag\"" : null };
    }

    private sealed class Notes(ConcurrentQueue<string?> notes) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => notes.Enqueue(value.Note);
    }
}
