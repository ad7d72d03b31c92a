using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>
/// Efficient parameter randomisation, eMPRT (Hedström et al. 2024): by how much a map's complexity, the entropy of the histogram
/// of its numbers, rises when all layers are drawn anew. A map of what was learned is simpler than one of nothing.
/// </summary>
internal sealed class EfficientRandomisationMetric : MapScoreMetric
{
    /// <summary>Bins of the histogram [secondary: the authors' program].</summary>
    private const int Bins = 100;

    private readonly int _layers;
    private PreparedNetwork? _drawn;

    /// <exception cref="NetVizException">No layer of the network has weights to draw.</exception>
    public EfficientRandomisationMetric(EvaluatedModel evaluated)
        : base(evaluated)
    {
        _layers = ParameterRandomisation.Layers(evaluated.Model.Network).Count;
        if (_layers == 0) throw new NetVizException($"{evaluated.Model.Model.Path} has no layer with weights that could be drawn anew");
    }

    protected override ScoreWords Words => new("efficient randomisation", "rise", IsHigherBetter: true,
        $"(H(map of the network drawn anew) - H(map)) / H(map), H the entropy of a histogram of {Bins} bins (Hedström et al. 2024); "
        + "0 or less: the map is no simpler for what was learned.");

    protected override IReadOnlyList<NamedConstant> Constants =>
        [new("bins", Bins, Origin.Secondary), new("seed", Evaluated.Options.Seed, Origin.Ours)];

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        double[][] values = [.. batch.Pictures.Select(_ => Nothing())];
        Network Draw() => ParameterRandomisation.Cascade(Evaluated.Model.Network, _layers, unchecked((ulong)Evaluated.Options.Seed));
        _drawn ??= Draw().On(Evaluated.Model.Prepared.Kernels);
        float[][] inputs = [.. batch.Pictures.Select(picture => picture.Input)];
        int[] classes = [.. batch.Pictures.Select(picture => picture.Score)];
        string[] names = [.. batch.Pictures.Select(picture => picture.Name)];
        using ForwardRecord record = Forward(inputs, _drawn);
        for (int m = 0; m < Maps; m++)
        {
            SaliencyMap[] own = MapsOf(batch, Evaluated.Maps[m]);
            Tensor<float> planes = Evaluated.Source.Of(Evaluated.Maps[m], record, inputs, classes, names);
            for (int n = 0; n < inputs.Length; n++)
            {
                double before = HistogramEntropy.Of(own[n].Values, Bins);
                if (before > 0) values[n][m] = (HistogramEntropy.Of(SaliencyMap.Of(planes, n, own[n].Reduction).Values, Bins) - before) / before;
            }
        }

        return values;
    }
}
