using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Several metrics in one run, and sets in several archives.</summary>
[NonParallelizable]
public sealed class MetricTableTests : InTemporaryFolder
{
    private const int Classes = 5, OfAClass = 2;

    private const string Metrics = "energy-pointing-game,relevance-mass,relevance-rank,random-logit,efficient-randomisation,road";

    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");

    [Test]
    public void Several_metrics_make_one_table_which_its_json_makes_again()
    {
        WriteSet();
        string table = Folder.File("out", "t.csv"), again = Folder.File("again", "t.csv");
        NetvizProcess run = Run("evaluate", "--data", Folder.File("set"), "--metric", Metrics, "--rule", "gradient", "--rule", "lrp.z-plus",
            "--steps", "2", "--confidence", "0", "--pictures", "2", "--output", table, "--json");
        JsonElement result = run.Json.GetProperty("result");
        string[] metrics = [.. result.GetProperty("metrics").EnumerateArray().Select(metric => metric.GetProperty("metric").GetString()!)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(metrics, Is.EqualTo(Metrics.Split(',')));
            Assert.That(result.GetProperty("maps").EnumerateArray().Select(map => map.GetString()),
                Is.EqualTo((string[])["gradient", "lrp.z-plus"]));
            Assert.That(result.GetProperty("kendalls_w").GetDouble(), Is.InRange(0, 1));
            foreach (JsonElement column in result.GetProperty("table").EnumerateArray())
                Assert.That(column.GetProperty("cells").EnumerateArray().Select(cell => cell.GetProperty("map").GetString()).Distinct().Count(),
                    Is.EqualTo(2), column.GetProperty("score").GetString());
            foreach (string name in (string[])["t.html", "t.md", "t.table.csv", "t.json"])
                Assert.That(new FileInfo(Folder.File("out", name)).Length, Is.GreaterThan(200), name);
        }

        Run("evaluate", "--again", Folder.File("out", "t.json"), "--output", again);
        foreach (string name in (string[])["t.csv", "t.md", "t.html", "t.table.csv", "t.json"])
            Assert.That(File.ReadAllBytes(Folder.File("again", name)), Is.EqualTo(File.ReadAllBytes(Folder.File("out", name))), name);
    }

    [TestCase("--mosaic", "scale")]
    [TestCase("--grid", "3", "needs 9 classes")]
    public void The_grid_pointing_game_gives_an_even_map_its_share(string option, string value, string? refusal = null)
    {
        WriteSet();
        string[] command = ["evaluate", "--data", Folder.File("set"), "--model", Vgg, "--preprocess", "unit", "--labels", Folder.File("labels.txt"),
            "--metric", "grid-pointing-game", "--confidence", "0", option, value, "--json"];
        NetvizProcess run = NetvizProcess.Run(command);
        if (refusal is not null)
        {
            Assert.That((run.ExitCode, run.Error.Contains(refusal, StringComparison.Ordinal)), Is.EqualTo((2, true)), run.Error);
            return;
        }

        JsonElement[] scores = [.. run.Json.GetProperty("result").GetProperty("scores").EnumerateArray()];
        Assert.That(scores.Select(score => score.GetProperty("score").GetProperty("mean").GetDouble()), Is.All.InRange(0, 1));
        Assert.That(scores[^1].GetProperty("score").GetProperty("mean").GetDouble(), Is.EqualTo(0.25));
    }

    [Test]
    public void Archives_as_webdataset_lays_them_out_give_the_numbers_of_the_folder()
    {
        WriteSet();
        for (int archive = 0; archive < 2; archive++)
        {
            using FileStream file = File.Create(Folder.File($"data-{archive:000}.tar"));
            using var tar = new TarWriter(file, TarEntryFormat.Ustar);
            for (int c = 0; c < Classes; c++)
            {
                Add(tar, $"sample{c}.cls", Encoding.ASCII.GetBytes($"{c}\n"));
                Add(tar, $"sample{c}.png", File.ReadAllBytes(PictureOf(c, archive)));
            }
        }

        Dictionary<string, double> folder = GiniOf(Folder.File("set")), shards = GiniOf(Folder.File("data-{000..001}.tar"));
        Assert.That(shards, Is.EqualTo(folder));
        NetvizProcess missing = NetvizProcess.Run("evaluate", "--data", Folder.File("data-{000..002}.tar"));
        Assert.That((missing.ExitCode, missing.Error.Contains("data-002.tar does not exist", StringComparison.Ordinal)), Is.EqualTo((2, true)));

        Dictionary<string, double> GiniOf(string data) => Run("evaluate", "--data", data, "--metric", "sparseness", "--json")
            .Json.GetProperty("result").EnumerateArray().ToDictionary(rule => rule.GetProperty("rule").GetString()!,
                rule => Math.Round(rule.GetProperty("gini").GetProperty("mean").GetDouble(), 9));
    }

    private static void Add(TarWriter tar, string name, byte[] bytes) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });

    private NetvizProcess Run(params string[] arguments)
    {
        string[] model = arguments.Contains("--again") ? []
            : ["--model", Vgg, "--preprocess", "unit", "--labels", Folder.File("labels.txt")];
        NetvizProcess run = NetvizProcess.Run([.. arguments, .. model]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return run;
    }

    private string PictureOf(int kind, int number) => Folder.File("set", $"{kind}", $"{number}.png");

    private void WriteSet()
    {
        List<string> boxes = ["file\tclass\txmin\tymin\txmax\tymax"];
        for (int c = 0; c < Classes; c++)
        {
            for (int i = 0; i < OfAClass; i++)
            {
                var rgb = new byte[3 * 32 * 32];
                new Random(OfAClass * c + i).NextBytes(rgb);
                for (int k = 0; k < rgb.Length; k++) rgb[k] = (byte)(rgb[k] / 4 + (k / 96 < 12 + c ? 160 : 30));
                Directory.CreateDirectory(Path.GetDirectoryName(PictureOf(c, i))!);
                ImageFile.WritePng(new Photo(32, 32, rgb), PictureOf(c, i));
                Directory.CreateDirectory(Folder.File("set.masks", $"{c}"));
                var mask = new byte[rgb.Length];
                mask.AsSpan(0, 96 * (12 + c)).Fill(255);
                ImageFile.WritePng(new Photo(32, 32, mask), Folder.File("set.masks", $"{c}", $"{i}.png"));
                boxes.Add($"{c}/{i}.png\t{c}\t0\t0\t31\t{11 + c}");
            }
        }

        Folder.Write(Path.Combine("set", "all.tsv"), string.Join('\n', boxes) + "\n");
        Folder.Write("labels.txt", string.Join('\n', Enumerable.Range(0, 10).Select(c => $"{c}")));
    }
}
