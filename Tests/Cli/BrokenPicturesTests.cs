using System.Text.Json;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>A run over many pictures of which one cannot be read.</summary>
[NonParallelizable]
public class BrokenPicturesTests : InTemporaryFolder
{
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");

    private static readonly string[] Commands =
    [
        "classify SET", "saliency SET --rule gradient --output OUT", "localise SET --method threshold --output OUT",
        "report SET --section prediction --output OUT/x.html", "reconstruct --data SET --top 2 --maps 2 --output OUT",
        "evaluate --data SETS --output OUT/x.csv", "evaluate --data TAR", "reconstruct --data TAR --top 2 --maps 2 --output OUT",
    ];

    [TestCaseSource(nameof(Commands))]
    public void The_others_are_looked_at_and_the_broken_one_is_named(string command)
    {
        Write(("kind 0/a.png", false), ("kind 0/b.png", true), ("kind 0/c.png", false));
        NetvizProcess run = Run(command);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("1 of 3 pictures left out"));
        Assert.That(run.Error.Split('\n').Where(line => line.Contains("left out: ", StringComparison.Ordinal)).Single(),
            Does.Contain("b.png"));
        NetvizProcess strict = Run($"{command} --strict");
        Assert.That(strict.ExitCode, Is.EqualTo(2), strict.Error);
        Assert.That(strict.Error, Does.Contain("b.png").And.Not.Contain("left out"));
        Assert.That(strict.Error.TrimEnd().Split('\n').Count(line => !line.Contains("warning: ", StringComparison.Ordinal)),
            Is.EqualTo(1), strict.Error);
    }

    [TestCaseSource(nameof(Commands))]
    public void Where_none_can_be_read_the_run_fails(string command)
    {
        Write(("kind 0/a.png", true), ("kind 0/b.png", true));
        NetvizProcess run = Run(command);
        Assert.That(run.ExitCode, Is.EqualTo(2), run.Error);
        Assert.That(run.Error, Does.Contain("a.png").And.Contain("b.png").And.Contain("none of 2 pictures can be read"));
        Assert.That(run.Out, Is.Empty);
    }

    [Test]
    public void Json_of_an_evaluation_names_them_and_counts_the_rest()
    {
        Write(("kind 0/a.png", false), ("kind 0/b.png", true), ("kind 1/c.png", false), ("kind 1/d.png", false));
        JsonElement json = Run("evaluate --data SETS --json --quiet").Json;
        JsonElement broken = json.GetProperty("pictures_broken").EnumerateArray().Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.GetProperty("pictures").GetInt32(), Is.EqualTo(3));
            Assert.That(json.GetProperty("pictures_not_taken").GetInt32(), Is.Zero);
            Assert.That(json.GetProperty("result").GetProperty("per_class").EnumerateArray()
                .Sum(c => c.GetProperty("pictures").GetInt32()), Is.EqualTo(3));
            Assert.That(broken.GetProperty("file").GetString(), Is.EqualTo("kind 0/b.png"));
            Assert.That(broken.GetProperty("reason").GetString(), Does.Contain("b.png"));
        }
    }

    [Test]
    public void Arrays_that_do_not_fit_the_network_are_left_out_too()
    {
        Write(("kind 0/a.png", false));
        NetViz.Visualisation.Npy.Write(Folder.File("sets", "kind 0", "wrong.npy"),
            System.Numerics.Tensors.Tensor.Create(new float[5], [(nint)1, 5]));
        NetvizProcess run = Run("classify SET");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("wrong.npy").And.Contain("1 of 2 pictures"));
    }

    private void Write(params (string Name, bool IsBroken)[] pictures)
    {
        var set = new TinySet();
        byte grey = 40;
        foreach ((string name, bool isBroken) in pictures)
        {
            if (isBroken) set.File(name, [0x89, 0x50, 0x4E, 0x47, 1, 2, 3]);
            else set.Picture(name, grey += 40, 90);
        }

        set.WriteFolder(Folder, "sets");
        set.WriteArchive(Folder, "set.tar");
        Folder.Write("labels.txt", string.Join('\n', Enumerable.Range(0, 10).Select(c => $"kind {c}")));
    }

    private NetvizProcess Run(string command) => NetvizProcess.Run([.. command.Split(' ').Select(word => word
            .Replace("SETS", Folder.File("sets"), StringComparison.Ordinal)
            .Replace("SET", Folder.File("sets", "kind 0"), StringComparison.Ordinal)
            .Replace("TAR", Folder.File("set.tar"), StringComparison.Ordinal)
            .Replace("OUT", Folder.File("out"), StringComparison.Ordinal)),
        "--model", Vgg, "--preprocess", "unit", "--labels", Folder.File("labels.txt"), "--device", "cpu"]);
}
