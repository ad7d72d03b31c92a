using System.Diagnostics;
using System.Text.Json;
using NetViz.Training;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary><c>netviz train</c> as a user calls it, on small pictures of shapes.</summary>
public class TrainCommandTests
{
    private const string Config = """
        {
          "architecture": { "inputSize": 24, "stages": [[8, 8], [16]], "hidden": [16], "dropout": 0.1 },
          "epochs": 5, "batch": 20, "warmupEpochs": 1, "averageDecay": 0.9,
          "augmentation": { "flip": 0.5, "brightness": 0.1, "padding": 1 }
        }
        """;

    private TemporaryFolder _folder = null!;
    private string _data = "", _config = "";

    [OneTimeSetUp]
    public void Prepare()
    {
        _folder = new TemporaryFolder();
        _data = Shapes.Write(_folder, 900, 60);
        _config = _folder.Write("config.json", Config);
    }

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void A_network_learns_and_leaves_its_files()
    {
        string output = _folder.File("learns", "shapes.onnx");
        NetvizProcess run = Train(output, "--json");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        JsonElement validation = run.Json.GetProperty("validation");
        Assert.That(validation.GetProperty("count").GetInt32(), Is.EqualTo(60));
        Assert.That(validation.GetProperty("top1").GetDouble(), Is.GreaterThan(0.8));

        JsonElement[] log = Log(output);
        Assert.That(log.Select(epoch => epoch.GetProperty("epoch").GetInt32()), Is.EqualTo((int[])[1, 2, 3, 4, 5]));
        Assert.That(log[0].TryGetProperty("validation_top1", out _), Is.False, "the validation set is not looked at on the way");
        Assert.That(ImageFile.Read(Path.ChangeExtension(output, ".training.png")).Width, Is.EqualTo(1000));
        using OnnxModel model = OnnxModel.Load(output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.Labels, Is.EqualTo((string[])["bar", "disc", "square"]));
            Assert.That(model.RequirePreprocessing().Width, Is.EqualTo(24));
            Assert.That(model.TrainingMean!.Values.ToArray(), Is.All.InRange(30, 120));
        }

        string disc = Path.Combine(_data, "val", "disc", "001.png");
        NetvizProcess classified = NetvizProcess.Run("classify", disc, "--model", output, "--json");
        Assert.That(classified.ExitCode, Is.Zero, classified.Error);
    }

    [Test]
    public void Pictures_held_out_are_evaluated_after_each_epoch()
    {
        string output = _folder.File("held-out", "shapes.onnx");
        NetvizProcess run = Train(output, "--held-out", "90", "--epochs", "2");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        string[] lines = run.Out.TrimEnd().Split('\n');
        Assert.That(lines[0], Does.StartWith("epoch 1 of 2: loss ").And.Contain("; held out: loss "));
        Assert.That(lines[^1], Does.Contain("3 classes, 2 epochs of 810 pictures"), "and the validation set is left alone");
        Assert.That(Log(output)[1].GetProperty("validation_top5").GetDouble(), Is.EqualTo(1));
    }

    [Test]
    public void Killed_in_the_third_epoch_and_resumed_it_gives_the_same_bytes()
    {
        string whole = _folder.File("whole", "shapes.onnx"), killed = _folder.File("killed", "shapes.onnx");
        NetvizProcess uninterrupted = Train(whole, "--threads", "2", "--quiet");
        Assert.That((uninterrupted.ExitCode, uninterrupted.Out, uninterrupted.Error), Is.EqualTo((0, "", "")));

        string checkpoint = Path.ChangeExtension(killed, ".checkpoint");
        // A machine with other things to do may let the test sleep through the epoch; then once more.
        for (int attempt = 0; attempt < 5; attempt++)
        {
            KillInThirdEpoch(killed);
            if (Checkpoint.Read(checkpoint).Log.Count == 2) break;
            Directory.Delete(Path.GetDirectoryName(killed)!, recursive: true);
        }

        Assert.That(Checkpoint.Read(checkpoint).Log, Has.Count.EqualTo(2), "killed in the middle of the third epoch");
        Assert.That(File.Exists(killed), Is.False);
        NetvizProcess refused = Train(killed);
        Assert.That((refused.ExitCode, refused.Out), Is.EqualTo((2, "")));
        Assert.That(refused.Error, Does.StartWith($"netviz: {checkpoint} is there already (--resume goes on from it"));
        NetvizProcess other = Train(killed, "--resume", "--learning-rate", "0.25");
        Assert.That(other.ExitCode, Is.EqualTo(2));
        Assert.That(other.Error, Does.Contain("is of another configuration: learningRate 0.05 and 0.25 now"));

        NetvizProcess resumed = Train(killed, "--threads", "1", "--resume");
        Assert.That((resumed.ExitCode, resumed.Error), Is.EqualTo((0, "")));
        Assert.That(resumed.Out, Does.StartWith("epoch 3 of 5"));
        Assert.That(File.ReadAllBytes(killed), Is.EqualTo(File.ReadAllBytes(whole)));
        Assert.That(Log(killed).Select(WithoutTimes), Is.EqualTo(Log(whole).Select(WithoutTimes)));
    }

    private void KillInThirdEpoch(string output)
    {
        using Process process = NetvizProcess.Start(new Dictionary<string, string>(), Arguments(output, "--threads", "2"));
        string log = Path.ChangeExtension(output, ".training.jsonl");
        while (!process.HasExited && (!File.Exists(log) || File.ReadAllLines(log).Length < 2)) Thread.Sleep(2);
        Thread.Sleep(TimeSpan.FromSeconds(0.4 * Log(output)[1].GetProperty("seconds").GetDouble()));
        process.Kill();
        NetvizProcess.WaitFor(process);
    }

    [Test]
    public void What_is_wrong_is_said_in_one_line()
    {
        string output = _folder.File("wrong", "a.onnx");
        string empty = Directory.CreateDirectory(_folder.File("empty")).FullName;
        string broken = _folder.Write("broken.json", """{ "epocs": 3 }""");
        using (Assert.EnterMultipleScope())
        {
            Refused("does not exist", "train", "--data", _folder.File("absent"), "--output", output);
            Refused(empty, "train", "--data", empty, "--output", output);
            Refused("must end in .onnx", Arguments(_folder.File("a.model")));
            Refused("leaves none to learn from", Arguments(output, "--held-out", "900"));
            Refused("there is no member \"epocs\"", "train", "--data", _data, "--output", output, "--config", broken);
            Refused("cannot be read", "train", "--data", _data, "--output", output, "--config", _folder.File("absent.json"));
            Refused("\"epochs\" is 0", Arguments(output, "--epochs", "0"));
            Refused("\"learningRate\" is -1", Arguments(output, "--learning-rate", "-1"));
            Refused("-1 threads", Arguments(output, "--threads", "-1"));
            Refused("loss grew beyond all bounds",
                Arguments(output, "--learning-rate", "1000", "--clip", "0", "--warmup-epochs", "0", "--weight-decay", "1"));
            Refused("--output", "train", "--data", _data);
        }

        static void Refused(string message, params string[] arguments)
        {
            NetvizProcess run = NetvizProcess.Run(arguments);
            Assert.That(run.ExitCode, Is.EqualTo(2), run.Error);
            Assert.That(run.Error, Does.StartWith("netviz: ").And.Contain(message));
            Assert.That(run.Error.TrimEnd(), Does.Not.Contain("\n"));
        }
    }

    private NetvizProcess Train(string output, params string[] more) => NetvizProcess.Run(Arguments(output, more));

    private string[] Arguments(string output, params string[] more) =>
        ["train", "--data", _data, "--config", _config, "--output", output, .. more];

    private static JsonElement[] Log(string output) =>
        [.. File.ReadAllLines(Path.ChangeExtension(output, ".training.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)];

    private static string WithoutTimes(JsonElement epoch) => string.Join(", ",
        epoch.EnumerateObject().Where(member => member.Name is not ("seconds" or "images_per_second")));
}
