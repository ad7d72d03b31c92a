using System.Net;
using System.Text.Json;
using NetViz.Explorer.Server;
using NUnit.Framework;

namespace NetViz.Tests.Explorer;

/// <summary>What the explorer refuses, and how it says so.</summary>
internal sealed class ExplorerSafetyTests
{
    private RunningExplorer _explorer = null!;

    [OneTimeSetUp]
    public async Task Start() => _explorer = await RunningExplorer.StartAsync(new ExplorerOptions { MaxPictureBytes = 100_000 });

    [OneTimeTearDown]
    public async Task Stop() => await _explorer.DisposeAsync();

    [TestCase("layer?layer=nothing", 400, "no layer 'nothing'")]
    [TestCase("layer", 400, "'layer' is missing")]
    [TestCase("layer?layer=relu3_1&rule=nothing", 400, "nothing")]
    [TestCase("layer?layer=relu3_1&n=0", 400, "from 1 to 64")]
    [TestCase("layer?layer=relu3_1&channels=1,999", 400, "below 128")]
    [TestCase("layer?layer=relu3_1&class=unicorn", 400, "unicorn")]
    [TestCase("step?layer=data", 400, "input")]
    [TestCase("trace?layer=relu3_1&element=999,0,0", 400, "is an element of it")]
    [TestCase("places?layer=relu3_1", 400, "no max-pooling")]
    [TestCase("switches?way=sideways", 400, "random")]
    [TestCase("forward?model=000000000000", 400, "not loaded")]
    [TestCase("live?class=1", 401, "session")]
    [TestCase("nothing", 404, "nothing at this address")]
    public async Task Bad_input_is_refused_in_one_line(string path, int status, string message)
    {
        (int found, string type, string text) = await _explorer.Try(HttpMethod.Get, $"api/{path}");
        string detail = JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString()!;
        Assert.Multiple(() =>
        {
            Assert.That((found, type), Is.EqualTo((status, "application/problem+json")));
            Assert.That(detail, Does.Contain(message).And.Not.Contain("\n").And.Not.Contain("   at "));
        });
    }

    [Test]
    public async Task No_parameter_leads_to_a_file()
    {
        string[] paths = [.. new[] { "picture", "other", "layer", "rule", "class", "element", "model", "name", "baseline", "fill", "camLayer" }
            .SelectMany(name => new[] { "map?map=occlusion&", "switches?way=other&", "layer?layer=relu3_1&", "picture?", "trace?layer=data&" }
                .Select(path => $"api/{path}{name}=../../../../etc/passwd")), "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/etc/passwd",
            "api/../../etc/passwd", "page/app.js", "/etc/passwd"];
        foreach (string path in paths)
        {
            (_, _, string text) = await _explorer.Try(HttpMethod.Get, path);
            Assert.That(text, Does.Not.Contain("root:"), path);
        }
    }

    [Test]
    public async Task Foreign_hosts_and_origins_are_refused()
    {
        async Task<int> Status(Action<System.Net.Http.Headers.HttpRequestHeaders> headers, string path = "api/model") =>
            (await _explorer.Try(HttpMethod.Get, path, headers)).Status;
        int port = _explorer.Address.Port;
        Assert.Multiple(async () =>
        {
            Assert.That(await Status(headers => headers.Host = "evil.example"), Is.EqualTo(421));
            Assert.That(await Status(headers => headers.Host = $"evil.example:{port}", "/"), Is.EqualTo(421));
            Assert.That(await Status(headers => headers.Host = "192.168.7.7"), Is.EqualTo(421));
            Assert.That(await Status(headers => headers.Host = $"localhost:{port}"), Is.EqualTo(200));
            Assert.That(await Status(headers => headers.Add("Origin", "http://evil.example")), Is.EqualTo(403));
            Assert.That(await Status(headers => headers.Add("Origin", "null")), Is.EqualTo(403));
            Assert.That(await Status(headers => headers.Add("Sec-Fetch-Site", "cross-site")), Is.EqualTo(403));
            Assert.That(await Status(headers => headers.Add("Origin", $"http://127.0.0.1:{port}")), Is.EqualTo(200));
        });
    }

    [Test]
    public async Task The_page_holds_nothing_inline_and_stays_small()
    {
        using HttpResponseMessage response = await _explorer.Client.GetAsync(new Uri("/", UriKind.Relative));
        string page = await response.Content.ReadAsStringAsync();
        string policy = response.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Multiple(() =>
        {
            Assert.That(policy, Does.Contain("default-src 'none'").And.Contain("script-src 'self'").And.Not.Contain("unsafe"));
            Assert.That(page, Does.Not.Contain("onclick=").And.Not.Contain("<style").And.Not.Contain("http"));
            Assert.That(ExplorerServer.PageBytes, Is.InRange(50_000, 300_000));
        });
    }

    [Test]
    public async Task Bodies_that_are_too_long_or_no_pictures_are_refused()
    {
        string session = await _explorer.OpenSession();
        async Task<(int, string)> Send(byte[] body, string path = "pictures?name=x.png", bool isKnown = true)
        {
            using var content = new ByteArrayContent(body);
            (int status, _, string text) = await _explorer.Try(HttpMethod.Post, $"api/{path}",
                headers => headers.Add(isKnown ? "X-NetViz-Session" : "X-Other", session), content);
            return (status, text);
        }

        byte[] picture = await File.ReadAllBytesAsync(RepositoryRoot.File("Visualisation", "Samples", "lemon.png"));
        byte[] tiny = NetViz.Visualisation.Rendering.ImageFile.EncodePng(new NetViz.Engine.Imaging.Photo(20, 20, new byte[1200]));
        (int status, string told) = await Send(tiny);
        string id = JsonDocument.Parse(told).RootElement.GetProperty("id").GetString()!;
        (int seen, _, _) = await _explorer.Try(HttpMethod.Get, $"api/forward?picture={id}", headers => headers.Add("X-NetViz-Session", session));
        (int unseen, _, _) = await _explorer.Try(HttpMethod.Get, $"api/forward?picture={id}");
        Assert.Multiple(async () =>
        {
            Assert.That((status, seen, unseen), Is.EqualTo((200, 200, 404)), "a picture belongs to the session that brought it");
            Assert.That((await Send([.. picture, .. new byte[100_000]])).Item1, Is.EqualTo(413));
            Assert.That((await Send([1, 2, 3])).Item1, Is.EqualTo(400));
            Assert.That((await Send([1, 2, 3], "models?name=x.onnx")).Item1, Is.EqualTo(400));
            Assert.That((await Send(tiny, isKnown: false)).Item1, Is.EqualTo(401));
        });
    }

    [Test]
    public async Task A_browser_that_leaves_cancels_the_computation()
    {
        using var leaves = new CancellationTokenSource();
        Task work = _explorer.AskForEvents("map?map=smoothgrad&samples=500&picture=sample:alp", leaves.Token);
        await Until(async () => await Running() == 1);
        await leaves.CancelAsync();
        Assert.That(async () => await work, Throws.InstanceOf<OperationCanceledException>());
        // 500 samples under three rules take many times longer than what one forward pass takes.
        Answer next = await _explorer.Ask("forward?picture=sample:alp");
        Assert.That(await Running(), Is.Zero);
        Assert.That(next.Tensors["scores"], Has.Length.EqualTo(50));
    }

    [Test]
    public async Task A_classroom_wants_the_token_and_takes_no_uploads()
    {
        await using RunningExplorer classroom = await RunningExplorer.StartAsync(new ExplorerOptions { Listen = IPAddress.Loopback });
        string token = classroom.Address.AbsolutePath;
        Assert.That(token, Has.Length.GreaterThan(20));
        string session = await classroom.OpenSession();
        using var body = new ByteArrayContent([1]);
        Assert.Multiple(async () =>
        {
            Assert.That((await classroom.Try(HttpMethod.Get, "/")).Status, Is.EqualTo(404));
            Assert.That((await classroom.Try(HttpMethod.Get, "/api/model")).Status, Is.EqualTo(404));
            Assert.That((await classroom.Try(HttpMethod.Get, $"{token}api/model")).Status, Is.EqualTo(200));
            Assert.That((await classroom.Try(HttpMethod.Post, $"{token}api/pictures?name=x",
                headers => headers.Add("X-NetViz-Session", session), body)).Status, Is.EqualTo(403));
        });
    }

    private async Task<int> Running()
    {
        string text = await _explorer.Client.GetStringAsync(new Uri("api/queue", UriKind.Relative));
        return JsonDocument.Parse(text).RootElement.GetProperty("queue").GetProperty("running").GetInt32();
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        for (int i = 0; i < 3000 && !await holds(); i++) await Task.Delay(10);
    }
}
