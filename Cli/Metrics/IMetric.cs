using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;
using Spectre.Console;

namespace NetViz.Cli.Metrics;

/// <summary>
/// What <c>netviz evaluate</c> can measure: told of one batch after another, asked for the result at the end. A metric is one
/// file with an implementation of this, and one line in <see cref="MetricKind.All"/>.
/// </summary>
internal interface IMetric
{
    /// <summary>The result for --json.</summary>
    object Result { get; }

    /// <summary>The heading of the table that --output writes.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>The lines of that table, one a picture mostly.</summary>
    IEnumerable<IReadOnlyList<object?>> Rows { get; }

    /// <summary>What the user should know of the pictures, a line each; mostly empty.</summary>
    IEnumerable<string> Warnings { get; }

    /// <summary>Judges a batch.</summary>
    void Add(EvaluatedBatch batch);

    /// <summary>Shows the result to people.</summary>
    void Print(IAnsiConsole console);
}

/// <summary>Pictures that went through the network together.</summary>
/// <param name="Record">The forward pass, from which backward passes may start.</param>
/// <param name="Pictures">The pictures, in the order of the batch.</param>
internal sealed record EvaluatedBatch(ForwardRecord Record, IReadOnlyList<EvaluatedPicture> Pictures);

/// <summary>A picture of the set.</summary>
/// <param name="Name">Its file in the set.</param>
/// <param name="Class">Its class in the set.</param>
/// <param name="Score">The index of the score of that class.</param>
/// <param name="Box">Where the object is on the photograph; null where the set does not say.</param>
/// <param name="Placement">Where the network's input lies on the photograph.</param>
/// <param name="Photo">The photograph.</param>
/// <param name="Input">The network's input, one image of it, row-major.</param>
internal sealed record EvaluatedPicture(string Name, int Class, int Score, PixelBox? Box, InputPlacement Placement, Photo Photo,
    float[] Input);

/// <summary>What is evaluated.</summary>
/// <param name="Model">The model.</param>
/// <param name="Set">The pictures.</param>
/// <param name="Split">The part of them.</param>
/// <param name="Classes">Which score belongs to which class.</param>
/// <param name="ShowsAll">Whether people want to see every class.</param>
/// <param name="Rules">The rules that are compared, for metrics of backward passes.</param>
internal sealed record EvaluatedModel(LoadedModel Model, LabelledSet Set, string Split, ClassMatching Classes, bool ShowsAll,
    IReadOnlyList<BackwardRule> Rules);

/// <summary>A metric that --metric knows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Create">Begins a measurement.</param>
internal sealed record MetricKind(string Name, Func<EvaluatedModel, IMetric> Create)
{
    /// <summary>All metrics.</summary>
    public static IReadOnlyList<MetricKind> All { get; } =
    [
        new("accuracy", evaluated => new AccuracyMetric(evaluated)),
        new("localisation", evaluated => new LocalisationMetric(evaluated)),
    ];

    /// <summary>The metric of a name.</summary>
    /// <exception cref="NetVizException">There is none.</exception>
    public static MetricKind Find(string name) =>
        All.FirstOrDefault(kind => kind.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new NetVizException($"--metric '{name}' is unknown",
            $"there is {string.Join(", ", All.Select(kind => kind.Name))}");
}
