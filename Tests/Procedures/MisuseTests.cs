using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Procedures;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Procedures;

/// <summary>What a program may get wrong gives a typed exception that names the argument, or says what was found.</summary>
public class MisuseTests
{
    private static readonly Network Network = new NetworkBuilder("misused", new NetworkInput("x", [null, 2, 9, 8]))
        .Then(Conv("conv1", 2, 5)).Then(new Relu("relu1")).Then(Conv("conv2", 5, 3)).Then(new Relu("relu2")).Build();

    private static readonly Tensor<float> Images = Tensor.Create(new float[2 * 9 * 8], [1, 2, 9, 8]);

    private static readonly Seed Top = Seed.Class(0);

    private PreparedNetwork _prepared = null!, _gone = null!;
    private ForwardRecord _record = null!, _old = null!, _orphan = null!;
    private Explainer _explainer = null!;

    [OneTimeSetUp]
    public void Prepare()
    {
        (_prepared, _gone) = (Network.On(Device.Cpu(1)), Network.On(Device.Cpu(1)));
        (_record, _old, _orphan) = (_prepared.Forward(Images), _prepared.Forward(Images), _gone.Forward(Images));
        _old.Dispose();
        _gone.Dispose();
        _explainer = Explainer.Open(new ModelOptions { Device = "cpu", Threads = 1 });
    }

    [OneTimeTearDown]
    public void Dispose()
    {
        _record.Dispose();
        _orphan.Dispose();
        _prepared.Dispose();
        _explainer.Dispose();
    }

    [Test]
    public void Null_is_refused_by_name() => Require<ArgumentNullException>(
        ("device", () => Network.On((Device)null!)),
        ("kernels", () => Network.On((IKernels)null!)),
        ("name", () => Device.Parse(null!)),
        ("name", () => Device.Custom(null!, () => _ = new CpuKernels(1))),
        ("create", () => Device.Custom("own", null!)),
        ("record", () => _prepared.ForwardInto(Images, null!)),
        ("portable", () => _prepared.Import(null!)),
        ("node", () => _prepared.WeightsOf(null!)),
        ("node", () => _prepared.AlgorithmUp(null!)),
        ("rule", () => _record.Backward(Top, null!)),
        ("seeds", () => _record.Backward((Seed)null!, BackwardRule.Gradient)),
        ("seed", () => _record.Backward(null!, BackwardRule.Gradient, new float[1])),
        ("seeds", () => _record.Backward((IReadOnlyList<Seed>)null!, BackwardRule.Gradient)),
        ("visit", () => _record.Descend(Top, BackwardRule.Gradient, (Action<string, Tensor<float>>)null!)),
        ("baseline", () => _record.DeepLift(Top, null!)),
        ("indices", () => Seed.Classes(null!)),
        ("indices", () => Seed.Posteriors(null!)),
        ("layer", () => Seed.Layer(null!)),
        ("layer", () => Seed.Neuron(null!, 0)),
        ("layer", () => Seed.Channel(null!, 0)),
        ("name", () => BackwardRule.Parse(null!)),
        ("relevance", () => BackwardRule.OfRelevance(null!)),
        ("layer", () => BackwardRule.Gradient.With(null!, ReluRule.Guided)),
        ("holdsAt", () => BackwardRule.Gradient.With((Func<Layer, bool>)null!, ReluRule.Guided)),
        ("box", () => BackwardRule.Gradient.WithBox(null!)),
        ("name", () => BackwardRule.Gradient.Named(null!)),
        ("channels", () => BackwardRule.Gradient.Passing(null!)),
        ("network", () => BackwardRule.Gradient.SparingFullyConnected(null!)),
        ("path", () => OnnxModel.Load((string)null!)),
        ("stream", () => OnnxModel.Load((Stream)null!)),
        ("rgb", () => _ = new Photo(1, 1, null!)),
        ("values", () => _ = new SaliencyMap(1, 1, null!, Reduction.Max)),
        ("photo", () => InputFile.Of(null!)),
        ("model", () => Explainer.Of(null!)),
        ("image", () => _explainer.Classify(null!)),
        ("image", () => _explainer.Saliency(null!)),
        ("image", () => _explainer.Localise(null!)),
        ("image", () => _explainer.Reconstruct(null!)),
        ("image", () => _explainer.Prove(null!)),
        ("image", () => _explainer.Trace(null!)),
        ("image", () => _explainer.Activations(null!)),
        ("image", () => _explainer.CompareRules(null!)));

    [Test]
    public void What_is_out_of_range_is_refused_by_name() => Require<ArgumentOutOfRangeException>(
        ("threads", () => _ = new CpuKernels(-1)),
        ("threads", () => _ = new CpuKernels(10_000)),
        ("algorithm", () => _ = new CpuKernels(1, (ConvAlgorithm)9)),
        ("algorithm", () => Device.Cpu(1, (ConvAlgorithm)9)),
        ("maxPasses", () => Network.On(Device.Cpu(1), maxPasses: -1)),
        ("index", () => Seed.Class(-1)),
        ("index", () => Seed.Posterior(-1)),
        ("rule", () => BackwardRule.Gradient.With("relu1", (ReluRule)7)),
        ("rule", () => BackwardRule.Gradient.With<Relu>((ReluRule)7)),
        ("unpooling", () => BackwardRule.Gradient.With(_ => true, (Unpooling)7)),
        ("rule", () => BackwardOf((ReluRule)7)),
        ("image", () => _record.ScoresOf(1)),
        ("image", () => _record.ScoreOf(-1, 0)),
        ("index", () => _record.ScoreOf(0, 9999)),
        ("index", () => _record.ProbabilityOf(0, -1)),
        ("width", () => _ = new Photo(0, 1, [])),
        ("height", () => _ = new SaliencyMap(1, 0, [], Reduction.Max)),
        ("pixelLimit", () => ImageFile.Decode([1], "x", pixelLimit: 0)));

    [Test]
    public void Wrong_shapes_and_numbers_are_refused_by_name() => Require<ArgumentException>(
        ("images", () => _prepared.Forward(Spoiled(float.NaN))),
        ("images", () => _prepared.Forward(Spoiled(float.PositiveInfinity))),
        ("record", () => _prepared.ForwardInto(Tensor.Create(new float[4], [1, 1, 2, 2]), _record)),
        ("destination", () => _record.Backward(Top, BackwardRule.Gradient, new float[3])),
        ("seeds", () => _record.Backward([], BackwardRule.Gradient)),
        ("layer", () => Seed.Layer("")),
        ("path", () => OnnxModel.Load("")),
        ("path", () => ImageFile.Read("")),
        ("rgb", () => _ = new Photo(2, 2, new byte[5])),
        ("values", () => _ = new SaliencyMap(2, 2, new float[3], Reduction.Max)),
        ("name", () => InputFile.Decode([1], "")));

    [Test]
    public void What_the_network_lacks_is_refused_in_words() => Require<NetVizException>(
        ("takes an input", () => _prepared.Forward(Tensor.Create(new float[12], [1, 3, 2, 2]))),
        ("takes an input", () => _prepared.Forward(Tensor.Create(new float[2], [2]))),
        ("empty", () => _prepared.Forward(Tensor.Create(Array.Empty<float>(), [0, 2, 9, 8]))),
        ("no layer 'conv7'", () => _prepared.Forward(Images, "conv7")),
        ("class 9999 does not exist", () => _record.Backward(Seed.Class(9999), BackwardRule.Gradient)),
        ("for 1 image", () => _record.Backward(Seed.Classes([0, 1]), BackwardRule.Gradient)),
        ("no layer", () => _record.Backward(Seed.Layer("conv7"), BackwardRule.Gradient)),
        ("has no neuron", () => _record.Backward(Seed.Neuron("conv1", 99, 0, 0), BackwardRule.Gradient)),
        ("has no channel", () => _record.Backward(Seed.Channel("conv1", -1), BackwardRule.Gradient)),
        ("1 number", () => _record.Backward(Seed.Signal("conv1", new float[1]), BackwardRule.Gradient)),
        ("no layer", () => _record.Backward(Top, BackwardRule.Gradient, "conv7")),
        ("does not depend", () => _record.Backward(Seed.Layer("conv1"), BackwardRule.Gradient, "conv2")),
        ("were not kept", () => _record.Activation("conv1")),
        ("only layers keep", () => _record.KeptBy(Network.Input.Name)),
        ("'zap' is unknown", () => BackwardRule.Parse("zap")),
        ("'tpu' is unknown", () => Device.Parse("tpu")),
        ("at most", () => Device.Cpu(10_000)),
        ("at least 1", () => Device.Cpu(-2)),
        ("no file", () => OnnxModel.Load("/nowhere/model.onnx")),
        ("empty", () => OnnxModel.Load(new MemoryStream())),
        ("not an ONNX file", () => OnnxModel.Load("no model"u8)),
        ("MaxPasses is", () => Explainer.Open(new ModelOptions { MaxPasses = -1 })),
        ("not an image", () => InputFile.Decode("no picture"u8)),
        ("empty", () => InputFile.Decode([])));

    [Test]
    public void After_Dispose_nothing_works_and_nothing_crashes()
    {
        Explainer closed = Explainer.Open(new ModelOptions { Device = "cpu", Threads = 1 });
        closed.Dispose();
        closed.Dispose();
        Require<ObjectDisposedException>(
            ("PreparedNetwork", () => _gone.Forward(Images)),
            ("PreparedNetwork", () => _gone.Plan(new Shape(1, 2, 9, 8))),
            ("PreparedNetwork", () => _orphan.Backward(Top, BackwardRule.Gradient)),
            ("PreparedNetwork", () => _orphan.Export()),
            ("ForwardRecord", () => _old.Backward(Top, BackwardRule.Gradient)),
            ("ForwardRecord", () => _old.Export()),
            ("ForwardRecord", () => _prepared.ForwardInto(Images, _old)),
            ("ForwardRecord", () => _record.DeepLift(Top, _old)),
            ("PreparedNetwork", () => closed.Classify("sample:orange")));
    }

    [Test]
    public void What_is_allowed_is_computed()
    {
        using PreparedNetwork lenient = Network.On(Device.Cpu(1));
        lenient.AllowNonFinite = true;
        using ForwardRecord record = lenient.Forward(Spoiled(float.NaN));
        Assert.That(record.ScoresOf(0), Has.Some.NaN);
        Assert.That(new Window { KH = 3, KW = 3 }, Is.EqualTo(new Window(3, 3)));
        Assert.That(default(Window) with { KH = 2, StrideW = 3 }, Is.EqualTo(new Window(2, 0) { StrideW = 3 }));
        Assert.That((new Window { KH = 3, KW = 3 }.StrideH, new Window { KH = 3, KW = 3 }.DilationW), Is.EqualTo((1, 1)));
    }

    private static Conv Conv(string name, int c, int o) => new(name, Weights(c * o * 9), new Shape(o, c, 3, 3), Weights(o), new Window(3, 3));

    private static float[] Weights(int count) => [.. Enumerable.Range(0, count).Select(k => MathF.Sin(k + 1))];

    private static Tensor<float> Spoiled(float number)
    {
        var values = new float[2 * 9 * 8];
        values[77] = number;
        return Tensor.Create(values, [1, 2, 9, 8]);
    }

    private static void BackwardOf(ReluRule rule)
    {
        using var kernels = new CpuKernels(1);
        var shape = new Shape(1, 1, 2, 2);
        using DeviceBuffer buffer = kernels.Allocate(kernels.BytesOf(shape));
        using ActiveBits bits = kernels.AllocateBits(shape);
        DeviceTensor signal = kernels.View(buffer, shape);
        kernels.ReluBackward(new Relu("f").Rectifier, rule, signal, bits, signal);
    }

    private static void Require<TException>(params (string Named, Action Call)[] cases)
        where TException : Exception
    {
        Assert.Multiple(() =>
        {
            for (int k = 0; k < cases.Length; k++)
            {
                (string named, Action call) = cases[k];
                Exception? thrown = null;
                try
                {
                    call();
                }
                catch (Exception e)
                {
                    thrown = e;
                }

                Assert.That(thrown, Is.InstanceOf<TException>(), $"case {k}, {named}: {thrown?.Message}");
                if (thrown is ArgumentException argument) Assert.That(argument.ParamName, Is.EqualTo(named), $"case {k}");
                else Assert.That(thrown?.Message, Does.Contain(named), $"case {k}");
            }
        });
    }
}
