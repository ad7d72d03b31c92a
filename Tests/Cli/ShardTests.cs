using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Procedures;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Shards of a run, and their merge: the bytes of one run, and nothing that is not of one run.</summary>
[NonParallelizable]
public sealed class ShardTests : InTemporaryFolder
{
    private const int Classes = 3, OfAClass = 3;

    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");

    private string Whole => Folder.File("whole", "t.csv");

    private string Merged => Folder.File("merged", "t.csv");

    [TestCase("accuracy")]
    [TestCase("localisation", "--rule", "guided")]
    [TestCase("deletion", "--steps", "4", "--pictures", "7")]
    public void Merged_shards_are_the_bytes_of_one_run(string metric, params string[] options)
    {
        WriteSet();
        // A picture that cannot be read is left out by its shard, as by the one run; there are more shards than some parts need.
        File.WriteAllBytes(PictureOf(1, 0), [1, 2, 3]);
        Run(Evaluate(metric, options, Whole));
        foreach (int i in (int[])[4, 1, 3, 2, 5]) Run([.. Evaluate(metric, options, PartOf(i)), "--shard", $"{i}/5"]);
        NetvizProcess merge = Run(["merge", .. Enumerable.Range(1, 5).Reverse().Select(PartOf), "--output", Merged, "--json"]);
        Assert.That(FilesIn("merged"), Is.EqualTo(FilesIn("whole")));
        Assert.That(merge.Error, Does.Contain("1 of"), "pictures left out");
        Assert.That(merge.Json.GetProperty("pictures_broken").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public void A_shard_that_was_cut_off_goes_on_from_its_journal_and_a_finished_one_is_not_measured_again()
    {
        WriteSet();
        string[] command = [.. Evaluate("deletion", ["--steps", "4"], PartOf(2)), "--shard", "1/1", "--json", "--batch", "1"];
        byte[] picture = File.ReadAllBytes(PictureOf(2, 2));
        File.WriteAllBytes(PictureOf(2, 2), [1, 2, 3]);
        Assert.That(NetvizProcess.Run([.. command, "--strict"]).ExitCode, Is.EqualTo(2));
        File.WriteAllBytes(PictureOf(2, 2), picture);
        Assert.That(Run(command).Json.GetProperty("pictures_of_earlier_run").GetInt32(), Is.EqualTo(8));
        byte[] table = File.ReadAllBytes(PartOf(2));
        Assert.That(Run(command).Json.GetProperty("pictures_of_earlier_run").GetInt32(), Is.EqualTo(9));
        Assert.That(File.ReadAllBytes(PartOf(2)), Is.EqualTo(table));
    }

    [Test]
    public void What_is_not_of_one_run_is_refused_by_name()
    {
        WriteSet();
        string other = Folder.File("other.onnx");
        for (int i = 1; i <= 3; i++) Run([.. Evaluate("sparseness", [], PartOf(i)), "--shard", $"{i}/3"]);
        Run([.. Evaluate("sparseness", ["--rule", "guided"], PartOf(4)), "--shard", "2/3"]);
        Run([.. Evaluate("sparseness", [], PartOf(5)), "--shard", "2/4"]);
        // The same network with another producer_version, field 3 of the message.
        File.WriteAllBytes(other, [.. File.ReadAllBytes(Vgg), 0x1A, 1, (byte)'x']);
        Run([.. Evaluate("sparseness", [], PartOf(6)).Select(word => word == Vgg ? other : word), "--shard", "2/3"]);
        File.Delete(PictureOf(1, 0));
        Run([.. Evaluate("sparseness", [], PartOf(7)), "--shard", "2/3"]);
        using (Assert.EnterMultipleScope())
        {
            Refused("2/3", PartOf(1), PartOf(3));
            Refused("overlap", PartOf(1), PartOf(2), PartOf(2), PartOf(3));
            Refused("options", PartOf(1), PartOf(4), PartOf(3));
            Refused("parts of 3 and of 4", PartOf(1), PartOf(5), PartOf(3));
            Refused("model", PartOf(1), PartOf(6), PartOf(3));
            Refused("list of pictures", PartOf(1), PartOf(7), PartOf(3));
            Refused("list of pictures", PartOf(1), PartOf(2), PartOf(3));
            Refused("is no shard", Folder.File("labels.txt"));
            Refused("does not exist", Folder.File("absent.csv"));
        }

        WriteSet();
        File.AppendAllText(PartOf(2), "more");
        Refused("was changed", PartOf(1), PartOf(2), PartOf(3));
        Assert.That(File.Exists(Merged), Is.False);
    }

    [Test]
    public void Shards_of_saliency_and_reconstruct_leave_the_files_of_one_run()
    {
        WriteSet();
        string pictures = Folder.File("set", "val", "kind1"), set = Folder.File("set");
        string[] saliency = ["saliency", pictures, "--model", Vgg, "--preprocess", "unit", "--rule", "guided", "--output"];
        string[] reconstruct = ["reconstruct", "--data", set, "--model", Vgg, "--preprocess", "unit", "--maps", "3", "--top", "4", "--output"];
        foreach (string[] command in (string[][])[saliency, reconstruct])
        {
            string name = command[0];
            Run([.. command, Folder.File(name, "whole")]);
            for (int i = 1; i <= 2; i++) Run([.. command, Folder.File(name, "parts"), "--shard", $"{i}/2"]);
            Run(["merge", Folder.File(name, "parts"), "--output", Folder.File(name, "merged")]);
            Assert.That(FilesIn(name, "merged"), Is.EqualTo(FilesIn(name, "whole")).And.Not.Empty, name);
            Refused("1/2", Folder.File(name, "parts", $"{name}.2-of-2.shard"));
        }
    }

    [TestCase("0/4", "I counts from 1")]
    [TestCase("5/4", "I counts from 1")]
    [TestCase("1/0", "parts are supported")]
    [TestCase("x", "names no part")]
    [TestCase("slurm", "SLURM_ARRAY_TASK_ID is not set")]
    [TestCase("kubernetes/4", "JOB_COMPLETION_INDEX is not set")]
    public void What_is_no_part_is_refused(string shard, string why) =>
        Assert.That(() => Shard.Parse(shard, _ => null), Throws.TypeOf<NetVizException>().With.Message.Contains(why));

    [Test]
    public void A_schedulers_variables_tell_the_part_wherever_its_ids_start()
    {
        var slurm = new Dictionary<string, string>
        {
            ["SLURM_ARRAY_TASK_ID"] = "107", ["SLURM_ARRAY_TASK_MIN"] = "101", ["SLURM_ARRAY_TASK_MAX"] = "115",
            ["SLURM_ARRAY_TASK_COUNT"] = "8", ["SLURM_ARRAY_TASK_STEP"] = "2", ["JOB_COMPLETION_INDEX"] = "0",
        };
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Shard.Parse("slurm", name => slurm.GetValueOrDefault(name)), Is.EqualTo(new Shard(4, 8)));
            Assert.That(Shard.Parse("kubernetes/8", name => slurm.GetValueOrDefault(name)), Is.EqualTo(new Shard(1, 8)));
            // An array such as 101,103,120 tells no part.
            slurm["SLURM_ARRAY_TASK_COUNT"] = "3";
            Assert.That(() => Shard.Parse("slurm", name => slurm.GetValueOrDefault(name)), Throws.TypeOf<NetVizException>());
            Assert.That(Enumerable.Range(1, 7).Sum(i => new Shard(i, 7).RangeOf(100).End - new Shard(i, 7).RangeOf(100).First),
                Is.EqualTo(100));
        }
    }

    private string PartOf(int i) => Folder.File("parts", $"{i}.csv");

    private string PictureOf(int kind, int number) => Folder.File("set", "val", $"kind{kind}", $"{kind}{number}.png");

    private string[] Evaluate(string metric, string[] options, string output) =>
    [
        "evaluate", "--data", Folder.File("set"), "--model", Vgg, "--preprocess", "unit", "--labels", Folder.File("labels.txt"),
        "--metric", metric, .. options, "--output", output,
    ];

    private static NetvizProcess Run(string[] command)
    {
        NetvizProcess run = NetvizProcess.Run(command);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return run;
    }

    private void Refused(string why, params string[] files)
    {
        NetvizProcess run = NetvizProcess.Run(["merge", .. files, "--output", Merged]);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")), why);
        Assert.That(run.Error.TrimEnd('\n'), Does.StartWith("netviz: ").And.Contain(why).And.Not.Contain("\n"));
    }

    // Reports hold times, which no two runs share.
    private Dictionary<string, byte[]> FilesIn(params string[] folder) => Directory.GetFiles(Folder.File(folder))
        .Where(path => !path.EndsWith(".json", StringComparison.Ordinal) || Path.GetFileName(path) == "top.json")
        // A summary is of the pictures of one run.
        .Where(path => Path.GetFileName(path) is not ("summary.csv" or "index.html")
            && !Path.GetFileName(path).StartsWith("contact", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);

    private void WriteSet()
    {
        List<string> boxes = ["file\tclass\txmin\tymin\txmax\tymax"];
        for (int c = 0; c < Classes; c++)
        {
            for (int i = 0; i < OfAClass; i++)
            {
                var rgb = new byte[3 * 32 * 32];
                new Random(OfAClass * c + i).NextBytes(rgb);
                for (int k = 0; k < rgb.Length; k++) rgb[k] = (byte)(rgb[k] / 6 + (k / 96 < 12 + c && k / 3 % 32 > 4 * i ? 160 : 30));
                Directory.CreateDirectory(Path.GetDirectoryName(PictureOf(c, i))!);
                ImageFile.WritePng(new Photo(32, 32, rgb), PictureOf(c, i));
                if (c != 1) boxes.Add($"val/kind{c}/{c}{i}.png\t{c}\t{4 * i}\t0\t31\t{11 + c}");
            }
        }

        Folder.Write(Path.Combine("set", "val.tsv"), string.Join('\n', boxes) + "\n");
        Folder.Write("labels.txt", string.Join('\n', Enumerable.Range(0, 10).Select(c => $"kind{c}")));
    }
}
