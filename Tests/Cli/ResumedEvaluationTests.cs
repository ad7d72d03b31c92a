using System.Diagnostics;
using System.Text.Json.Nodes;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz evaluate that was cut off goes on, and ends with the files of a run that was not.</summary>
[NonParallelizable]
public sealed class ResumedEvaluationTests : InTemporaryFolder
{
    private const int Classes = 4, OfAClass = 3, Batch = 4;

    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");

    private string Csv => Folder.File("out", "table.csv");

    [TestCase("accuracy")]
    [TestCase("localisation", "--rule", "gradient", "--rule", "guided")]
    [TestCase("pointing-game")]
    [TestCase("deletion", "--steps", "4")]
    [TestCase("insertion", "--steps", "4")]
    [TestCase("randomisation")]
    [TestCase("sparseness")]
    public void The_rest_is_measured_and_the_files_are_the_same(string metric, params string[] options)
    {
        WriteSet();
        string[] command = Command(Batch, metric, options);
        NetvizProcess whole = NetvizProcess.Run(command);
        Assert.That(whole.ExitCode, Is.Zero, whole.Error);
        Dictionary<string, byte[]> files = TakeFiles();

        // A picture that cannot be read ends the run after two batches; then the last line but two is cut in the middle.
        string broken = PictureOf(3, 0);
        byte[] picture = File.ReadAllBytes(broken);
        File.WriteAllBytes(broken, picture[..(picture.Length / 2)]);
        NetvizProcess cut = NetvizProcess.Run([.. command, "--strict"]);
        Assert.That((cut.ExitCode, File.Exists(Csv)), Is.EqualTo((2, false)), cut.Error);
        File.WriteAllBytes(broken, picture);
        string[] lines = File.ReadAllLines($"{Csv}.part");
        Assert.That(lines, Has.Length.EqualTo(1 + 2 * Batch));
        File.WriteAllText($"{Csv}.part", string.Join('\n', lines[..^2])[..^(lines[^3].Length / 2)]);

        NetvizProcess rest = NetvizProcess.Run(command);
        Assert.That(rest.ExitCode, Is.Zero, rest.Error);
        int found = rest.Json.GetProperty("pictures_of_earlier_run").GetInt32();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found, Is.EqualTo(2 * Batch - 3));
            Assert.That(WithoutTimes(rest), Is.EqualTo(WithoutTimes(whole)));
            Assert.That(TakeFiles(), Is.EqualTo(files), "table and plot, and nothing else");
        }
    }

    [Test]
    public void What_is_left_of_another_measurement_is_not_mixed_in()
    {
        WriteSet();
        byte[] picture = File.ReadAllBytes(PictureOf(3, 2));
        File.WriteAllBytes(PictureOf(3, 2), [1, 2, 3]);
        Assert.That(NetvizProcess.Run([.. Command(Batch, "sparseness"), "--strict"]).ExitCode, Is.EqualTo(2));
        Assert.That(Measured(), Is.EqualTo(2 * Batch));
        File.WriteAllBytes(PictureOf(3, 2), picture);
        NetvizProcess other = NetvizProcess.Run(Command(Batch, "sparseness", "--rule", "guided"));
        Assert.That(other.Error, Does.Contain("of another measurement"));
        Assert.That(other.Json.GetProperty("pictures_of_earlier_run").GetInt32(), Is.Zero);
    }

    [Test]
    [Platform("Linux", Reason = "the signal is sent as Linux does it")]
    public void Ctrl_C_loses_no_picture_that_was_measured()
    {
        WriteSet();
        string[] command = Command(1, "deletion", "--rule", "guided", "--steps", "48", "--threads", "1");
        // A process started in the background of a shell would ignore the signal.
        var start = new ProcessStartInfo("env") { RedirectStandardOutput = true, RedirectStandardError = true };
        string netviz = Path.Combine(AppContext.BaseDirectory, "netviz.dll");
        foreach (string argument in (string[])["--default-signal=INT", "dotnet", netviz, .. command])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        while (!process.HasExited && Measured() < 1) Thread.Sleep(2);
        using (Process kill = Process.Start("sh", ["-c", $"kill -INT {process.Id}"])) kill.WaitForExit();
        NetvizProcess stopped = NetvizProcess.WaitFor(process);
        int measured = Measured();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stopped.ExitCode, Is.EqualTo(128 + 2), stopped.Error);
            Assert.That(stopped.Error, Does.Contain("table.csv.part keeps what is done"));
            Assert.That(stopped.Out, Is.Empty);
            Assert.That(File.Exists(Csv), Is.False);
            Assert.That(measured, Is.InRange(1, Classes * OfAClass - 1));
        }

        NetvizProcess rest = NetvizProcess.Run(command);
        Assert.That(rest.Json.GetProperty("pictures_of_earlier_run").GetInt32(), Is.EqualTo(measured));
        Dictionary<string, byte[]> files = TakeFiles();
        NetvizProcess whole = NetvizProcess.Run(command);
        Assert.That(WithoutTimes(rest), Is.EqualTo(WithoutTimes(whole)));
        Assert.That(files, Is.EqualTo(TakeFiles()));
    }

    private string[] Command(int batch, string metric, params string[] options) =>
    [
        "evaluate", "--data", Folder.File("set"), "--model", Vgg, "--preprocess", "unit", "--labels", Folder.File("labels.txt"),
        "--metric", metric, .. options,
        "--batch", $"{batch}", "--output", Csv, "--json",
    ];

    // Pictures in the journal, whose first line is its head.
    private int Measured() =>
        File.Exists($"{Csv}.part") ? File.ReadAllText($"{Csv}.part").Count(character => character == '\n') - 1 : 0;

    private Dictionary<string, byte[]> TakeFiles()
    {
        string folder = Path.GetDirectoryName(Csv)!;
        var files = Directory.GetFiles(folder).Order(StringComparer.Ordinal)
            .ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
        Directory.Delete(folder, recursive: true);
        return files;
    }

    private static string WithoutTimes(NetvizProcess run)
    {
        JsonObject json = JsonNode.Parse(run.Out)!.AsObject();
        foreach (string name in (string[])["seconds", "images_per_second", "pictures_of_earlier_run"]) json.Remove(name);
        return json.ToJsonString();
    }

    private string PictureOf(int kind, int number) => Folder.File("set", "val", $"kind{kind}", $"{number}.png");

    // The last picture of each class has no box.
    private void WriteSet()
    {
        List<string> boxes = ["file\tclass\txmin\tymin\txmax\tymax"];
        for (int c = 0; c < Classes; c++)
        {
            for (int i = 0; i < OfAClass; i++)
            {
                var rgb = new byte[3 * 32 * 32];
                new Random(OfAClass * c + i).NextBytes(rgb);
                for (int k = 0; k < rgb.Length; k++)
                {
                    bool isObject = k / 96 < 12 + c && k / 3 % 32 > 4 * i;
                    rgb[k] = (byte)(rgb[k] / 6 + (isObject ? 160 : 30));
                }

                Directory.CreateDirectory(Path.GetDirectoryName(PictureOf(c, i))!);
                ImageFile.WritePng(new Photo(32, 32, rgb), PictureOf(c, i));
                if (i < OfAClass - 1) boxes.Add($"val/kind{c}/{i}.png\t{c}\t{4 * i}\t0\t31\t{11 + c}");
            }
        }

        Folder.Write(Path.Combine("set", "val.tsv"), string.Join('\n', boxes) + "\n");
        Folder.Write("labels.txt", string.Join('\n', Enumerable.Range(0, 10).Select(c => $"kind{c}")));
    }
}
