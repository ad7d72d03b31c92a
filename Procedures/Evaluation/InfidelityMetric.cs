using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Visualisation;

namespace NetViz.Procedures;

/// <summary>
/// Infidelity (Yeh et al. 2019): how much of what a removed square does to the score a map does not foretell. A map of changes of
/// the score (gradient) foretells the sum of its numbers times the change of the pixels; a map of shares of the score (relevance,
/// integrated gradients) the sum of its numbers in the square. Each map is scaled by the factor that fits best, as the paper does.
/// </summary>
internal sealed class InfidelityMetric(EvaluatedModel evaluated) : MapScoreMetric(evaluated)
{
    /// <summary>Squares of a picture [ours].</summary>
    private const int Samples = 48;

    /// <summary>The least and the largest side of a square as shares of the input's shorter side [ours].</summary>
    private const double LeastSide = 1 / 8.0, LargestSide = 1 / 2.0;

    protected override ScoreWords Words => new("infidelity", "infidelity", IsHigherBetter: false,
        $"Over {Samples} squares that the mean colour replaces: the mean square of (what the map foretells, scaled as fits best, minus "
        + "the change of the score), as a share of the change's mean square (Yeh et al. 2019); 0: all foretold, 1: nothing.");

    protected override IReadOnlyList<NamedConstant> Constants =>
        [new("squares", Samples, Origin.Ours), new("least-side", LeastSide, Origin.Ours), new("largest-side", LargestSide, Origin.Ours),
            new("seed", Evaluated.Options.Seed, Origin.Ours)];

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        double[][] values = [.. batch.Pictures.Select(_ => Nothing())];
        Tensor<float>[] planes = [.. Evaluated.Maps.Select(map => PlanesOf(batch, map))];
        PictureGrid grid = PictureGrid.Of(Evaluated.Model);
        for (int n = 0; n < batch.Pictures.Count; n++)
        {
            EvaluatedPicture picture = batch.Pictures[n];
            (int Top, int Left, int Side)[] squares = [.. Enumerable.Range(0, Samples).Select(k => Square(picture, grid, k))];
            float[] fill = grid.Curve.MeanColour(picture.Input);
            double score = ScoresOf([picture.Input], picture.Score)[0];
            double[] drops = [.. ScoresOf([.. squares.Select(square => grid.Replaced(picture.Input, fill, square))], picture.Score)
                .Select(left => score - left)];
            double drop2 = drops.Sum(drop => drop * drop);
            for (int m = 0; m < Maps && drop2 > 0; m++)
            {
                double foretold2 = 0, product = 0;
                for (int k = 0; k < Samples; k++)
                {
                    double foretold = grid.Sum(planes[m], n, picture.Input, fill, squares[k], Evaluated.Maps[m].IsAttribution);
                    foretold2 += foretold * foretold;
                    product += foretold * drops[k];
                }

                // The least over b of sum (b f - d)^2 is sum d^2 - (sum f d)^2 / sum f^2.
                values[n][m] = foretold2 > 0 ? Math.Max(0, 1 - product * product / (foretold2 * drop2)) : 1;
            }
        }

        return values;
    }

    private (int Top, int Left, int Side) Square(EvaluatedPicture picture, PictureGrid grid, int k)
    {
        CounterRandom random = Evaluated.Options.RandomFor(picture.Name);
        int shorter = Math.Min(grid.Height, grid.Width), least = Math.Max(1, (int)(shorter * LeastSide));
        int side = least + (int)(random.Bits(3 * k) % (ulong)(Math.Max(least, (int)(shorter * LargestSide)) - least + 1));
        return ((int)(random.Bits(3 * k + 1) % (ulong)(grid.Height - side + 1)), (int)(random.Bits(3 * k + 2) % (ulong)(grid.Width - side + 1)),
            side);
    }
}
