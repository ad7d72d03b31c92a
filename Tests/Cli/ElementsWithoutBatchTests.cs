using System.Text.Json;
using System.Text.RegularExpressions;
using NetViz.Engine.Imaging;
using NetViz.Kernels;
using NetViz.Visualisation.Proofs;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>
/// Elements of tensors of one image that have no batch axis, or have it elsewhere: all numbers belong to the one image, in
/// captions, coordinates, pictures and sums.
/// </summary>
[NonParallelizable]
public class ElementsWithoutBatchTests : InTemporaryFolder
{
    private static readonly string Picture = RepositoryRoot.File("docs", "images", "orange.png");

    // The name of the graph, and the coordinates of its output's element 4, or its only one.
    private static readonly object[] Graphs =
    [
        new object[] { "a pool squeezed to [C]", "4", 6 }, new object[] { "one number squeezed to []", "0", 1 },
        new object[] { "a transpose to [C, N]", "4,0", 6 }, new object[] { "a softmax over [C, N]", "4,0", 6 },
        new object[] { "a reshape that merges", "1,1", 6 },
    ];

    [TestCaseSource(nameof(Graphs))]
    public void Step_shows_all_numbers_and_follows_one(string graph, string element, int count)
    {
        NetvizProcess run = Run(graph, "step", Picture, "--class", count > 4 ? "4" : "0", "--width", "150", "--script",
            $"e {element} enter e enter");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain($"vector of {count} by rows").Or.Not.Contain("vector of"));
        Assert.That(run.Out, Does.Not.Contain("There is no element").And.Not.Contain("not in R"));
    }

    [TestCaseSource(nameof(Graphs))]
    public void Trace_takes_and_names_an_element_of_all_numbers(string graph, string element, int count)
    {
        string number = count > 4 ? "4" : "0";
        string at = Scores(graph);
        NetvizProcess byPlace = Run(graph, "trace", Picture, "--forward", "--at", at, "--element", element),
            byNumber = Run(graph, "trace", Picture, "--forward", "--at", at, "--element", number);
        Assert.That(byPlace.ExitCode, Is.Zero, byPlace.Error);
        Assert.That(byPlace.Out, Is.EqualTo(byNumber.Out));
        Assert.That(byPlace.Out, Does.Contain($"at {at} ({element})"));
        Assert.That(byPlace.Out, Does.Not.Contain("do NOT make"));
        NetvizProcess down = Run(graph, "trace", Picture, "--class", number);
        Assert.That(down.ExitCode, Is.Zero, down.Error);
        Assert.That(down.Out, Does.Contain($"({element})"));
        NetvizProcess outside = Run(graph, "trace", Picture, "--forward", "--at", at, "--element", "99");
        Assert.That(outside.ExitCode, Is.EqualTo(2));
        Assert.That(outside.Error, Does.Contain($"a number from 0 to {count - 1}"));
    }

    [TestCaseSource(nameof(Graphs))]
    public void Parting_and_telescope_count_all_numbers(string graph, string element, int count)
    {
        string number = count > 4 ? "4" : "0";
        NetvizProcess parting = Run(graph, "parting", Picture, "--class", number, "--json");
        Assert.That(parting.ExitCode, Is.Zero, parting.Error);
        if (graph == "a transpose to [C, N]")
        {
            JsonElement layer = parting.Json.GetProperty("layers").EnumerateArray().Single();
            Assert.That(layer.GetProperty("layer").GetString(), Is.EqualTo("y"));
            Assert.That(layer.GetProperty("total").GetProperty("cases").EnumerateObject()
                    .Sum(of => of.Value.GetProperty("count").GetInt64()),
                Is.EqualTo(count), $"all numbers of which {element} is one");
        }

        NetvizProcess telescope = Run(graph, "telescope", Picture, "--class", number, "--json");
        Assert.That(telescope.ExitCode, Is.Zero, telescope.Error);
        Assert.That(telescope.Json.GetProperty("holds").GetBoolean());
    }

    [Test]
    public void A_thumbnail_draws_all_numbers()
    {
        double[] signal = [1, -2, 3, -4, 5, -6];
        foreach (Shape shape in (Shape[])[new(6), new(6, 1), new(2, 3), new(6, 1, 1, 1)])
        {
            SignalThumbnail drawn = SignalThumbnail.Of(signal, shape, ImageLayout.Nchw, SignalAspect.AllChannels, 0, 9, 9);
            Assert.That((drawn.Width, drawn.Height), Is.EqualTo((9, 6)), $"{shape}: by rows of three, enlarged");
            Assert.That(drawn.Shade(8, 5), Is.EqualTo(1).Within(0.01), $"{shape}: the last one is the largest");
            Assert.That(drawn.Shade(0, 0), Is.InRange(0.1, 0.3), $"{shape}: the first one is the smallest");
        }

        Assert.That(SignalThumbnail.ChannelsOf(new Shape(2, 3, 1), ImageLayout.Nchw), Is.EqualTo(2), "[C, H, W]");
        Assert.That(SignalThumbnail.Of([7], new Shape(), ImageLayout.Nchw, SignalAspect.AllChannels, 0, 4, 4).Scale.Limit,
            Is.EqualTo(7).Within(1e-6));
    }

    private string Scores(string graph)
    {
        Match named = Regex.Match(Run(graph, "info", "--json").Out, "\"score_layer\": \"([^\"]*)\"");
        return named.Groups[1].Value;
    }

    private NetvizProcess Run(string graph, params string[] arguments) => NetvizProcess.Run([.. arguments, "--model",
        BatchAxisGraphs.All[graph].Graph(1).Write(Folder), "--preprocess", "unit", "--device", "cpu"]);
}
