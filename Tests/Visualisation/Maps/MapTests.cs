using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation;
using NetViz.Visualisation.Maps;
using NetViz.Weights;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Visualisation.Maps;

/// <summary>SmoothGrad, integrated gradients, occlusion and ten crops: by hand, and on the default network.</summary>
public class MapTests
{
    private static readonly Shape Image = new(1, 1, 4, 6);

    // S_0 = sum over i of (i + 1) x_i: a gradient that is the same everywhere. S_1 = 0.
    private static readonly Network Linear = new NetworkBuilder("linear", Passes.Input(1, 4, 6))
        .Then(Reshape.Flatten("flatten"))
        .Then(new FullyConnected("fc", "Gemm", Enumerable.Range(1, 24).Select(i => (float)i).Concat(new float[24]).ToArray(),
            24, 2, false, new float[] { 3, 0 }))
        .Build();

    [Test]
    public void Of_a_linear_network_smooth_gradients_are_the_gradient_and_integrated_ones_are_complete()
    {
        using PreparedNetwork prepared = Linear.On(Device.Reference);
        Tensor<float> input = Pixels(1);
        float[] gradient = [.. Enumerable.Range(1, 24).Select(i => (float)i)];
        Assert.That(SmoothGrad.Of(prepared, input, [0], [BackwardRule.Gradient], samples: 3)[0].Values(), Is.EqualTo(gradient));
        IntegratedGradients ig = IntegratedGradients.Of(prepared, input, [0], steps: 1);
        Assert.That(ig.Values.Values(), Is.EqualTo(input.Values().Select((x, i) => x * gradient[i])).Within(1e-6));
        Assert.That(ig.BaselineScores[0], Is.EqualTo(3));
        Assert.That(ig.Gap(0), Is.Zero.Within(1e-4));
    }

    [Test]
    public void Integrated_gradients_start_at_the_baseline_of_each_image()
    {
        using PreparedNetwork prepared = Linear.On(Device.Reference);
        Tensor<float> input = Pixels(2);
        float[] baseline = [.. Enumerable.Range(0, 48).Select(i => i < 24 ? 1f : 0.25f * i)];
        IntegratedGradients ig = IntegratedGradients.Of(prepared, input, [0, 0], steps: 3, baseline);
        Assert.That(ig.Values.Values(),
            Is.EqualTo(input.Values().Select((x, i) => (x - baseline[i]) * (i % 24 + 1))).Within(1e-4));
        Assert.That(ig.BaselineScores, Is.EqualTo((double[])
            [303, 3 + Enumerable.Range(0, 24).Sum(i => (i + 1) * 0.25 * (i + 24))]).Within(1e-3));
        Assert.That((ig.Gap(0), ig.Gap(1)), Is.EqualTo((0.0, 0.0)).Within(1e-3));
        Assert.That(() => IntegratedGradients.Of(prepared, input, [0, 0], 3, new float[24]), Throws.ArgumentException);
    }

    [Test]
    public void A_square_shows_what_it_is_filled_with_and_may_not_be_larger_than_the_image()
    {
        using PreparedNetwork prepared = Linear.On(Device.Reference);
        Tensor<float> input = Pixels(1);
        float[] fill = [.. Enumerable.Range(0, 24).Select(i => i / 10f)];
        Occlusion found = Occlusion.Filled(prepared, input, 0, fill, side: 2, stride: 2);
        double expected = found.Score;
        foreach (int i in (int[])[2, 3, 8, 9]) expected += (i + 1) * (fill[i] - input.Values()[i]);
        Assert.That(found.Scores[1], Is.EqualTo(expected).Within(1e-3));
        Assert.That(() => Occlusion.Filled(prepared, input, 0, fill, side: 5, stride: 1),
            Throws.InstanceOf<NetVizException>().With.Message.Contains("5x5").And.Message.Contains("6x4"));
    }

    [Test]
    public void Smooth_gradients_repeat_by_their_seed_and_do_not_depend_on_what_else_is_in_the_batch()
    {
        using PreparedNetwork prepared = SmallNetworks.EveryLayer().On(Device.Reference);
        Shape shape = SmallNetworks.Images(2);
        Tensor<float> two = Numbers.Create(SmallNetworks.Pixels(2, "two").Select(x => (float)x).ToArray(), [2, 2, 9, 8]);
        Tensor<float> first = Numbers.Create(two.Values()[..(int)shape.CountPerImage], [1, 2, 9, 8]);
        IReadOnlyList<BackwardRule> rules = BackwardRule.All;
        IReadOnlyList<Tensor<float>> both = SmoothGrad.Of(prepared, two, [0, 1], rules, 20), one = SmoothGrad.Of(prepared,
            first, [0], rules, 20);
        for (int r = 0; r < rules.Count; r++)
            Assert.That(both[r].Values()[..one[r].Values().Length], Is.EqualTo(one[r].Values()), rules[r].Name);
        Assert.That(SmoothGrad.Of(prepared, first, [0], rules, 20, seed: 2)[0].Values(), Is.Not.EqualTo(one[0].Values()));
        Assert.That(SmoothGrad.Of(prepared, first, [0], rules, 4, noise: 0)[2].Values(),
            Is.EqualTo(GradientOf(prepared, first, BackwardRule.Guided)).Within(1e-6), "without noise");
    }

    [Test]
    public void The_completeness_gap_of_the_default_network_falls_with_the_steps()
    {
        using OnnxModel model = OnnxModel.Load(DefaultModel.Path);
        using PreparedNetwork prepared = model.Network.On(Device.Cpu());
        (float[] input, _) = model.RequirePreprocessing().Apply(
            NetViz.Visualisation.Rendering.ImageFile.Read(RepositoryRoot.File("docs", "images", "orange.png")));
        Tensor<float> image = Numbers.Create(input, [1, 3, 64, 64]);
        IntegratedGradients coarse = IntegratedGradients.Of(prepared, image, [41], 4), fine = IntegratedGradients.Of(prepared,
            image, [41], 64);
        double difference = Math.Abs(fine.Scores[0] - fine.BaselineScores[0]);
        TestContext.Out.WriteLine($"gap with 4 steps {coarse.Gap(0):G3}, with 64 {fine.Gap(0):G3}, of {difference:G3}");
        Assert.That(Math.Abs(fine.Gap(0)), Is.LessThan(0.05 * difference));
        Assert.That(Math.Abs(fine.Gap(0)), Is.LessThan(Math.Abs(coarse.Gap(0)) + 0.01 * difference));
    }

    [Test]
    public void A_square_takes_away_what_it_hides()
    {
        using PreparedNetwork prepared = Linear.On(Device.Reference);
        var ones = Numbers.Create(Enumerable.Repeat(1f, 24).ToArray(), [1, 1, 4, 6]);
        Occlusion found = Occlusion.Of(prepared, ones, 0, [0.5f], side: 2, stride: 2);
        Assert.That((found.Rows, found.Columns, found.Score), Is.EqualTo((2, 3, 303.0)));
        // The square over rows 0, 1 and columns 0, 1 hides half of 1 + 2 + 7 + 8.
        Assert.That(found.Scores[0], Is.EqualTo(303 - 9f).Within(1e-4));
        Assert.That(found.Scores[5], Is.EqualTo(303 - (17 + 18 + 23 + 24) / 2f).Within(1e-4));
        SaliencyMap drop = found.ScoreDrop(4, 6);
        Assert.That(drop.IsSigned);
        Assert.That(drop.Values.ToArray(), Has.None.NaN);
        Assert.That(drop[0, 0], Is.EqualTo(9).Within(1e-4), "constant beyond the outermost centre");

        // Cut at the edges: of a square of 3 every pixel, the first one lies on rows and columns -1 to 1.
        Occlusion fine = Occlusion.Of(prepared, ones, 0, [0f], side: 3, stride: 1);
        Assert.That(fine.Scores[0], Is.EqualTo(303 - (1 + 2 + 7 + 8)).Within(1e-4));
        Occlusion odd = Occlusion.Of(prepared, ones, 0, [0f], side: 1, stride: 2);
        Assert.That(odd.ScoreDrop(4, 6).Values.ToArray(), Has.None.NaN, "half a pixel is missing at the last edges");
    }

    [TestCase("SmoothGrad")]
    [TestCase("integrated gradients")]
    [TestCase("occlusion")]
    public void A_map_of_many_passes_ends_between_layers_when_it_is_cancelled(string map)
    {
        using PreparedNetwork prepared = Linear.On(Device.Reference);
        using var cancelled = new CancellationTokenSource();
        Tensor<float> input = Pixels(1);
        int layers = 0;
        prepared.LayerRan = (_, _, _) =>
        {
            if (++layers == 3) cancelled.Cancel();
        };
        Assert.That(() => Run(cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(layers, Is.EqualTo(3));
        prepared.LayerRan = null;
        Run(CancellationToken.None);

        void Run(CancellationToken token)
        {
            if (map == "SmoothGrad") SmoothGrad.Of(prepared, input, [0], [BackwardRule.Gradient], token: token);
            else if (map == "occlusion") Occlusion.Of(prepared, input, 0, [0f], side: 1, stride: 1, token);
            else IntegratedGradients.Of(prepared, input, [0], steps: 40, token: token);
        }
    }

    [Test]
    public void Ten_crops_come_back_where_they_were_cut()
    {
        var crops = new TenCrops(5, 7, 3, 4);
        Tensor<float> region = Numbers.Create(Enumerable.Range(0, 70).Select(i => (float)i).ToArray(), [1, 2, 5, 7]);
        Tensor<float> cut = crops.Cut(region);
        Assert.That(cut.ShapeOf(), Is.EqualTo(new Shape(10, 2, 3, 4)));
        Assert.That((cut[0, 0, 0, 0], cut[3, 1, 2, 3], cut[5, 0, 0, 0], cut[8, 1, 2, 3]), Is.EqualTo((0f, 69f, 3f, 66f)));
        Assert.That(crops.Places[4], Is.EqualTo(new CropPlace(1, 2, false)), "1.5 to even");
        Assert.That(crops.Average(cut).Values(), Is.EqualTo(region.Values()), "the mean of what was cut is what it was cut from");
        SaliencyMap[] maps = [.. Enumerable.Range(0, 10).Select(k => SaliencyMap.Of(cut, k, Reduction.Signed))];
        Assert.That(crops.Average(maps)[2, 3], Is.EqualTo(region[0, 0, 2, 3] + region[0, 1, 2, 3]));
        Assert.That(() => crops.Average(maps[..9]), Throws.ArgumentException);
        var sparse = new TenCrops(9, 9, 2, 2);
        Assert.That(sparse.Average([.. Enumerable.Repeat(new SaliencyMap(2, 2, [1, 1, 1, 1], Reduction.Max), 10)])[2, 2], Is.NaN);
    }

    [Test]
    public void A_network_whose_file_fixes_the_batch_takes_one_image_at_a_time()
    {
        Network network = new NetworkBuilder("fixed", Passes.Input(1, 4, 6)).Then(Reshape.To("to one row", [1, 24]))
            .Then(new FullyConnected("fc", "Gemm", Enumerable.Range(1, 24).Select(i => (float)i).ToArray(), 24, 1, false,
                default))
            .Build();
        using PreparedNetwork prepared = network.On(Device.Reference);
        Assert.That(Batches.SizeFor(network, Image), Is.EqualTo(1));
        Assert.That(SmoothGrad.Of(prepared, Pixels(1), [0], [BackwardRule.Gradient], 3)[0].Values()[23], Is.EqualTo(24));
    }

    private static Tensor<float> Pixels(int n) =>
        Numbers.Create(Enumerable.Range(0, 24 * n).Select(i => MathF.Sin(i)).ToArray(), [n, 1, 4, 6]);

    private static float[] GradientOf(PreparedNetwork prepared, Tensor<float> input, BackwardRule rule)
    {
        using ForwardRecord record = prepared.Forward(input);
        return record.Backward(Seed.Class(0), rule).Values();
    }
}
