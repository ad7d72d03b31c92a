using System.Text.Json;
using NetViz.Kernels;
using NetViz.Visualisation;

namespace NetViz.Tests.Training;

/// <summary>
/// What PyTorch found when a layer or a network trained in float64 (Tests/Fixtures/Training). The fields that its kind has are
/// set; the arrays lie in one file, one after the other.
/// </summary>
public sealed record TrainingFixture
{
    /// <summary>An array of the file.</summary>
    public sealed record Part(string Name, int[] Shape);

    /// <summary>How a network was trained.</summary>
    public sealed record Optimiser(string Name, bool Nesterov, double Clip)
    {
        public override string ToString() => Name;
    }

    private sealed record Manifest(float Epsilon, TrainingFixture[] Cases);

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly Dictionary<string, double[]> _arrays = [];

    public required string Name { get; init; }

    public required string Kind { get; init; }

    public required Part[] Arrays { get; init; }

    public int[] Strides { get; init; } = [];

    public int[] Pads { get; init; } = [];

    public int[] Dilations { get; init; } = [];

    public int Groups { get; init; }

    public double Smoothing { get; init; }

    public int[] Classes { get; init; } = [];

    public int[][] Stages { get; init; } = [];

    public int[] Hidden { get; init; } = [];

    public int OutputClasses { get; init; }

    public bool BatchNorm { get; init; }

    public int Steps { get; init; }

    public int Batch { get; init; }

    public int[][] Labels { get; init; } = [];

    public double LearningRate { get; init; }

    public double SgdMomentum { get; init; }

    public double WeightDecay { get; init; }

    public Optimiser[] Optimisers { get; init; } = [];

    /// <summary>All cases.</summary>
    public static IReadOnlyList<TrainingFixture> All { get; }

    /// <summary>Batch normalisation's.</summary>
    public static float Epsilon { get; }

    static TrainingFixture()
    {
        Manifest manifest = JsonSerializer.Deserialize<Manifest>(File.ReadAllText(PathOf("training.json")), Options)
            ?? throw new InvalidDataException("training.json");
        (Epsilon, All) = (manifest.Epsilon, manifest.Cases);
        foreach (TrainingFixture fixture in All)
        {
            double[] numbers = Npy.ReadDouble(PathOf($"{fixture.Name}.npy")).Values();
            int at = 0;
            foreach (Part part in fixture.Arrays)
            {
                int length = part.Shape.Aggregate(1, (product, n) => product * n);
                fixture._arrays.Add(part.Name, numbers[at..(at + length)]);
                at += length;
            }

            if (at != numbers.Length) throw new InvalidDataException($"{fixture.Name}: {numbers.Length} numbers, {at} named");
        }
    }

    /// <summary>The cases of one kind.</summary>
    public static IEnumerable<TrainingFixture> Of(string kind) => All.Where(fixture => fixture.Kind == kind);

    /// <summary>An array's numbers.</summary>
    public double[] this[string array] => _arrays[array];

    /// <summary>An array's shape.</summary>
    public Shape ShapeOf(string array) => new(Arrays.Single(part => part.Name == array).Shape);

    public override string ToString() => Name;

    private static string PathOf(string file) => RepositoryRoot.File("Tests", "Fixtures", "Training", file);
}
