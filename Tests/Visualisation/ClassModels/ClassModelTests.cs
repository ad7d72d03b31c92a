using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Visualisation;
using NetViz.Visualisation.ClassModels;
using NetViz.Visualisation.Plots;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.ClassModels;

/// <summary>Class models of the default network.</summary>
public sealed class ClassModelTests
{
    private static readonly string[] Classes = ["orange", "ladybug"];
    private static readonly ModelFixture Default = new();

    [OneTimeTearDown]
    public static void Close() => Default.Dispose();

    [Test]
    public void With_paper_the_objective_never_falls_and_is_that_of_the_image()
    {
        ClassModelSettings paper = ClassModelPresets.Find("paper").With("steps", 60, Origin.Given);
        IReadOnlyList<ClassModelResult> results = Default.Ascend(Default.Score(Classes), paper);
        Assert.That(results, Has.Count.EqualTo(2));
        foreach (ClassModelResult result in results)
        {
            Assert.That(result.Curve, Has.Count.EqualTo(60));
            Assert.That(result.Curve[0].Norm, Is.Zero, "it starts at the zero image");
            double[] objective = [.. result.Curve.Select(step => step.Objective)];
            Assert.That(objective, Is.Ordered);
            Assert.That(objective[^1], Is.GreaterThan(objective[0] + 5));
            double lambda = paper["lambda"] / (Math.Pow(Default.Units.UnitRatio, 2) * Default.Units.CountRatio);
            double square = result.Image.Sum(value => (double)value * value);
            Assert.That(result.Value - lambda * square, Is.EqualTo(objective[^1]).Within(1e-3));
        }
    }

    [TestCase("cs231n")]
    [TestCase("yosinski")]
    [TestCase("lucid")]
    [TestCase("netviz")]
    public void With_the_others_the_running_median_rises_to_a_plateau(string preset)
    {
        ClassModelSettings settings = ClassModelPresets.Find(preset).With("steps", 120, Origin.Given);
        double[] median = ClassModelPlot.RunningMedian(
            [.. Default.Ascend(Default.Score("teapot"), settings)[0].Curve.Select(step => step.Value)]);
        double rise = median[^1] - median[0];
        Assert.That(rise, Is.GreaterThan(10));
        Assert.That(median[^1] - median[79], Is.LessThan(0.3 * rise), "the last third adds little");
        Assert.That(median.Max() - median[^1], Is.LessThan(0.15 * rise), "and it does not come down again");
    }

    [TestCase("paper")]
    [TestCase("netviz")]
    public void The_same_seed_gives_the_same_bytes(string preset)
    {
        ClassModelSettings settings = ClassModelPresets.Find(preset).With("steps", 6, Origin.Given);
        float[] first = Default.Ascend(Default.Score(Classes), settings, 3)[0].Image;
        Assert.That(Default.Ascend(Default.Score(Classes), settings, 3)[0].Image, Is.EqualTo(first));
        if (preset == "netviz") Assert.That(Default.Ascend(Default.Score(Classes), settings, 4)[0].Image, Is.Not.EqualTo(first));
    }

    [Test]
    public void Read_back_from_the_PNG_and_shifted_it_is_its_class()
    {
        int index = Default.Model.FindClass("orange");
        ClassModelResult result =
            Default.Ascend(Default.Score("orange"), ClassModelPresets.Find("netviz").With("steps", 80, Origin.Given))[0];
        Photo picture = ImageFile.Decode(ImageFile.EncodePng(result.Picture), "model");
        IReadOnlyList<ReadBack> back = ReadBack.Of(Default.Network, Default.Units, picture, index);
        Assert.That(back.Select(one => (one.Down, one.Right)),
            Is.EqualTo(new[] { (0, 0), (-4, 0), (4, 0), (0, -4), (0, 4) }));
        Assert.That(back.All(one => one.IsTop), string.Join(", ", back));
        Assert.That(back[0].Score, Is.EqualTo(result.Value).Within(0.5), "8 bits change the score little");
    }

    [Test]
    public void The_posterior_rises_with_less_of_a_score()
    {
        ClassModelSettings paper = ClassModelPresets.Find("paper").With("steps", 60, Origin.Given);
        int[] index = [Default.Model.FindClass("orange")];
        ClassModelResult score = Default.Ascend(Default.Score("orange"), paper)[0];
        ClassModelResult posterior =
            Default.Ascend(ModelTarget.Posterior(index), paper.With("lambda", 1e-5, Origin.Ours))[0];
        Assert.That(posterior.Value, Is.InRange(0.9, 1));
        double OfScore(ClassModelResult result) => ReadBack.Of(Default.Network, Default.Units, result.Picture, index[0])[0].Score;
        Assert.That(OfScore(posterior), Is.LessThan(OfScore(score)));
    }

    [Test]
    public void Layers_channels_and_neurons_rise()
    {
        Network network = Default.Model.Network;
        string layer = network.Nodes.Last(node => node.Layer.Operator == "Conv").Name;
        ClassModelSettings plain = ClassModelPresets.Find("paper").With("steps", 25, Origin.Given);
        foreach (int[] place in (int[][])[[], [3], [3, 1, 2]])
        {
            ClassModelResult result = Default.Ascend(ModelTarget.Layer(network, layer, place), plain)[0];
            Assert.That(result.Curve[^1].Objective, Is.GreaterThan(result.Curve[0].Objective),
                $"{layer}:{string.Join(',', place)}");
        }

        Assert.Throws<NetVizException>(() => Default.Ascend(ModelTarget.Layer(network, layer, 9999), plain));
        Assert.Throws<NetVizException>(() => ModelTarget.Layer(network, "nowhere"));
    }

    [Test]
    public void A_score_behind_a_ReLU_is_raised_before_it()
    {
        using OnnxModel model = OnnxModel.Load(SharedData.PathOf("models", "squeezenet1.0.onnx"), new() { Preprocess = "caffe" });
        using PreparedNetwork network = model.Network.On(Device.Cpu());
        InputUnits units = ModelFixture.Small(227, 227, ChannelOrder.Bgr);
        ModelTarget target = ModelTarget.Score(model.Network, units, [1, 301]);
        Assert.That(target.Before, Is.EqualTo("conv_final"));
        IReadOnlyList<ClassModelResult> results =
            ClassModel.Ascend(network, units, target, ClassModelPresets.Find("paper").With("steps", 6, Origin.Given), 1);
        Assert.That(results.All(result => result.Curve[^1].Objective > result.Curve[0].Objective));
    }

    [Test]
    public void A_setting_that_a_preset_cannot_use_is_refused()
    {
        Assert.Throws<NetVizException>(() => ClassModelPresets.Find("paper").With("jitter", 3, Origin.Given));
        Assert.Throws<NetVizException>(() => ClassModelPresets.Find("lucid").With("blur", 1, Origin.Given));
        Assert.Throws<NetVizException>(() => ClassModelPresets.Find("lucid").With("steps", 0, Origin.Given));
        Assert.Throws<NetVizException>(() => ClassModelPresets.Find("lucid").With("rate", double.NaN, Origin.Given));
        Assert.Throws<NetVizException>(() => ClassModelPresets.Find("deepdream"));
    }
}
