using NetViz.Engine;
using NUnit.Framework;

namespace NetViz.Tests.Weights.Catalogue;

/// <summary>Downloads that cannot succeed: the message to the user, how often the server is asked, and what stays behind.</summary>
public class DownloadRefusalTests
{
    private DownloadBench _bench = null!;

    [SetUp]
    public void MakeBench() => _bench = new DownloadBench();

    [TearDown]
    public void RemoveBench() => _bench.Dispose();

    [Test]
    public async Task After_five_failures_in_a_row_it_gives_up_and_keeps_what_came()
    {
        using var server = new MisbehavingServer(_bench.Content, new Conduct { BreakAfter = 60_000 })
        {
            Afterwards = new() { Status = 503 },
        };
        var error = await Assert.ThrowsAsync<NetVizException>(() => _bench.GetAsync(server.Address));
        Assert.That(error!.Message, Does.Contain("503").And.Contain("5 times in a row").And.Contain("60,000 of 300,000"));
        Assert.That(server.Requests, Has.Count.EqualTo(5));
        Assert.That(_bench.Waits.Select(wait => wait.TotalSeconds), Is.EqualTo((double[])[1, 2, 4, 8]));
        Assert.That((File.Exists(_bench.Final), _bench.PartLength), Is.EqualTo((false, 60_000)));
    }

    [Test]
    public async Task A_server_that_always_breaks_at_one_place_and_starts_over_is_given_up()
    {
        using var large = new DownloadBench(3_000_000);
        Conduct breaks = new() { BreakAfter = 2_000_000, IgnoresRange = true };
        using var server = new MisbehavingServer(large.Content) { Afterwards = breaks };
        await Assert.ThrowsAsync<NetVizException>(() => large.GetAsync(server.Address));
        Assert.That(server.Requests, Has.Count.EqualTo(5), "only the first try came further");
    }

    [Test]
    public async Task A_wrong_file_is_named_by_both_hashes_and_removed()
    {
        using var server = new MisbehavingServer(_bench.Content) { Afterwards = new() { Content = new byte[300_000] } };
        var error = await Assert.ThrowsAsync<NetVizException>(() => _bench.GetAsync(server.Address));
        Assert.That(error!.Message, Does.Contain(_bench.Model.Sha256).And.Contain("SHA-256").And.Contain("removed")
            .And.Contain(server.Address));
        Assert.That(server.Requests, Has.Count.EqualTo(1), "the same file again would be as wrong");
        Assert.That((File.Exists(_bench.Final), File.Exists(_bench.Part)), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task A_wrong_file_after_a_wrong_part_is_fetched_twice_at_most()
    {
        _bench.Leave(new byte[1000]);
        using var server = new MisbehavingServer(_bench.Content) { Afterwards = new() { Content = new byte[300_000] } };
        await Assert.ThrowsAsync<NetVizException>(() => _bench.GetAsync(server.Address));
        Assert.That(server.Requests, Has.Count.EqualTo(2));
        Assert.That((File.Exists(_bench.Final), File.Exists(_bench.Part)), Is.EqualTo((false, false)));
    }

    [TestCase(404, "no such file")]
    [TestCase(403, "403")]
    [TestCase(501, "501")]
    public async Task What_no_other_try_can_mend_is_told_at_once(int status, string told)
    {
        using var server = new MisbehavingServer(_bench.Content) { Afterwards = new() { Status = status } };
        var error = await Assert.ThrowsAsync<NetVizException>(() => _bench.GetAsync(server.Address));
        Assert.That(error!.Message, Does.Contain(told).And.Contain("test-1.onnx"));
        Assert.That(_bench.Waits, Is.Empty);
        Assert.That(File.Exists(_bench.Part), Is.False);
    }

    [Test]
    public async Task A_page_in_place_of_the_file_is_not_taken_for_its_beginning()
    {
        using var server = new MisbehavingServer("<html>Please log in</html>"u8.ToArray());
        var error = await Assert.ThrowsAsync<NetVizException>(() => _bench.GetAsync(server.Address));
        Assert.That(error!.Message, Does.Contain("holds 26 bytes, and 300,000 are wanted"));
        Assert.That(_bench.PartLength, Is.Zero);
    }

    [TestCase("/again", "redirects more than 10 times")]
    [TestCase("file:///etc/hosts", "redirects to file")]
    [TestCase("ftp://127.0.0.1/x", "redirects to ftp")]
    [TestCase(null, "does not say where")]
    public async Task Other_redirects_are_refused(string? location, string told)
    {
        using var server = new MisbehavingServer(_bench.Content) { Afterwards = new() { Status = 302, Location = location } };
        var error = await Assert.ThrowsAsync<NetVizException>(() => _bench.GetAsync(server.Address));
        Assert.That(error!.Message, Does.Contain(told));
        Assert.That(server.Requests, Has.Count.LessThanOrEqualTo(11));
    }

    [Test]
    public async Task A_file_that_the_disk_has_no_space_for_is_not_begun()
    {
        using var server = new MisbehavingServer(_bench.Content);
        using var huge = new DownloadBench(1) { Model = _bench.Model with { Bytes = long.MaxValue } };
        var error = await Assert.ThrowsAsync<NetVizException>(() => huge.GetAsync(server.Address));
        Assert.That(error!.Message, Does.Contain("are free"));
        Assert.That(server.Requests, Is.Empty);
    }
}
