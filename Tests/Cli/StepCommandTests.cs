using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetViz.Visualisation;
using NetViz.Weights.Export;
using NUnit.Framework;
using Spectre.Console;

namespace NetViz.Tests.Cli;

/// <summary><c>netviz step --script</c>: frames as text.</summary>
public partial class StepCommandTests : InTemporaryFolder
{
    private static readonly string Orange = RepositoryRoot.File("docs", "images", "orange.png");
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");
    [Test]
    public void Every_frame_of_the_way_down_and_back_fits_a_terminal()
    {
        string[][] frames = Frames("step", "--script",
            "down*25 tab tab up*25 d down*25 up*3 u end home e enter ? esc c 3 enter right");
        Assert.That(frames, Has.Length.EqualTo(1 + 25 + 2 + 25 + 1 + 25 + 3 + 3 + 2 + 2 + 3 + 1));
        Assert.That(frames[0][0], Does.StartWith("sample:orange: orange (41), S_c = ").And.EndWith("layer 1 of 25"));
        Assert.That(frames[25][0], Does.EndWith("the end, 25 layers"));
        Assert.That(frames[52], Is.EqualTo(frames[0]), "down and up again is where it began");
        Assert.That(frames[78][1], Does.StartWith("rule: deconvnet"));
        Assert.That(frames[78].Any(line => line.Contains("R_0: a reconstruction", StringComparison.Ordinal)));
    }

    [Test]
    public void Branches_and_overlapping_pools_are_told()
    {
        string[][] frames = Frames("step", SharedData.PathOf("photos", "chelsea.png"), "--preprocess", "caffe", "--model",
            SharedData.PathOf("models", "squeezenet1.0.onnx"), "--script", "down*65 up*65");
        string text = string.Join(' ', frames.SelectMany(frame => frame).Select(line => line.Length > 36 ? line[36..] : ""));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(frames[65][0], Does.EndWith("the end, 65 layers"));
            Assert.That(frames[^1], Is.EqualTo(frames[0]));
            Assert.That(text, Does.Contain("branches: signal 1 of 2").And.Contain("branches: the last of 2"));
            Assert.That(text, Does.Contain("R_k = part k of R_{n+1}").And.Contain("several meet and are added:"));
        }
    }

    /// <summary>The numbers are those of HandSizedTests.</summary>
    [Test]
    public void A_network_of_five_layers_reads_as_it_should()
    {
        OnnxExport.Write(HandSizedNetwork.Network, Folder.File("hand.onnx"));
        Npy.Write(Folder.File("x.npy"), Tensor.Create(new float[] { 1, 2, 0, 0, 1, 3, 2, 1, 1 }, [1, 1, 3, 3]));
        string[][] frames = Frames("step", Folder.File("x.npy"), "--model", Folder.File("hand.onnx"), "--class", "0",
            "--device", "reference", "--script", "down*3 u e 1,0,1 enter end");
        Assert.That(string.Join('\n', frames[^2]).TrimEnd(), Is.EqualTo(AtTheRectifier));
        Assert.That(string.Join('\n', frames[^1]).TrimEnd(), Is.EqualTo(AtTheImage));
    }

    [Test]
    public void Frames_in_colour_are_the_same_frames()
    {
        string[] arguments = ["step", Orange, "--model", Vgg, "--preprocess", "unit", "--script", "down*4 end"];
        string plain = Text([.. arguments, "--picture", "none"]), coloured = Text([.. arguments, "--picture", "none", "--ansi"]);
        Assert.That(SequencePattern().Replace(coloured, ""), Is.EqualTo(plain));
        string blocks = Text([.. arguments, "--ansi"]);
        Assert.That(blocks, Does.Contain("\u2580").And.Match("\u001b\\[[0-9;]*38;2;\\d+;\\d+;\\d+;48;2;"));
        foreach (string line in SequencePattern().Replace(blocks, "").Split('\n'))
            Assert.That(line.GetCellWidth(), Is.AtMost(80), line);
    }

    [TestCase(60, 16)]
    [TestCase(20, 12)]
    [TestCase(200, 60)]
    public void Pages_of_any_size_are_kept_to(int width, int height)
    {
        string[][] frames = Frames(width, height, "step", Orange, "--model", Vgg, "--preprocess", "unit", "--width", $"{width}",
            "--height", $"{height}", "--script", "down*9 e enter ? esc c 1 enter end tab tab");
        Assert.That(frames, Has.Length.EqualTo(20));
    }

    [Test]
    public void Names_of_strangers_command_nothing_and_stay_in_their_columns()
    {
        string path = new TestGraph().Input("x\u001b[2J", "N", 3, 8, 8).Node("Relu", "y", "x\u001b[2J")
            .Change((_, graph) => graph.Node[0].Name = "a\n\u001b]0;b\u0007\u202ec" + new string('\u5b57', 60))
            .Write(Folder);
        string labels = Folder.Write("labels.txt", string.Join('\n', Enumerable.Range(0, 192).Select(_ => "\u6a59\u001b[31m")));
        string text = Text("step", Orange, "--model", path, "--preprocess", "unit", "--labels", labels, "--script", "down up",
            "--quiet");
        Assert.That(text, Does.Not.Contain('\u001b').And.Not.Contain('\u202e').And.Not.Contain('\u0007'));
        foreach (string line in text.Split('\n')) Assert.That(line.GetCellWidth(), Is.AtMost(80), line);
    }

    [Test]
    public void As_data_it_lists_the_layers_passed()
    {
        NetvizProcess run = NetvizProcess.Run("step", Orange, "--model", Vgg, "--preprocess", "unit", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        JsonElement[] layers = [.. run.Json.GetProperty("layers").EnumerateArray()];
        JsonElement relu = layers.First(layer => layer.GetProperty("operator").GetString() == "Relu");
        JsonElement cases = relu.GetProperty("rectifier");
        long counted = cases.GetProperty("active").EnumerateArray().Concat(cases.GetProperty("inactive").EnumerateArray())
            .Sum(count => count.GetInt64());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Json.GetProperty("trajectory").GetString(), Is.EqualTo("gradient"));
            Assert.That(run.Json.GetProperty("is_gradient").GetBoolean());
            Assert.That(counted, Is.EqualTo(relu.GetProperty("above").GetProperty("count").GetInt64()));
            Assert.That(layers[0].GetProperty("above").GetProperty("l1").GetDouble(), Is.EqualTo(1));
            Assert.That(run.Json.GetProperty("signal").GetProperty("l2").GetDouble(),
                Is.EqualTo(layers[^1].GetProperty("below")[0].GetProperty("l2").GetDouble()));
        }

        NetvizProcess part = NetvizProcess.Run("step", Orange, "--model", Vgg, "--preprocess", "unit", "--json", "--script",
            "down*2 d down*2");
        Assert.That(part.Json.GetProperty("layers").GetArrayLength(), Is.EqualTo(4));
    }

    [TestCase("no terminal", "no terminal", "step")]
    [TestCase("unknown key", "'sideways' is no key", "step", "--script", "down sideways")]
    [TestCase("no count", "'down*0' is no key", "step", "--script", "down*0")]
    [TestCase("too many keys", "10000", "step", "--script", "down*2000000000")]
    [TestCase("too narrow", "--width 3", "step", "--script", "q", "--width", "3")]
    [TestCase("sixels in text", "--picture sixel", "step", "--script", "q", "--picture", "sixel")]
    [TestCase("blocks without colour", "--ansi", "step", "--script", "q", "--picture", "blocks")]
    [TestCase("unknown picture", "auto, blocks, sixel, shades, none", "step", "--script", "q", "--picture", "oil")]
    [TestCase("unknown rule", "gradient, deconvnet, guided", "step", "--script", "q", "--rule", "lrp")]
    public void What_the_user_can_mend_is_one_line(string what, string mentions, params string[] arguments)
    {
        NetvizProcess run = NetvizProcess.Run(arguments);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(2), what);
            Assert.That(run.Out, Is.Empty, what);
            Assert.That(run.Error.Trim().Split('\n'), Has.Length.EqualTo(1), what);
            Assert.That(run.Error, Does.Contain(mentions), what);
        }
    }

    private const string AtTheRectifier =
        """
        x.npy: 0 (0), S_c = 10.00, P = 100.0 %                              layer 4 of 5
        rule: guided                                                           hand.onnx
        --------------------------------------------------------------------------------
                         -----------------  relu
                         -----------------  Relu  [1, 2, 2, 2] -> [1, 2, 2, 2]
                         -----------------
                         -----------------  guided: R_n = max(r, 0) 1(x > 0)
                         -----------------  r: signal above; x: the layer's input
                         -----------------
                         -----------------                r > 0       r < 0       r = 0
                         -----------------  x > 0             2*          1           0
        @@@@@@@@@@@@@@@@@-----------------  x <= 0            1           0           4
        @@@@@@@@@@@@@@@@@                   * passes; elsewhere R_n = 0
        @@@@@@@@@@@@@@@@@
        @@@@@@@@@@@@@@@@@                   Zeroed: 2 of 4 nonzero r: 1 as x <= 0, 1 as
        @@@@@@@@@@@@@@@@@                   r < 0, 0 for both reasons.
        @@@@@@@@@@@@@@@@@
        @@@@@@@@@@@@@@@@@                              L1      L2     min     max  zeros
        @@@@@@@@@@@@@@@@@                   above       7    3.87      -1       3  50.0%
        @@@@@@@@@@@@@@@@@                   below       4    3.16       0       3  75.0%

        below: max |R| of 2 channels, 0 to 3 (99.5th percentile)
        element (1,0,1): r = -1, x > 0 -> R_n = 0: zeroed, as r < 0
        Down/Up layer  g/d/u rule  Left/Right channel  e element  Tab above  ? help  q
        """;

    private const string AtTheImage =
        """
        x.npy: 0 (0), S_c = 10.00, P = 100.0 %                         the end, 5 layers
        rule: guided                                                           hand.onnx
        --------------------------------------------------------------------------------
                   ----------------------   x
                   ----------------------   the image  [1, 1, 3, 3]
                   ----------------------
                   ----------------------   R_0: a reconstruction
                   ----------------------   no derivative of the class score: not every
        @@@@@@@@@@@----------------------   layer was passed under the gradient's rule
        @@@@@@@@@@@           -----------
        @@@@@@@@@@@           -----------   Came by: guided.
        @@@@@@@@@@@           -----------
        @@@@@@@@@@@           -----------              L1      L2     min     max  zeros
        @@@@@@@@@@@           -----------   here       12    5.48      -3       3  33.3%
        @@@@@@@@@@@@@@@@@@@@@@
        @@@@@@@@@@@@@@@@@@@@@@              Tab shows the map M = max over c of |R_c|.
        @@@@@@@@@@@@@@@@@@@@@@
        @@@@@@@@@@@@@@@@@@@@@@
        @@@@@@@@@@@@@@@@@@@@@@
        @@@@@@@@@@@@@@@@@@@@@@

        image: |R|, 0 to 3 (99.5th percentile)
        element (1,0,1): not in the signal, which has the shape [1, 1, 3, 3]
        Down/Up layer  g/d/u rule  Left/Right channel  e element  Tab above  ? help  q
        """;

    private static string Text(params string[] arguments)
    {
        NetvizProcess run = NetvizProcess.Run(arguments);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        return run.Out;
    }

    private static string[][] Frames(params string[] arguments) => Frames(80, 24, arguments);

    /// <summary>The frames that a script prints, each checked to keep to the page.</summary>
    private static string[][] Frames(int width, int height, params string[] arguments)
    {
        string[][] frames = [.. HeadingPattern().Split(Text(arguments)).Skip(1)
            .Select(frame => frame.TrimEnd('\n').Split('\n'))];
        foreach (string[] frame in frames)
        {
            Assert.That(frame, Has.Length.AtMost(height), string.Join('\n', frame));
            foreach (string line in frame) Assert.That(line.GetCellWidth(), Is.AtMost(width), line);
        }

        return frames;
    }

    [GeneratedRegex("^==== .*\n", RegexOptions.Multiline)]
    private static partial Regex HeadingPattern();

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex SequencePattern();
}
