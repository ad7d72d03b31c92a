using NetViz.Engine;
using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>
/// ROAD (Rong et al. 2022): the probability of the class when a share of the pixels is imputed from the others, the lowest of the
/// map first, less the same with the highest first; the mean over shares. No network is trained again, and what is imputed does
/// not show the removed shape.
/// </summary>
internal sealed class RoadMetric : MapScoreMetric
{
    /// <summary>The shares that are removed [ours: half of the paper's nine].</summary>
    private static readonly double[] Shares = [0.1, 0.3, 0.5, 0.7, 0.9];

    private readonly PictureGrid _grid;
    private readonly NoisyLinearImputation _imputation;

    /// <exception cref="NetVizException">The network has one score, whose probability is always 1.</exception>
    public RoadMetric(EvaluatedModel evaluated)
        : base(evaluated, "random")
    {
        if (!evaluated.Model.Model.HasProbabilities)
            throw new NetVizException($"{evaluated.Model.Model.Path} has one score, and ROAD needs probabilities");
        _grid = PictureGrid.Of(evaluated.Model);
        _imputation = new NoisyLinearImputation(_grid.Layout, _grid.Channels, _grid.Height, _grid.Width);
    }

    protected override ScoreWords Words => new("ROAD, lowest - highest first", "road", IsHigherBetter: true,
        $"The probability of the class with {string.Join(", ", Shares.Select(share => $"{100 * share:0}"))} % of the pixels imputed, the "
        + "lowest of the map first, less that with the highest first; the mean (Rong et al. 2022). By chance it is 0.");

    protected override IReadOnlyList<NamedConstant> Constants =>
        [new("shares", string.Join(' ', Shares), Origin.Ours), new("noise", NoisyLinearImputation.Noise, Origin.Secondary),
            new("sweeps", NoisyLinearImputation.Sweeps, Origin.Ours), new("seed", Evaluated.Options.Seed, Origin.Ours)];

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        double[][] values = [.. batch.Pictures.Select(_ => Nothing())];
        SaliencyMap[][] maps = [.. Evaluated.Maps.Select(map => MapsOf(batch, map))];
        int pixels = _grid.Curve.Pixels;
        for (int n = 0; n < batch.Pictures.Count; n++)
        {
            EvaluatedPicture picture = batch.Pictures[n];
            CounterRandom random = Evaluated.Options.RandomFor(picture.Name);
            int[][] orders = [.. maps.Select(map => PixelCurve.Order(map[n].Values)), PixelCurve.RandomOrder(pixels, random)];
            (int Order, double Share, bool IsHighest)[] jobs = [.. from order in Enumerable.Range(0, orders.Length)
                from share in Shares from isHighest in (bool[])[true, false] select (order, share, isHighest)];
            var images = new float[jobs.Length][];
            Parallel.For(0, jobs.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, Evaluated.Model.Prepared.Kernels.Threads) },
                j =>
                {
                    (int order, double share, bool isHighest) = jobs[j];
                    int count = (int)Math.Round(share * pixels);
                    var removed = new bool[pixels];
                    foreach (int pixel in isHighest ? orders[order].AsSpan(0, count) : orders[order].AsSpan(pixels - count)) removed[pixel] = true;
                    images[j] = _imputation.Impute(picture.Input, removed, random);
                });
            double[] probabilities = ProbabilitiesOf(images, picture.Score);
            for (int o = 0; o < orders.Length; o++)
            {
                if (o < Maps && maps[o][n].Peak == 0) continue;
                values[n][o] = Enumerable.Range(0, jobs.Length).Where(j => jobs[j].Order == o)
                    .Sum(j => (jobs[j].IsHighest ? -1 : 1) * probabilities[j]) / Shares.Length;
            }
        }

        return values;
    }
}
