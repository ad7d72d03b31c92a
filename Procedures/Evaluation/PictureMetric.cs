using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;
using NetViz.Visualisation.Plots;

namespace NetViz.Procedures;

/// <summary>What was measured of a picture.</summary>
/// <param name="Name">Its file in the set.</param>
/// <param name="Class">Its class in the set.</param>
/// <param name="Score">The index of the score of that class.</param>
/// <param name="Values">The numbers, in an order that the metric knows.</param>
public sealed record MeasuredPicture(string Name, int Class, int Score, double[] Values);

/// <summary>
/// A metric over labelled pictures: it measures one batch after another and gives the result at the end. Each picture is
/// measured on its own, and its numbers are all that the result needs of it, so that what was measured in an earlier run need not
/// be measured again.
/// </summary>
public abstract class PictureMetric(EvaluatedModel evaluated)
{
    private readonly List<MeasuredPicture> _measured = [];

    /// <summary>The result as JSON has it.</summary>
    public abstract object Result { get; }

    /// <summary>The heading of the table that is written.</summary>
    public virtual IReadOnlyList<string> Columns => ["file", "class", "class_name", "model_class", .. ValueColumns];

    /// <summary>The lines of that table, one a picture mostly.</summary>
    public virtual IEnumerable<IReadOnlyList<object?>> Rows => _measured.Select(picture => (IReadOnlyList<object?>)
        [picture.Name, picture.Class, Evaluated.Set.ClassNames[picture.Class], picture.Score, .. RowOf(picture.Values)]);

    /// <summary>What the user should know of the pictures, a line each; mostly empty.</summary>
    public virtual IEnumerable<string> Warnings => [];

    /// <summary>The result drawn; null where there is nothing to draw.</summary>
    public virtual MetricPlot? Plot => null;

    /// <summary>What the numbers depend on besides the model, the pictures and the rules.</summary>
    public abstract string Settings { get; }

    /// <summary>How many numbers there are for a picture.</summary>
    public abstract int ValueCount { get; }

    /// <summary>What is evaluated.</summary>
    protected EvaluatedModel Evaluated => evaluated;

    /// <summary>Whether only a part of the pictures is measured, which may hold none.</summary>
    internal bool IsPart { get; set; }

    /// <summary>The pictures measured, in the set's order.</summary>
    protected IReadOnlyList<MeasuredPicture> Measured => _measured;

    /// <summary>The pictures measured.</summary>
    internal IReadOnlyList<MeasuredPicture> All => _measured;

    /// <summary>The headings of the numbers that is written.</summary>
    protected virtual IReadOnlyList<string> ValueColumns => [];

    /// <summary>Called for each batch of pictures that was measured.</summary>
    internal Action<IReadOnlyList<MeasuredPicture>>? WhenMeasured { get; set; }

    /// <summary>What the metric ranks maps by; nothing if it ranks none.</summary>
    internal virtual IReadOnlyList<ScoreColumn> ScoreColumns => [];

    /// <summary>The headings of a picture's numbers as they are written.</summary>
    internal IReadOnlyList<string> WrittenColumns => ValueColumns;

    /// <summary>
    /// Whether relevance counts by its magnitude unless a reduction is given, as signals do; otherwise by its sum over the channels.
    /// </summary>
    internal virtual bool TakesMagnitudes => false;

    /// <summary>Measures a batch without counting it.</summary>
    internal double[][] MeasureOnly(EvaluatedBatch batch) => Measure(batch);

    /// <summary>A picture's numbers as they are written.</summary>
    internal IEnumerable<object?> Written(double[] values) => RowOf(values);

    /// <summary>Judges a batch.</summary>
    public void Add(EvaluatedBatch batch)
    {
        double[][] values = Measure(batch);
        MeasuredPicture[] measured =
            [.. batch.Pictures.Select((p, n) => new MeasuredPicture(p.Name, p.Class, p.Score, values[n]))];
        Restore(measured);
        WhenMeasured?.Invoke(measured);
    }

    /// <summary>Takes up what was measured, now or by an earlier run.</summary>
    public void Restore(IReadOnlyList<MeasuredPicture> pictures)
    {
        foreach (MeasuredPicture picture in pictures)
        {
            _measured.Add(picture);
            Count(picture);
        }
    }

    /// <summary>The result in words and tables.</summary>
    public abstract void Describe(ResultText text);

    /// <summary>Measures a batch: for each picture <see cref="ValueCount"/> numbers.</summary>
    protected abstract double[][] Measure(EvaluatedBatch batch);

    /// <summary>Called for each picture in the set's order: for sums that are kept while measuring.</summary>
    protected virtual void Count(MeasuredPicture picture)
    {
    }

    /// <summary>A picture's numbers as they are written.</summary>
    protected virtual IEnumerable<object?> RowOf(double[] values) => values.Cast<object?>();

    /// <summary>The mean of one of the numbers over the pictures, NaN standing for none.</summary>
    protected SampleMean MeanOf(int index) =>
        SampleMean.Of(Measured.Select(picture => picture.Values[index]).Where(value => !double.IsNaN(value)));

    /// <summary>The signal of each picture's own class at the network's input under a rule, [N, C, H, W].</summary>
    protected Tensor<float> SignalOf(ForwardRecord record, IReadOnlyList<EvaluatedPicture> pictures, BackwardRule rule) =>
        record.Backward(Seed.Classes([.. pictures.Select(picture => picture.Score)]), rule)
            .ToPlanes(Evaluated.Model.Network.Input.Layout);

    /// <summary>A map of each picture's own class, [N, C, H, W]; metrics of one run share it.</summary>
    protected Tensor<float> PlanesOf(EvaluatedBatch batch, EvaluatedMap map)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.PlanesOf(map, () => Evaluated.Source.Of(map, batch.Root.Record, [.. batch.Root.Pictures.Select(p => p.Input)],
            [.. batch.Root.Pictures.Select(p => p.Score)], [.. batch.Root.Pictures.Select(p => p.Name)]));
    }

    /// <summary>A map of other classes, [N, C, H, W].</summary>
    protected Tensor<float> PlanesOf(EvaluatedBatch batch, EvaluatedMap map, int[] classes)
    {
        ArgumentNullException.ThrowIfNull(batch);
        float[][] inputs = [.. batch.Pictures.Select(picture => picture.Input)];
        string[] names = [.. batch.Pictures.Select(picture => picture.Name)];
        if (batch.Root == batch) return Evaluated.Source.Of(map, batch.Record, inputs, classes, names);
        using ForwardRecord record = Forward(inputs);
        return Evaluated.Source.Of(map, record, inputs, classes, names);
    }

    /// <summary>A map of each picture's own class, one number a pixel.</summary>
    protected SaliencyMap[] MapsOf(EvaluatedBatch batch, EvaluatedMap map)
    {
        Tensor<float> planes = PlanesOf(batch, map);
        return [.. batch.Pictures.Select((_, n) => SaliencyMap.Of(planes, n, ReductionOf(map)))];
    }

    /// <summary>How a map's channels become one number a pixel.</summary>
    protected Reduction ReductionOf(EvaluatedMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return Evaluated.Reduction ?? (map.IsSigned && !(TakesMagnitudes && map.Kind == MapKind.Signal) ? Reduction.Signed : Reduction.Max);
    }

    /// <summary>A forward pass of inputs of one shape.</summary>
    /// <param name="inputs">The inputs, row-major.</param>
    /// <param name="prepared">The network; null for the model's own.</param>
    /// <param name="shape">The shape of one; null for that of the model.</param>
    /// <param name="maps">The maps that start from the record; null for those that are evaluated.</param>
    internal ForwardRecord Forward(IReadOnlyList<float[]> inputs, PreparedNetwork? prepared = null, Shape? shape = null,
        IEnumerable<EvaluatedMap>? maps = null)
    {
        Shape one = shape ?? new Shape([.. Evaluated.Model.Preprocessing.InputShape]);
        nint[] lengths = [inputs.Count, .. one.Lengths.ToArray().Skip(1).Select(length => (nint)length)];
        return (prepared ?? Evaluated.Model.Prepared).Forward(Tensor.Create((float[])[.. inputs.SelectMany(input => input)], lengths),
            Evaluated.Source.Keeps(maps ?? Evaluated.Maps));
    }

    /// <summary>The score of one class in each of many inputs.</summary>
    protected double[] ScoresOf(IReadOnlyList<float[]> inputs, int @class) => ByBatch(inputs, (record, n, _) => record.ScoreOf(n, @class), []);

    /// <summary>The probability of one class in each of many inputs.</summary>
    protected double[] ProbabilitiesOf(IReadOnlyList<float[]> inputs, int @class) =>
        ByBatch(inputs, (record, n, _) => record.Probabilities[n, @class], []);

    /// <summary>The probability of each input's class where that has the highest score; otherwise 0.</summary>
    internal double[] ConfidenceOf(IReadOnlyList<float[]> inputs, int[] classes) => ByBatch(inputs, (record, n, @class) =>
        Accuracy.Judge(@class, record.ScoresOf(n)).Rank == 0 ? record.ProbabilityOf(n, @class) : 0, classes);

    private double[] ByBatch(IReadOnlyList<float[]> inputs, Func<ForwardRecord, int, int, double> of, int[] classes)
    {
        var found = new double[inputs.Count];
        int first = 0;
        foreach (float[][] some in inputs.Chunk(Evaluated.BatchSize))
        {
            using ForwardRecord record = Forward(some, maps: []);
            for (int n = 0; n < some.Length; n++) found[first + n] = of(record, n, first + n < classes.Length ? classes[first + n] : 0);
            first += some.Length;
        }

        return found;
    }

    /// <summary>The map of each picture's own class under a rule.</summary>
    protected SaliencyMap[] MapsOf(EvaluatedBatch batch, BackwardRule rule)
    {
        Tensor<float> signal = SignalOf(batch.Record, batch.Pictures, rule);
        return [.. batch.Pictures.Select((_, n) => SaliencyMap.Of(signal, n))];
    }
}
