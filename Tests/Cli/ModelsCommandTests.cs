using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>
/// <c>netviz models</c> and <c>--model NAME</c> in processes of their own, with a catalogue and a server of the test's: what
/// holds when processes run at once, and when one is killed (SIGKILL) in mid-download.
/// </summary>
public class ModelsCommandTests
{
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");
    private static readonly string Orange = RepositoryRoot.File("docs", "images", "orange.png");
    private static readonly byte[] Model = File.ReadAllBytes(Vgg);

    private TemporaryFolder _folder = null!;
    private Dictionary<string, string> _environment = null!;

    private string Final => Path.Combine(_folder.Path, "cache", "models", Sha256[..16], "small-vgg-1.onnx");

    private string Part => Final + ".part";

    private static string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(Model));

    [SetUp]
    public void MakeFolder()
    {
        _folder = new TemporaryFolder();
        _environment = new()
        {
            ["NETVIZ_CACHE"] = _folder.File("cache"),
            ["NETVIZ_CATALOGUE"] = _folder.File("catalogue.json"),
            ["NETVIZ_MIRROR"] = "",
        };
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void A_named_model_is_downloaded_on_first_use_and_needs_no_network_afterwards()
    {
        string[] classify = ["classify", Orange, "--json", "--model", "small-vgg"];
        NetvizProcess first;
        using (var server = new MisbehavingServer(Model, new Conduct { BreakAfter = 100_000 }))
        {
            Catalogue(server.Address);
            first = Netviz(classify);
            Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[null, 100_000]));
        }

        NetvizProcess offline = Netviz(classify), file = Netviz("classify", Orange, "--json", "--model", Vgg);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((first.ExitCode, first.Error), Is.EqualTo((0, "")));
            Assert.That((offline.ExitCode, offline.Out), Is.EqualTo((0, first.Out)));
            Assert.That((file.ExitCode, file.Out), Is.EqualTo((0, first.Out)),
                "the catalogue's preprocessing and labels belong to the file, by its hash");
            Assert.That(first.Json[0].GetProperty("top")[0].GetProperty("name").GetString(), Does.StartWith("class "));
            Assert.That(File.ReadAllBytes(Final), Is.EqualTo(Model));
        }
    }

    [Test]
    public void Killed_in_mid_download_the_cache_is_whole_and_the_next_process_goes_on()
    {
        using var server = new MisbehavingServer(Model, new Conduct { BytesPerSecond = 100_000 });
        Catalogue(server.Address);
        using (Process first = NetvizProcess.Start(_environment, "models", "get", "small-vgg"))
        {
            KillAt(first, 50_000);
        }

        long left = new FileInfo(Part).Length;
        Assert.That(File.Exists(Final), Is.False);
        NetvizProcess next = Netviz("models", "get", "small-vgg");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((next.ExitCode, next.Out.TrimEnd(), next.Error), Is.EqualTo((0, Final, "")));
            Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[null, left]));
            Assert.That(File.ReadAllBytes(Final), Is.EqualTo(Model));
            Assert.That(File.Exists(Part), Is.False);
        }
    }

    [Test]
    public void Of_several_processes_one_downloads_and_when_it_is_killed_another_goes_on()
    {
        using var server = new MisbehavingServer(Model, new Conduct { BytesPerSecond = 120_000 });
        Catalogue(server.Address);
        using Process first = NetvizProcess.Start(_environment, "models", "get", "small-vgg");
        WaitUntil(() => server.Requests.Count > 0 || first.HasExited);
        Process[] others = [.. Enumerable.Range(0, 3).Select(_ =>
            NetvizProcess.Start(_environment, "models", "get", "small-vgg"))];
        KillAt(first, Model.Length / 2);
        NetvizProcess[] ended = [.. others.Select(NetvizProcess.WaitFor)];
        foreach (Process process in others) process.Dispose();
        using (Assert.EnterMultipleScope())
        {
            foreach (NetvizProcess end in ended)
                Assert.That((end.ExitCode, end.Out.TrimEnd(), end.Error), Is.EqualTo((0, Final, "")));
            Assert.That(server.Requests, Has.Count.EqualTo(2), "the killed one's and its heir's");
            Assert.That(server.Requests[^1].RangeStart, Is.GreaterThanOrEqualTo(Model.Length / 2));
            Assert.That(File.ReadAllBytes(Final), Is.EqualTo(Model));
        }
    }

    [Test]
    public void Several_processes_at_once_download_once()
    {
        using var server = new MisbehavingServer(Model, new Conduct { BytesPerSecond = 400_000 });
        Catalogue(server.Address);
        Process[] all = [.. Enumerable.Range(0, 3).Select(_ =>
            NetvizProcess.Start(_environment, "classify", Orange, "--json", "--model", "small-vgg"))];
        NetvizProcess[] ended = [.. all.Select(NetvizProcess.WaitFor)];
        foreach (Process process in all) process.Dispose();
        Assert.That(ended.Select(end => (end.ExitCode, end.Error, end.Out)), Is.All.EqualTo((0, "", ended[0].Out)));
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public void Get_path_verify_list_and_remove()
    {
        using var server = new MisbehavingServer(Model);
        Catalogue("http://127.0.0.1:1/never");
        Refused("small-vgg-1 is not downloaded", "models", "path", "small-vgg");
        Refused("nothing to remove", "models", "remove", "small-vgg");
        JsonElement got = Netviz("models", "get", "small-vgg-1", "--from", server.Address, "--json").Json;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((got.GetProperty("path").GetString(), got.GetProperty("was_there").GetBoolean()),
                Is.EqualTo((Final, false)));
            Assert.That(Netviz("models", "get", "SMALL-VGG", "--json").Json.GetProperty("was_there").GetBoolean());
            Assert.That(Netviz("models", "path", "small-vgg").Out.TrimEnd(), Is.EqualTo(Final));
            Assert.That(Netviz("models", "verify", Vgg).Out, Does.Contain("is small-vgg-1").And.Contain(Sha256));
            Assert.That(Netviz("models", "verify", "small-vgg", "--json").Json.GetProperty("sha256").GetString(),
                Is.EqualTo(Sha256));
            JsonElement[] list = [.. Netviz("models", "list", "--json").Json.EnumerateArray()];
            Assert.That(list.Where(m => m.GetProperty("downloaded").GetBoolean()).Select(m => m.GetProperty("file").GetString()),
                Is.EqualTo((string[])["small-vgg-1"]));
            Assert.That(list.Select(m => m.GetProperty("name").GetString()), Does.Contain("vgg16").And.Contain("vgg19-bn")
                .And.Contain("mnist"));
            Assert.That(Netviz("models", "list", "--all").Out, Does.Contain("vgg16-7").And.Contain("zfnet512-3"));
        }

        using (FileStream file = File.OpenWrite(Final)) file.WriteByte(0xff);
        Refused("; small-vgg-1 has", "models", "verify", "small-vgg");
        Refused("is no model of the catalogue", "models", "verify", Orange);
        NetvizProcess removed = Netviz("models", "remove", "small-vgg", "--quiet");
        Assert.That((removed.ExitCode, removed.Out, File.Exists(Final)), Is.EqualTo((0, "", false)));
    }

    /// <summary>As on a full disk: a write fails, here at the longest file that the process may make.</summary>
    [Test]
    [Platform("Linux", Reason = "limits of a shell of Linux")]
    public void A_disk_that_takes_no_more_is_told_and_no_other_try_is_made()
    {
        using var server = new MisbehavingServer(Model);
        Catalogue(server.Address);
        // In kibibytes. The signal would end the process, and the runtime maps its code twice from a file of gigabytes.
        const string Limit = "trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; ulimit -f 64";
        using Process process = NetvizProcess.StartInShell(Limit, _environment, "models", "get", "small-vgg");
        NetvizProcess run = NetvizProcess.WaitFor(process);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error.TrimEnd(),
            Does.Contain($"{Part} cannot be written").And.Contain("NETVIZ_CACHE").And.Not.Contain('\n'));
        Assert.That(server.Requests, Has.Count.EqualTo(1));
        Assert.That(File.Exists(Final), Is.False);
    }

    [Test]
    public void A_download_has_the_hours_that_are_given_and_goes_on_from_there()
    {
        using var server = new MisbehavingServer(Model, new Conduct { BytesPerSecond = 20_000 });
        Catalogue(server.Address);
        // The server takes a minute for all of it; the first bytes come after the time is over.
        Refused("could not be downloaded within 0.04 seconds", "models", "get", "small-vgg", "--download-hours", "0.00001");
        long left = new FileInfo(Part).Length;
        Assert.That(left, Is.GreaterThan(0).And.LessThan(Model.Length));
        Assert.That(Netviz("models", "get", "small-vgg", "--download-hours", "1").ExitCode, Is.Zero);
        Assert.That(server.Requests.Select(request => request.RangeStart), Is.EqualTo((long?[])[null, left]));
        Assert.That(File.ReadAllBytes(Final), Is.EqualTo(Model));
    }

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("NaN")]
    [TestCase("1e9")]
    public void Hours_that_no_download_has_are_refused(string hours)
    {
        Catalogue("http://127.0.0.1:1/never");
        Refused("--download-hours", "models", "get", "small-vgg", "--download-hours", hours);
    }

    [Test]
    public void A_mirror_may_be_named_for_all_and_the_cache_is_the_users()
    {
        Catalogue("http://127.0.0.1:1/never");
        _folder.Write("small-vgg-1.onnx", Model);
        _environment["NETVIZ_MIRROR"] = _folder.Path;
        _environment["NETVIZ_CACHE"] = "";
        _environment["XDG_CACHE_HOME"] = _folder.File("xdg");
        _environment["HOME"] = _folder.File("home");
        string ofXdg = Netviz("models", "get", "small-vgg").Out.TrimEnd();
        _environment["XDG_CACHE_HOME"] = "relative/is/not/valid";
        string ofHome = Netviz("models", "get", "small-vgg").Out.TrimEnd();
        if (!OperatingSystem.IsLinux()) Assert.Ignore("the folders are those of Linux");
        Assert.That(ofXdg, Is.EqualTo(_folder.File("xdg", "netviz", "models", Sha256[..16], "small-vgg-1.onnx")));
        Assert.That(ofHome, Is.EqualTo(_folder.File("home", ".cache", "netviz", "models", Sha256[..16], "small-vgg-1.onnx")));
    }

    [Test]
    public void What_the_user_can_mend_is_one_line_and_exit_code_2()
    {
        using var wrong = new MisbehavingServer(new byte[Model.Length])
        {
            Has = path => !path.Contains("missing", StringComparison.Ordinal),
        };
        Catalogue(wrong.Address);
        Refused("SHA-256", "classify", Orange, "--model", "small-vgg");
        Refused("there is no such file", "models", "get", "small-vgg", "--from", wrong.Address + "/missing");
        Refused("there are alexnet", "models", "get", "vgg17");
        Refused("neither a file nor a model", "info", "--model", "vgg17");
        Refused("netviz models get --help", "models", "get");
        Refused("netviz models --help", "models");
        File.WriteAllText(_environment["NETVIZ_CATALOGUE"], "{");
        Refused("catalogue.json is not valid JSON", "models", "list");
        _environment["NETVIZ_CATALOGUE"] = _folder.File("nowhere.json");
        Refused("nowhere.json", "models", "list");
        Assert.That(File.Exists(Final) || File.Exists(Part), Is.False);
    }

    private NetvizProcess Netviz(params string[] arguments) => NetvizProcess.RunApart(_environment, arguments);

    private void Refused(string told, params string[] arguments)
    {
        NetvizProcess run = Netviz(arguments);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")), run.Error);
        Assert.That(run.Error, Does.StartWith("netviz: ").And.Contain(told));
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    private void Catalogue(string from) => File.WriteAllText(_environment["NETVIZ_CATALOGUE"], JsonSerializer.Serialize(new
    {
        from,
        models = new object[]
        {
            new
            {
                name = "small-vgg-1", model = "small-vgg", opset = 1, path = "models/small_vgg.onnx", sha256 = Sha256,
                bytes = Model.Length, preprocessing = "unit", labels = Enumerable.Range(0, 10).Select(i => $"class {i}"),
            },
        },
    }));

    private void KillAt(Process process, long bytes)
    {
        WaitUntil(() => process.HasExited || (File.Exists(Part) && new FileInfo(Part).Length >= bytes));
        Assert.That(process.HasExited, Is.False, "it was to be killed in mid-download");
        process.Kill();
        process.WaitForExit();
    }

    // The processes that are waited for end when they fail, and a server that sends nothing is left after 30 seconds.
    private static void WaitUntil(Func<bool> condition)
    {
        while (!condition()) Thread.Sleep(5);
    }
}
