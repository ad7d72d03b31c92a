using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>--layer names channels and elements, too: LAYER:c and LAYER:c,y,x.</summary>
public class LayerPlaceTests : InTemporaryFolder
{
    [TestCase("trace sample:orange --layer relu3_1:1,3,4 --forward --json",
        "trace sample:orange --layer relu3_1 --element 1,3,4 --forward --json")]
    [TestCase("trace sample:orange --layer fc7:5 --forward --json", "trace sample:orange --layer fc7 --element 5 --forward --json")]
    [TestCase("reconstruct sample:orange --layer relu4_1:7,2,3 --json --output OUT",
        "reconstruct sample:orange --layer relu4_1 --neuron 7,2,3 --json --output OUT")]
    [TestCase("reconstruct sample:orange --layer relu4_1:7 --top 2 --json --output OUT",
        "reconstruct sample:orange --layer relu4_1 --channel 7 --top 2 --json --output OUT")]
    [TestCase("activations sample:orange --layer relu2_1:3,4,5 --json --output OUT",
        "activations sample:orange --layer relu2_1 --unit 3,4,5 --json --output OUT")]
    [TestCase("activations sample:orange --layer relu2_1:3 --json --output OUT",
        "activations sample:orange --layer relu2_1 --channel 3 --json --output OUT")]
    [TestCase("filters --layer conv1_1:4 --json --output OUT", "filters --layer conv1_1 --channel 4 --json --output OUT")]
    [TestCase("decompose sample:orange --layer conv5_1:3 --json", "decompose sample:orange --start conv5_1:3 --json")]
    public void A_place_behind_the_layer_is_the_same_as_its_own_option(string with, string without) =>
        Assert.That(Output(with), Is.EqualTo(Output(without)));

    [TestCase("trace sample:orange --layer relu3_1:1,3,4 --element 1,3,4", "--layer and --element both name an element")]
    [TestCase("reconstruct sample:orange --layer relu4_1:7,2 --output OUT", "one or three numbers")]
    [TestCase("reconstruct sample:orange --layer relu4_1:7 --layer relu3_1 --output OUT", "2 layers")]
    [TestCase("activations sample:orange --layer relu2_1:999 --output OUT", "no channel 999")]
    public void A_place_that_does_not_fit_is_refused(string command, string problem)
    {
        NetvizProcess run = Run(command);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain(problem));
    }

    private string Output(string command)
    {
        NetvizProcess run = Run(command);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return run.Out;
    }

    private NetvizProcess Run(string command) => NetvizProcess.Run([.. command.Split(' ').Select(word =>
        word.Replace("OUT", Folder.File("out"), StringComparison.Ordinal))]);
}
