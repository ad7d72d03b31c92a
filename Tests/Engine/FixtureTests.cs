using System.Text.Json;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Gpu;
using NetViz.Visualisation;
using NetViz.Weights;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>
/// Three small networks, exported by PyTorch, against the scores and signals that PyTorch's autograd computed in float64.
/// Their inputs keep every bit and switch clear of zero (Tests/Fixtures/README.md), so none may differ on any device.
/// </summary>
public class FixtureTests
{
    /// <summary>Where a signal starts; the fields that its kind has are set.</summary>
    public sealed record FixtureSeed(string Kind, string Layer, int[]? Classes, int Channel, int Y, int X, string? File);

    public sealed record FixtureCase(string Rule, FixtureSeed Seed, string At, string Expected)
    {
        public override string ToString() => Expected;
    }

    public sealed record FixtureArray(string? Layer, string? Name, string File);

    public sealed record Fixture(string Name, string Model, FixtureArray Input, FixtureArray Scores, FixtureArray? Probabilities,
        FixtureCase[] Cases)
    {
        public override string ToString() => Name;
    }

    private static readonly (string Name, Device Device)[] Devices =
    [
        ("reference64", Device.ReferenceDouble),
        ("reference", Device.Reference),
        ("cpu-1", Device.Cpu(1)),
        ("cpu-2-direct", Device.Cpu(2, ConvAlgorithm.Direct)),
        ("cpu-2-winograd", Device.Cpu(2, ConvAlgorithm.Winograd)),
        .. GpuBackEnd.Platforms.Select(platform => (GpuDevices.NameOf(platform), GpuBackEnd.DeviceOf(platform))),
    ];

    private static readonly Fixture[] Fixtures = [.. new[] { "small_vgg", "small_alexnet", "small_branch" }.Select(Read)];

    private readonly ReachedErrors _reached = new();

    private static IEnumerable<TestCaseData> OnEachDevice =>
        from fixture in Fixtures
        from device in Devices
        select new TestCaseData(fixture, device.Name, device.Device).SetArgDisplayNames(fixture.Name, device.Name);

    [TestCaseSource(nameof(OnEachDevice))]
    public void Scores_and_signals_are_PyTorchs(Fixture fixture, string deviceName, Device device)
    {
        using OnnxModel model = OnnxModel.Load(PathOf(fixture.Model));
        using PreparedNetwork prepared = model.Network.On(device);
        using ForwardRecord record = prepared.Forward(model.InputShape(2), Array(fixture.Input.File));
        Assert.That(model.Network.NameOf(model.Network.ScoreTensor), Is.EqualTo(fixture.Scores.Layer));
        Check("scores", record.ScoresInDouble.Values(), fixture.Scores.File, Bound(fixture, deviceName));
        if (fixture.Probabilities is not null)
            Check("probabilities", Numbers.Double(record.Probabilities.Values()), fixture.Probabilities.File, 1e-5);
        Assert.Multiple(() =>
        {
            foreach (FixtureCase c in fixture.Cases)
            {
                BackwardRule rule = BackwardRule.Parse(c.Rule);
                foreach (double[] found in Signals(record, c, rule)) Check(c.Rule, found, c.Expected, Bound(fixture, deviceName));
            }
        });

        void Check(string kind, double[] found, string file, double bound)
        {
            double error = Numbers.RelativeError(found, Array(file));
            _reached.Add($"{deviceName} {fixture.Name} {kind}", error, file);
            Assert.That(error, Is.LessThanOrEqualTo(bound), file);
        }
    }

    /// <summary>All devices decide as the definition does in double.</summary>
    [TestCaseSource(nameof(Fixtures)), Category(GpuCategoryAttribute.Gpu)]
    public void No_bit_and_no_switch_differs(Fixture fixture)
    {
        using OnnxModel model = OnnxModel.Load(PathOf(fixture.Model));
        IReadOnlyList<PortableLayer>? first = null;
        foreach (var (name, device) in Devices)
        {
            if (GpuBackEnd.IsMissing(name)) continue;
            using PreparedNetwork prepared = model.Network.On(device);
            using ForwardRecord record = prepared.Forward(model.InputShape(2), Array(fixture.Input.File));
            IReadOnlyList<PortableLayer> layers = record.Export().Layers;
            foreach (var (found, expected) in layers.Zip(first ??= layers))
            {
                Assert.That(found.Bits.AsSpan().SequenceEqual(expected.Bits), $"{name}: bits of {found.Layer}");
                Assert.That(found.Switches.AsSpan().SequenceEqual(expected.Switches), $"{name}: switches of {found.Layer}");
            }
        }
    }

    [OneTimeTearDown]
    public void Tell_the_errors_that_were_reached() => _reached.Tell();

    /// <summary>
    /// In double nothing but rounding at 2^-53 is left, save that batch normalisation (small_branch has it) becomes a factor
    /// and a summand of float32: 2^-24 each, twice on the longest way.
    /// </summary>
    private static double Bound(Fixture fixture, string device) =>
        device != "reference64" ? 1e-5 : fixture.Name == "small_branch" ? 2.4e-7 : 1e-12;

    /// <summary>The signal, in each way in which the seed can be written.</summary>
    private static IEnumerable<double[]> Signals(ForwardRecord record, FixtureCase c, BackwardRule rule)
    {
        FixtureSeed s = c.Seed;
        switch (s.Kind)
        {
            case "class":
                yield return Down(Seed.Classes(s.Classes!));
                break;
            case "neuron":
                yield return Down(Seed.Neuron(s.Layer, s.Channel, s.Y, s.X));
                break;
            case "tensor":
                yield return Down(Seed.Signal(s.Layer, Numbers.Single(Array(s.File!))));
                break;
            case "posterior":
                // From behind the softmax, and as the seed of each image's class, of which its own image counts.
                int classes = (int)record.ShapeOf(s.Layer).CountPerImage;
                var one = new float[classes * s.Classes!.Length];
                for (int n = 0; n < s.Classes.Length; n++) one[n * classes + s.Classes[n]] = 1;
                yield return Down(Seed.Signal(s.Layer, one));
                int count = (int)record.ShapeOf(c.At).CountPerImage;
                yield return [.. s.Classes.SelectMany((index, n) => Down(Seed.Posterior(index)).Skip(n * count).Take(count))];
                break;
            default:
                throw new InvalidDataException($"{c.Expected}: a seed of kind '{s.Kind}'");
        }

        double[] Down(Seed seed) => record.BackwardInDouble(seed, rule, c.At).Values();
    }

    private static Fixture Read(string name) =>
        JsonSerializer.Deserialize<Fixture>(File.ReadAllText(PathOf($"{name}.json")), JsonSerializerOptions.Web)
        ?? throw new InvalidDataException(name);

    private static double[] Array(string file) => Npy.ReadDouble(PathOf(file)).Values();

    private static string PathOf(string file) => RepositoryRoot.File("Tests", "Fixtures", file);
}
