using System.Text.Json;
using NetViz.Engine;
using NetViz.Weights;
using NetViz.Weights.ClassLabels;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Networks with several outputs: which one is taken, and how another is.</summary>
[NonParallelizable]
public class HeadTests : InTemporaryFolder
{
    private static readonly string Picture = RepositoryRoot.File("docs", "images", "orange.png");

    private string Model => TwoHeads().Write(Folder);

    [TestCase("classify PICTURE")]
    [TestCase("saliency PICTURE --rule gradient --output OUT")]
    [TestCase("info")]
    [TestCase("prove PICTURE")]
    public void Without_a_choice_the_first_is_taken_and_said(string command)
    {
        NetvizProcess run = Run(command);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("output 'colour' is taken").And.Contain("colour, kind").And.Contain("--head"));
        Assert.That(Run($"{command} --quiet").Error, Is.Empty);
    }

    [TestCase("kind", Description = "an output")]
    [TestCase("the kind's node", Description = "a node")]
    public void A_head_is_named_by_output_or_node(string head)
    {
        NetvizProcess run = NetvizProcess.Run("classify", Picture, "--model", Model, "--preprocess", "unit", "--json",
            "--top", "9", "--head", head);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json[0].GetProperty("top").GetArrayLength(), Is.EqualTo(3));
        Assert.That(run.Error, Does.Contain("output 'kind' is taken"));
        Assert.That(Run("classify PICTURE --json --top 9").Json[0].GetProperty("top").GetArrayLength(), Is.EqualTo(5));
        using OnnxModel one = OnnxModel.Load(Model, new OnnxOptions { Output = head });
        Assert.That((one.Head, one.ClassCount), Is.EqualTo(("kind", 3)));
    }

    [Test]
    public void Results_and_info_name_it()
    {
        Assert.That(Run("saliency PICTURE --rule gradient --json --head kind --output OUT").Json[0].GetProperty("head")
            .GetString(), Is.EqualTo("kind"));
        JsonElement info = Run("info --json --head kind").Json;
        Assert.That(info.GetProperty("outputs").EnumerateArray().Select(output => output.GetString()),
            Is.EqualTo((string[])["colour", "kind"]));
        Assert.That(info.GetProperty("output").GetString(), Is.EqualTo("kind"));
        Assert.That(Run("info --head kind").Out, Does.Contain("colour, kind; taken: kind"));
    }

    [Test]
    public void An_unknown_head_is_refused_with_the_outputs()
    {
        NetvizProcess run = Run("classify PICTURE --head nothing");
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain("'nothing'").And.Contain("colour, kind").And.Contain("test.onnx"));
    }

    [Test]
    public void Labels_of_the_side_car_that_do_not_fit_the_head_are_left_out()
    {
        string model = Model;
        File.WriteAllText(Path.ChangeExtension(model, ".netviz.json"), """{"labels": ["a", "b", "c", "d", "e"]}""");
        using OnnxModel first = OnnxModel.Load(model), second = OnnxModel.Load(model, new OnnxOptions { Output = "kind" });
        Assert.That((first.Labels?.Count, second.Labels), Is.EqualTo(((int?)5, (Labels?)null)));
        string labels = Folder.Write("labels.txt", "a\nb\n");
        Assert.That(() => OnnxModel.Load(model, new OnnxOptions { Output = "kind", LabelsPath = labels }),
            Throws.InstanceOf<NetVizException>().With.Message.Contains("2 class names"));
    }

    [Test]
    public void Scores_and_probabilities_of_one_chain_are_no_choice()
    {
        string model = TwoHeads().Node("Softmax", "chance", "colour").Change((_, graph) =>
        {
            graph.Output.RemoveAt(1);
        }).Output("chance").Write(Folder);
        NetvizProcess run = NetvizProcess.Run("classify", Picture, "--model", model, "--preprocess", "unit");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
    }

    private static TestGraph TwoHeads() => new TestGraph(13).Input("x", "N", 3, 8, 8).Random("w", 4, 3, 3, 3)
        .Node("Conv", "c", "x w").Node("Relu", "r", "c").Node("GlobalAveragePool", "p", "r").Node("Flatten", "f", "p")
        .Random("m", 4, 5).Node("MatMul", "colour", "f m").Random("k", 4, 3).Node("MatMul", "kind", "f k")
        .Change((_, graph) => graph.Node[^1].Name = "the kind's node").Output("colour", "kind");

    private NetvizProcess Run(string command) => NetvizProcess.Run([.. command.Split(' ').Select(word => word
        .Replace("PICTURE", Picture, StringComparison.Ordinal).Replace("OUT", Folder.File("out"), StringComparison.Ordinal)),
        "--model", Model, "--preprocess", "unit", "--device", "cpu"]);
}
