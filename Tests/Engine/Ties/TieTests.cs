using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Weights;
using NetViz.Weights.Generation;
using NetViz.Weights.InputPreprocessing;
using NUnit.Framework;
using Tensors = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Engine.Ties;

/// <summary>
/// On pictures full of ties the default algorithm takes every decision that the plain sum takes: each bit, each switch. Signals
/// then differ by rounding alone.
/// </summary>
public class TieTests
{
    /// <summary>Relative L2 of a signal of a whole network from the one of the plain sum.</summary>
    private const double Bound = 1e-3;

    private static IEnumerable<TestCaseData> SmallNetworks =>
        from network in (string[])["default", "squeezenet"]
        from picture in TiePictures.Names
        where network == "default" || picture is "grey" or "halves" or "bars-3" or "checker-2" or "disc-on-white" or "digit"
            or "integers" or "cut-out"
        select new TestCaseData(network, picture);

    [TestCaseSource(nameof(SmallNetworks))]
    public void A_small_networks_decisions_are_those_of_the_plain_sum(string network, string picture)
    {
        using OnnxModel model = OnnxModel.Load(network == "default"
            ? DefaultModel.Path
            : SharedData.PathOf("models", "squeezenet1.0.onnx"));
        RequireSameDecisions(model, picture);
    }

    /// <summary>A VGG-11 of 1.4 10^9 multiply-adds an image: Winograd's transforms compute it where there are no ties.</summary>
    [Test]
    public void A_large_networks_decisions_are_those_of_the_plain_sum()
    {
        using var folder = new TemporaryFolder();
        using OnnxModel model = Large(folder);
        using (Assert.EnterMultipleScope())
        {
            foreach (string picture in (string[])["white", "halves", "bars-1", "checker-2", "checker-16", "ramp", "disc", "dot",
                "blocks", "cut-out"])
                RequireSameDecisions(model, picture);
        }
    }

    [Test]
    public void Without_ties_a_large_network_goes_through_the_transforms()
    {
        using var folder = new TemporaryFolder();
        using OnnxModel model = Large(folder);
        using PreparedNetwork auto = model.Network.On(Device.Cpu(2)), direct = model.Network.On(Direct);
        Tensor<float> noise = Tensors.Create(Numbers.Single(Numbers.Normal(3 * 96 * 96, "noise")), [1, 3, 96, 96]);
        using ForwardRecord a = auto.Forward(noise), b = direct.Forward(noise);
        Assert.That(a.Scores.Values(), Is.Not.EqualTo(b.Scores.Values()));
        Assert.That((double)Tensors.Distance<float>(a.Scores, b.Scores) / Tensors.Norm<float>(b.Scores), Is.LessThan(1e-5));
    }

    /// <summary>
    /// Some images of a batch tie and others do not: each has the bytes that it has alone, on any number of threads.
    /// </summary>
    [Test]
    public void An_image_has_the_same_bytes_in_any_batch_and_on_any_number_of_threads()
    {
        using var folder = new TemporaryFolder();
        using OnnxModel model = Large(folder);
        const int Size = 3 * 96 * 96;
        float[] noise = Numbers.Single(Numbers.Normal(2 * Size, "noise"));
        float[] disc = InputOf(model, "disc").Values(), grey = InputOf(model, "grey").Values();
        float[][] images = [disc, noise[..Size], grey, disc, noise[Size..]];
        float[]? first = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            using PreparedNetwork prepared = model.Network.On(Device.Cpu(threads));
            using ForwardRecord all = prepared.Forward(Tensors.Create(images.SelectMany(image => image).ToArray(),
                [images.Length, 3, 96, 96]));
            float[] signals = all.Backward(Seed.Class(3), BackwardRule.Gradient).Values();
            for (int n = 0; n < images.Length; n++)
            {
                using ForwardRecord alone = prepared.Forward(Tensors.Create(images[n], [1, 3, 96, 96]));
                Assert.That(all.Scores.Values().AsSpan(n * 10, 10).SequenceEqual(alone.Scores.Values()), $"scores of image {n}");
                float[] signal = alone.Backward(Seed.Class(3), BackwardRule.Gradient).Values();
                Assert.That(signals.AsSpan(n * Size, Size).SequenceEqual(signal), $"signal of image {n}, {threads} threads");
            }

            Assert.That(signals, Is.EqualTo(first ??= signals), $"{threads} threads");
        }
    }

    [Test]
    public void The_transforms_break_ties_where_they_are_requested_by_name()
    {
        using OnnxModel model = OnnxModel.Load(DefaultModel.Path);
        using PreparedNetwork winograd = model.Network.On(Device.Cpu(2, ConvAlgorithm.Winograd)), direct = model.Network.On(Direct);
        Tensor<float> input = InputOf(model, "grey");
        using ForwardRecord a = winograd.Forward(input), b = direct.Forward(input);
        PortableRecord found = a.Export(), expected = b.Export();
        int different = found.Layers.Zip(expected.Layers, (x, y) => x.Switches.Zip(y.Switches).Count(s => s.First != s.Second)).Sum();
        Assert.That(different, Is.GreaterThan(1000));
    }

    private static Device Direct => Device.Cpu(2, ConvAlgorithm.Direct);

    private static OnnxModel Large(TemporaryFolder folder)
    {
        string path = folder.File("vgg11.onnx");
        VggGenerator.Write(path, new VggOptions { Depth = 11, InputSize = 96, Hidden = 64, Classes = 10 });
        File.WriteAllText(Path.ChangeExtension(path, ".netviz.json"), """{ "preprocessing": "torchvision" }""");
        return OnnxModel.Load(path);
    }

    private static Tensor<float> InputOf(OnnxModel model, string picture)
    {
        Preprocessing preprocessing = model.RequirePreprocessing();
        (float[] input, _) = preprocessing.Apply(
            TiePictures.Draw(picture, preprocessing.ResizeWidth, preprocessing.ResizeHeight));
        return Tensors.Create(input, [.. preprocessing.InputShape.Select(length => (nint)length)]);
    }

    private static void RequireSameDecisions(OnnxModel model, string picture)
    {
        using PreparedNetwork auto = model.Network.On(Device.Cpu(2)), direct = model.Network.On(Direct);
        Tensor<float> input = InputOf(model, picture);
        using ForwardRecord a = auto.Forward(input), b = direct.Forward(input);
        PortableRecord found = a.Export(), expected = b.Export();
        foreach ((PortableLayer here, PortableLayer there) in found.Layers.Zip(expected.Layers))
        {
            Assert.That(here.Bits.AsSpan().SequenceEqual(there.Bits), $"{picture}: bits of {here.Layer}");
            Assert.That(here.Switches.AsSpan().SequenceEqual(there.Switches), $"{picture}: switches of {here.Layer}");
        }

        int best = (int)Tensors.IndexOfMax<float>(b.Scores);
        foreach (BackwardRule rule in BackwardRule.All)
        {
            Tensor<float> signal = a.Backward(Seed.Class(best), rule), plain = b.Backward(Seed.Class(best), rule);

            // DeconvNet may pass nothing at all.
            double difference = Tensors.Distance<float>(signal, plain), size = Tensors.Norm<float>(plain);
            Assert.That(difference, Is.InRange(0.0, Bound * size), $"{picture}: {rule.Name}, of {size}");
        }
    }
}
