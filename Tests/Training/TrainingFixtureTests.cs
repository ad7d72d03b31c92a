using NetViz.Kernels;
using NetViz.Kernels.Reference;
using NetViz.Training;
using NUnit.Framework;

namespace NetViz.Tests.Training;

/// <summary>Layers, the loss, and whole networks in training against PyTorch's autograd and optimiser in float64.</summary>
public class TrainingFixtureTests
{
    private const string Double = "reference64";

    private static readonly BackEnd[] BackEnds = [new(Double, () => new ReferenceKernels<double>()), .. BackEnd.All];

    private readonly ReachedErrors _reached = new();

    private static IEnumerable<TestCaseData> Convolutions => OnEachBackEnd("conv");

    private static IEnumerable<TestCaseData> FullyConnectedLayers => OnEachBackEnd("linear");

    private static IEnumerable<TestCaseData> BatchNormalizations => OnEachBackEnd("batch_normalization");

    private static IEnumerable<TrainingFixture> Losses => TrainingFixture.Of("cross_entropy");

    private static IEnumerable<TestCaseData> Networks =>
        from fixture in TrainingFixture.Of("network")
        from optimiser in fixture.Optimisers
        from backEnd in BackEnds
        select new TestCaseData(fixture, optimiser, backEnd);

    [TestCaseSource(nameof(Convolutions))]
    public void A_convolution_is_PyTorchs(TrainingFixture f, BackEnd backEnd)
    {
        using var kernels = (ITrainingKernels)backEnd.Create();
        using var workspace = new Workspace(kernels);
        (Shape x, Shape w) = (f.ShapeOf("input"), f.ShapeOf("weight"));
        var window = new Window(w.H, w.W)
        {
            StrideH = f.Strides[0], StrideW = f.Strides[1], DilationH = f.Dilations[0], DilationW = f.Dilations[1],
            PadTop = f.Pads[0], PadBottom = f.Pads[0], PadLeft = f.Pads[1], PadRight = f.Pads[1],
        };
        var g = new ConvGeometry(x.N, x.C, x.H, x.W, w.N, f.Groups, window);
        using PreparedWeights weights =
            kernels.PrepareConv(x.C, f.Groups, window, Numbers.Single(f["weight"]), Numbers.Single(f["bias"]));
        DeviceTensor input = workspace.With(x, f["input"]), signal = workspace.With(g.Output, f["signal"]);
        double bound = Bound(backEnd, Math.Max(1e-6, backEnd.ConvBound));
        Check("output", g.Output, y => kernels.ConvForward(g, input, weights, y));
        Check("input_signal", x, r => kernels.ConvBackward(g, signal, weights, r));
        Check("weight_signal", w, r => kernels.ConvBackwardToWeights(g, input, signal, r));
        Check("bias_signal", new Shape(w.N), r => kernels.BackwardToBias(signal, r));

        void Check(string array, Shape shape, Action<DeviceTensor> compute) =>
            Require(f, array, backEnd, Computed(workspace, shape, compute), bound);
    }

    [TestCaseSource(nameof(FullyConnectedLayers))]
    public void A_fully_connected_layer_is_PyTorchs(TrainingFixture f, BackEnd backEnd)
    {
        using var kernels = (ITrainingKernels)backEnd.Create();
        using var workspace = new Workspace(kernels);
        (Shape x, Shape w) = (f.ShapeOf("input"), f.ShapeOf("weight"));
        var g = new FullyConnectedGeometry(x.N, x.C, w.N, WeightIsInByOut: false);
        using PreparedWeights weights =
            kernels.PrepareFullyConnected(g, Numbers.Single(f["weight"]), Numbers.Single(f["bias"]), 1f);
        DeviceTensor input = workspace.With(x, f["input"]), signal = workspace.With(f.ShapeOf("signal"), f["signal"]);
        Check("output", f.ShapeOf("output"), y => kernels.FullyConnectedForward(g, input, weights, y));
        Check("input_signal", x, r => kernels.FullyConnectedBackward(g, signal, weights, r));
        Check("weight_signal", w, r => kernels.FullyConnectedBackwardToWeights(g, input, signal, r));
        Check("bias_signal", new Shape(w.N), r => kernels.BackwardToBias(signal, r));

        void Check(string array, Shape shape, Action<DeviceTensor> compute) =>
            Require(f, array, backEnd, Computed(workspace, shape, compute), Bound(backEnd, 1e-6));
    }

    [TestCaseSource(nameof(BatchNormalizations))]
    public void A_batch_normalisation_is_PyTorchs(TrainingFixture f, BackEnd backEnd)
    {
        using var kernels = (ITrainingKernels)backEnd.Create();
        using var workspace = new Workspace(kernels);
        string[] made = ["output", "mean", "variance", "input_signal", "scale_signal", "shift_signal"];
        Dictionary<string, DeviceTensor> at = made.ToDictionary(name => name, name => workspace.Dirty(f.ShapeOf(name)));
        foreach (string name in new[] { "input", "scale", "shift", "signal" })
            at.Add(name, workspace.With(f.ShapeOf(name), f[name]));
        kernels.BatchNormalizationForward(TrainingFixture.Epsilon, at["input"], at["scale"], at["shift"], at["output"],
            at["mean"], at["variance"]);
        kernels.BatchNormalizationBackward(TrainingFixture.Epsilon, at["input"], at["scale"], at["mean"], at["variance"],
            at["signal"], at["input_signal"], at["scale_signal"], at["shift_signal"]);
        foreach (string name in made) Require(f, name, backEnd, workspace.Read(at[name]), Bound(backEnd, 2e-6));
    }

    [TestCaseSource(nameof(Losses))]
    public void The_loss_is_PyTorchs(TrainingFixture f)
    {
        Shape shape = f.ShapeOf("scores");
        (int n, int classes) = (shape[0], shape[1]);
        float[] signal = new float[shape.Count];
        (double loss, _) = SoftmaxCrossEntropy.Evaluate(Numbers.Single(f["scores"]), Targets(f.Classes, classes, f.Smoothing),
            classes, signal);

        // Targets and signal are float32.
        Assert.That(loss, Is.EqualTo(f["loss"][0]).Within(1e-7 * f["loss"][0]));
        Assert.That(Numbers.RelativeError(Numbers.Double(signal), f["signal"]), Is.LessThan(1e-7));
        Assert.That(n, Is.EqualTo(f.Classes.Length));
    }

    /// <summary>
    /// Loss and gradient of the first step, and after five steps the losses, the gradients' lengths, all parameters and the
    /// running statistics. No ReLU and no pool comes near its kink on the way (Tests/Fixtures/Training/README.md).
    /// </summary>
    [TestCaseSource(nameof(Networks))]
    public void A_network_trains_as_PyTorchs(TrainingFixture f, TrainingFixture.Optimiser optimiser, BackEnd backEnd)
    {
        using var kernels = (ITrainingKernels)backEnd.Create();
        Shape images = f.ShapeOf("images");
        var architecture = new VggArchitecture
        {
            InputSize = images[4], InputChannels = images[2], Stages = f.Stages, Hidden = f.Hidden, Classes = f.OutputClasses,
            BatchNorm = f.BatchNorm, Dropout = 0,
        };
        using TrainingNetwork network = TrainingNetwork.Create(architecture, kernels, f.Batch, seed: 1);
        Parameter[] all = [.. network.Parameters, .. network.Statistics];
        Assert.That(all.Select(p => $"first/{p.Name}"), Is.EquivalentTo(Named("first/")));
        Assert.That(network.Parameters.Select(p => $"gradient/{p.Name}"), Is.EqualTo(Named("gradient/")));
        foreach (Parameter p in all) Numbers.Single(f[$"first/{p.Name}"]).CopyTo(p.Values, 0);
        network.ParametersChanged();
        var sgd = new Sgd(network.Parameters, threads: 2)
        {
            Momentum = f.SgdMomentum, Nesterov = optimiser.Nesterov, WeightDecay = f.WeightDecay, Clip = optimiser.Clip,
        };

        // Values and gradients are float32 on each back-end.
        double bound = backEnd.Name == Double ? 1e-6 : 1e-5;
        (double[] losses, double[] norms) = (new double[f.Steps], new double[f.Steps]);
        for (int step = 0; step < f.Steps; step++)
        {
            int count = (int)images.CountPerImage;
            float[] batch = Numbers.Single(f["images"][(step * count)..((step + 1) * count)]);
            var signal = new float[f.Batch * f.OutputClasses];
            (losses[step], _) = SoftmaxCrossEntropy.Evaluate(network.Forward(batch, step),
                Targets(f.Labels[step], f.OutputClasses, f.Smoothing), f.OutputClasses, signal);
            network.Backward(signal);
            for (int i = 0; step == 0 && i < network.Parameters.Count; i++)
            {
                Parameter p = network.Parameters[i];
                Require(f, $"gradient/{p.Name}", backEnd, Numbers.Double(p.Gradient), bound);
            }

            norms[step] = sgd.Step(f.LearningRate);
            network.ParametersChanged();
        }

        Require(f, $"{optimiser.Name}/losses", backEnd, losses, bound);
        Require(f, $"{optimiser.Name}/norms", backEnd, norms, bound);
        foreach (Parameter p in all) Require(f, $"{optimiser.Name}/last/{p.Name}", backEnd, Numbers.Double(p.Values), bound);

        IEnumerable<string> Named(string prefix) =>
            f.Arrays.Select(part => part.Name).Where(name => name.StartsWith(prefix, StringComparison.Ordinal));
    }

    [OneTimeTearDown]
    public void Tell_the_errors_that_were_reached() => _reached.Tell();

    private static IEnumerable<TestCaseData> OnEachBackEnd(string kind) =>
        from fixture in TrainingFixture.Of(kind) from backEnd in BackEnds select new TestCaseData(fixture, backEnd);

    private static double Bound(BackEnd backEnd, double single) => backEnd.Name == Double ? 1e-12 : single;

    private static double[] Computed(Workspace workspace, Shape shape, Action<DeviceTensor> compute)
    {
        DeviceTensor result = workspace.Dirty(shape);
        compute(result);
        return workspace.Read(result);
    }

    private static float[] Targets(int[] own, int classes, double smoothing)
    {
        var targets = new float[own.Length * classes];
        for (int i = 0; i < own.Length; i++) SoftmaxCrossEntropy.Target(own[i], smoothing, targets.AsSpan(i * classes, classes));
        return targets;
    }

    private void Require(TrainingFixture f, string array, BackEnd backEnd, double[] found, double bound)
    {
        double error = Numbers.RelativeError(found, f[array]);
        _reached.Add($"{backEnd.Name} {f.Kind} {array.Split('/')[^1].Split('.')[^1]}", error, $"{f.Name} {array}");
        Assert.That(error, Is.LessThanOrEqualTo(bound), array);
    }
}
