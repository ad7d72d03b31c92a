using System.Diagnostics;
using System.Formats.Tar;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>No command destroys a file of the user's, and a command may be run again over its own results.</summary>
[NonParallelizable]
public sealed class OneDoorOutTests : InTemporaryFolder
{
    private string Model => Folder.File("m.onnx");

    private string Photo => Folder.File("in", "x.png");

    [SetUp]
    public void MakeInputs()
    {
        File.Copy(RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx"), Model);
        Directory.CreateDirectory(Folder.File("in"));
        WritePhoto(Photo, 1);
    }

    [TestCase("report", "x.png", "-o", "x.png")]
    [TestCase("report", "x.png", "-o", "./sub/../x.png")]
    [TestCase("report", "./absent/../x.png", "-o", "x.png")]
    [TestCase("report", "x.png", "-o", "m.onnx")]
    [TestCase("report", "x.png", "-o", "labels.txt", "--labels", "labels.txt")]
    [TestCase("export", "-o", "m.onnx")]
    [TestCase("evaluate", "--data", "set.tar", "-o", "set.tar")]
    [TestCase("evaluate", "--data", "set", "-o", "set/val/kind0/0.png")]
    public void A_command_does_not_write_over_what_it_reads_even_by_force(params string[] arguments)
    {
        File.Copy(Photo, Folder.File("x.png"));
        Folder.Write("labels.txt", string.Join('\n', Enumerable.Range(0, 10).Select(c => $"kind{c}")));
        Directory.CreateDirectory(Folder.File("set", "val", "kind0"));
        WritePhoto(Folder.File("set", "val", "kind0", "0.png"), 2);
        TarFile.CreateFromDirectory(Folder.File("set"), Folder.File("set.tar"), includeBaseDirectory: false);
        Dictionary<string, byte[]> before = Files();
        foreach (string[] force in (string[][])[[], ["--force"]])
        {
            NetvizProcess run = In([.. arguments.Select(InFolder), "--model", Model, .. force]);
            Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
            Assert.That(run.Error.TrimEnd(), Does.Contain("this command reads").And.Not.Contains('\n'));
            Assert.That(Files(), Is.EqualTo(before));
        }
    }

    [TestCase("users.html", "report", "in/x.png", "-o", "users.html")]
    [TestCase("users.onnx", "export", "-o", "users.onnx")]
    [TestCase("users.onnx", "train", "--data", "in", "-o", "users.onnx")]
    [TestCase("n.checkpoint", "train", "--data", "in", "-o", "n.onnx")]
    [TestCase("n.training.jsonl", "train", "--data", "in", "-o", "n.onnx", "--resume")]
    [TestCase("n.training.png", "train", "--data", "in", "-o", "n.onnx")]
    [TestCase("t.csv", "evaluate", "--data", "in", "-o", "t.csv")]
    [TestCase("t.csv.part", "evaluate", "--data", "in", "-o", "t.csv")]
    [TestCase("t.png", "evaluate", "--data", "in", "-o", "t.csv", "--metric", "deletion")]
    [TestCase("out/x.mask.png", "localise", "in", "-o", "out")]
    [TestCase("out/x.proof.html", "prove", "in/x.png", "-o", "out")]
    [TestCase("out/orange.png", "samples", "orange", "-o", "out")]
    public void A_users_file_is_refused_before_the_work(string users, params string[] arguments)
    {
        Directory.CreateDirectory(Folder.File("out"));
        Folder.Write(users, "a user's own");
        // There is no such network: whatever is wrong with the results is found before it is looked for.
        string[] model = arguments[0] is "train" or "samples" ? [] : ["--model", Folder.File("absent.onnx")];
        NetvizProcess run = In([.. arguments.Select(InFolder), .. model]);
        Assert.That(run.ExitCode, Is.EqualTo(2), run.Error);
        Assert.That(run.Error, Does.Contain(Path.GetFileName(users)).And.Not.Contains("absent.onnx"));
        Assert.That(File.ReadAllText(Folder.File(users)), Is.EqualTo("a user's own"));
    }

    [TestCase("saliency", "in", "-o", "out")]
    [TestCase("saliency", "in", "-o", "in")]
    [TestCase("saliency", "in/x.png", "--class", "1", "--class", "2", "--map", "occlusion", "-o", "out")]
    [TestCase("localise", "in", "-o", "in")]
    [TestCase("prove", "in/x.png", "-o", "out")]
    [TestCase("parting", "in/x.png", "-o", "out")]
    [TestCase("telescope", "in/x.png", "-o", "out")]
    [TestCase("radius", "in/x.png", "-o", "out")]
    [TestCase("switches", "random", "in/x.png", "-o", "out")]
    [TestCase("switches", "export", "in/x.png", "-o", "out")]
    [TestCase("filters", "-o", "out")]
    [TestCase("activations", "in/x.png", "-o", "out")]
    [TestCase("reconstruct", "in/x.png", "-o", "out")]
    [TestCase("reconstruct", "--data", "in", "-o", "in")]
    [TestCase("class-model", "--class", "1", "--preset", "paper", "-o", "out")]
    [TestCase("export", "-o", "n.onnx")]
    [TestCase("report", "in/x.png", "-o", "r.html")]
    public void A_command_runs_again_over_its_own_results(params string[] arguments)
    {
        string[] command = [.. arguments.Select(InFolder), "--model", Model];
        NetvizProcess first = In(command);
        Assert.That(first.ExitCode, Is.Zero, first.Error);
        string[] names = [.. Files().Keys];
        NetvizProcess again = In(command);
        Assert.That(again.ExitCode, Is.Zero, again.Error);
        Assert.That(Files().Keys, Is.EqualTo(names), "what netviz wrote is no input of it");
    }

    [Test]
    public void Results_in_a_folder_are_counted_and_one_that_is_named_is_looked_at()
    {
        Assert.That(In("saliency", Folder.File("in"), "-o", Folder.File("in"), "--model", Model).ExitCode, Is.Zero);
        int results = Directory.GetFiles(Folder.File("in")).Count(path => !path.EndsWith(".json", StringComparison.Ordinal)) - 1;
        NetvizProcess again = In("classify", Folder.File("in"), "--model", Model, "--json");
        Assert.That(again.Error, Does.Contain($"{results} files that are results of netviz left out"));
        Assert.That(again.Json.GetArrayLength(), Is.EqualTo(1));
        NetvizProcess named = In("classify", Folder.File("in", "x.sheet.png"), "--model", Model);
        Assert.That((named.ExitCode, named.Error), Is.EqualTo((0, "")));
    }

    [Test]
    public void Results_in_class_folders_are_no_pictures_of_the_set()
    {
        string set = Folder.File("set"), kind = Folder.File("set", "kind0");
        Directory.CreateDirectory(kind);
        WritePhoto(Folder.File("set", "kind0", "0.png"), 2);
        string[] evaluate = ["evaluate", "--data", set, "--labels",
            Folder.Write("labels.txt", string.Join('\n', Enumerable.Range(0, 10).Select(c => $"kind{c}"))), "--model", Model];
        NetvizProcess before = In([.. evaluate, "--json"]);
        Assert.That((before.ExitCode, before.Error), Is.EqualTo((0, "")));
        Assert.That(In("saliency", kind, "-o", kind, "--model", Model).ExitCode, Is.Zero);
        int results = Directory.GetFiles(kind, "*.png").Length - 1;
        Assert.That(results, Is.GreaterThan(1));
        NetvizProcess after = In(evaluate);
        Assert.That(after.ExitCode, Is.Zero, after.Error);
        Assert.That(after.Out, Does.Contain("1 picture of 1 class, "));
        Assert.That(after.Error, Does.Contain($"set: {results} files that are results of netviz left out"));
    }

    [TestCase("saliency", "x.gradient.png")]
    [TestCase("saliency", "x.sheet.png")]
    [TestCase("localise", "x.mask.png")]
    [TestCase("localise", "x.trimap.png")]
    public void Pictures_that_have_the_names_of_results_are_not_written_over(string command, string name)
    {
        WritePhoto(Folder.File("in", name), 3);
        Dictionary<string, byte[]> before = Files();
        NetvizProcess run = In(command, Folder.File("in"), "-o", Folder.File("in"), "--force", "--model", Model);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(name).And.Contain("this command reads"));
        Assert.That(Files(), Is.EqualTo(before), "nothing is left half done");
    }

    [Test]
    public void Pictures_that_differ_in_their_extensions_alone_have_results_of_their_own()
    {
        File.Copy(Photo, Folder.File("in", "x.bmp.png"));
        WritePhoto(Folder.File("in", "X.PNG"), 4);
        Assert.That(In("localise", Folder.File("in"), "-o", Folder.File("out"), "--model", Model).ExitCode, Is.Zero);
        Assert.That(Directory.GetFiles(Folder.File("out"), "*.localise.json"), Has.Length.EqualTo(3));
    }

    [Test]
    [Platform("Linux,MacOsX", Reason = "links and pipes of a test's own")]
    public void Links_and_pipes_are_left_alone()
    {
        string target = Folder.Write("target", "a user's own");
        File.CreateSymbolicLink(Folder.File("r.html"), target);
        File.CreateSymbolicLink(Folder.File("t.csv.part"), target);
        using (Process pipe = Process.Start("mkfifo", Folder.File("n.onnx"))) pipe.WaitForExit();
        NetvizProcess[] runs =
        [
            In("report", Photo, "-o", Folder.File("r.html"), "--model", Model, "--force"),
            In("evaluate", "--data", Folder.File("in"), "-o", Folder.File("t.csv"), "--model", Model, "--force"),
            In("export", "-o", Folder.File("n.onnx"), "--model", Model, "--force"),
            In("saliency", Photo, "-o", Folder.File("n.onnx"), "--model", Model, "--force"),
        ];
        Assert.That(runs.Select(run => run.ExitCode), Is.All.EqualTo(2));
        Assert.That(runs[0].Error, Does.Contain("it is a symbolic link"));
        Assert.That(runs[1].Error, Does.Contain("t.csv.part cannot be written: it is a symbolic link"));
        Assert.That(runs[2].Error, Does.Contain("a named pipe"));
        Assert.That(File.ReadAllText(target), Is.EqualTo("a user's own"));
        Assert.That(File.GetAttributes(Folder.File("r.html")).HasFlag(FileAttributes.ReparsePoint));
    }

    private NetvizProcess In(params string[] arguments) => NetvizProcess.Run(
        arguments[0] is "export" or "filters" or "train" or "samples" ? arguments : [.. arguments, "--preprocess", "unit"]);

    // A part of a command line that is a path in the test's folder.
    private string InFolder(string part) =>
        part.Contains('.', StringComparison.Ordinal) || part is "in" or "out" or "set" ? Path.Combine(Folder.Path, part) : part;

    private Dictionary<string, byte[]> Files() => Directory.GetFiles(Folder.Path, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).ToDictionary(path => path, File.ReadAllBytes);

    private static void WritePhoto(string path, int seed)
    {
        var rgb = new byte[3 * 32 * 32];
        new Random(seed).NextBytes(rgb);
        for (int k = 0; k < rgb.Length; k++) rgb[k] = (byte)(rgb[k] / 6 + (k / 96 > 12 ? 160 : 30));
        File.WriteAllBytes(path, ImageFile.EncodePng(new Photo(32, 32, rgb)));
    }
}
