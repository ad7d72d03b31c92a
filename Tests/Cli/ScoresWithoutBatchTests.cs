using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>The commands on networks of one image whose scores have no batch axis, or have it in the last place.</summary>
[NonParallelizable]
public class ScoresWithoutBatchTests : InTemporaryFolder
{
    private static readonly string Picture = RepositoryRoot.File("docs", "images", "orange.png");

    private static readonly string[] Commands =
    [
        "info", "classify PICTURE", "saliency PICTURE --ledger --output OUT", "prove PICTURE --output OUT",
        "parting PICTURE --output OUT", "telescope PICTURE", "radius PICTURE", "trace PICTURE --at c --element 0,1,1",
        "trace PICTURE --at y --element 0 --forward", "localise PICTURE --output OUT", "report PICTURE --output OUT/x.html",
        "class-model --class 0 --preset paper --steps 2 --output OUT", "step PICTURE --script q", "export --output OUT/x.onnx",
    ];

    [Test, Combinatorial]
    public void A_command_works_or_refuses_in_one_line(
        [Values("a pool squeezed to [C]", "one number squeezed to []", "a transpose to [C, N]", "a Gemm that transposes the batch")]
        string what, [ValueSource(nameof(Commands))] string command)
    {
        string model = BatchAxisGraphs.All[what].Graph(1).Write(Folder);
        string[] arguments = [.. command.Split(' ').Select(word => word.Replace("PICTURE", Picture).Replace("OUT", Folder.Path))];
        NetvizProcess run = NetvizProcess.Run([.. arguments, "--model", model, "--preprocess", "unit", "--device", "cpu"]);
        Assert.That(run.ExitCode, Is.EqualTo(0).Or.EqualTo(2), run.Error);
        Assert.That(run.Error, Does.Not.Contain("   at "));
        if (run.ExitCode == 2) TestContext.Out.WriteLine($"{what}, {command}: {run.Error}");
    }
}
