using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Kernels;
using NetViz.Visualisation;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Evaluation;

namespace NetViz.Procedures;

/// <summary>
/// The grid pointing game (Böhle, Fritz, Schiele 2021; Rao, Böhle, Schiele 2022): a mosaic of confidently classified pictures of
/// distinct classes, the map of one of their classes, and the share of its positive mass in that picture's cell. Each picture of
/// the set that is itself confidently classified is once the one that is explained; place and neighbours are drawn by its name.
/// </summary>
internal sealed class GridPointingGameMetric : MapScoreMetric, IDisposable
{
    // Neighbours are drawn from this number of pictures, spread evenly over the set, and from no more than fit in this memory [ours].
    private const int PoolPictures = 256;
    private const long PoolNumbers = 16_000_000;

    private readonly PictureGrid _grid;
    private readonly int _cells;
    private readonly bool _scales;
    private readonly Shape _shape;
    private readonly EvaluatedMap[] _maps;
    private readonly PreparedNetwork? _sliding;
    private List<(int Score, float[] Input)>? _pool;

    /// <exception cref="NetVizException">The network has one score, or does not slide.</exception>
    public GridPointingGameMetric(EvaluatedModel evaluated)
        : base(evaluated, "even map")
    {
        if (!evaluated.Model.Model.HasProbabilities)
            throw new NetVizException($"{evaluated.Model.Model.Path} has one score; the grid pointing game needs classes");
        _grid = PictureGrid.Of(evaluated.Model);
        (_cells, _scales) = (evaluated.Options.Grid, evaluated.Options.IsMosaicScaled);
        int side = _scales ? 1 : _cells;
        Shape own = new([.. evaluated.Model.Preprocessing.InputShape]);
        _shape = _grid.Layout == ImageLayout.Nchw
            ? new Shape(1, _grid.Channels, side * _grid.Height, side * _grid.Width)
            : new Shape(1, side * _grid.Height, side * _grid.Width, _grid.Channels);
        _maps = [.. evaluated.Maps];
        if (_scales) return;
        SlidingNetwork sliding = SlidingNetwork.Of(evaluated.Model.Network, own, _shape);
        _sliding = sliding.Network.On(evaluated.Model.Prepared.Kernels);
        _maps = [.. evaluated.Maps.Select(map => map.Rule is null ? map : map with { Rule = sliding.RuleOf(map.Rule) })];
    }

    protected override ScoreWords Words => new($"grid pointing game, {_cells}x{_cells}", "share", IsHigherBetter: true,
        $"The share of a map's positive mass in the cell of the class that it explains, in mosaics of {_cells}x{_cells} pictures that the "
        + $"network knows with a probability of at least {Evaluated.Options.Confidence:0.##} ({(_scales ? "scaled to its input"
            : "fully connected layers slide over them")}; Böhle et al. 2021, Rao et al. 2022). Of an even map it is "
        + $"{1.0 / (_cells * _cells):0.000}.");

    protected override IReadOnlyList<NamedConstant> Constants =>
    [
        new("grid", _cells, Origin.Given), new("mosaic", _scales ? "scale" : "slide", Origin.Given),
        new("confidence", Evaluated.Options.Confidence, Origin.Ours), new("pool", PoolPictures, Origin.Ours),
        new("seed", Evaluated.Options.Seed, Origin.Ours),
    ];

    public void Dispose() => _sliding?.Dispose();

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        _pool ??= Pool();
        double[][] values = [.. batch.Pictures.Select(_ => Nothing())];
        double[] confidence = ConfidenceOf([.. batch.Pictures.Select(p => p.Input)], [.. batch.Pictures.Select(p => p.Score)]);
        (int Picture, int Cell, float[] Image)[] mosaics = [.. Enumerable.Range(0, batch.Pictures.Count)
            .Where(n => confidence[n] >= Evaluated.Options.Confidence).Select(n => Mosaic(batch.Pictures[n], n))];
        foreach ((int Picture, int Cell, float[] Image)[] some in mosaics.Chunk(Evaluated.BatchSize))
        {
            float[][] images = [.. some.Select(mosaic => mosaic.Image)];
            int[] classes = [.. some.Select(mosaic => batch.Pictures[mosaic.Picture].Score)];
            string[] names = [.. some.Select(mosaic => batch.Pictures[mosaic.Picture].Name)];
            using ForwardRecord record = Forward(images, _sliding, _shape, _maps);
            for (int m = 0; m < _maps.Length; m++)
            {
                Tensor<float> planes = Evaluated.Source.Of(_maps[m], record, images, classes, names);
                for (int k = 0; k < some.Length; k++)
                {
                    SaliencyMap map = SaliencyMap.Of(planes, k, ReductionOf(_maps[m]));
                    values[some[k].Picture][m] = MassShare.Of(map.Values, Cell(map, some[k].Cell));
                }
            }

            foreach ((int picture, _, _) in some) values[picture][Maps] = 1.0 / (_cells * _cells);
        }

        return values;
    }

    private bool[] Cell(SaliencyMap map, int cell)
    {
        var mask = new bool[map.Width * map.Height];
        for (int y = 0; y < map.Height; y++)
        {
            int row = (int)((y + 0.5) * _cells / map.Height);
            for (int x = 0; x < map.Width; x++) mask[y * map.Width + x] = row * _cells + (int)((x + 0.5) * _cells / map.Width) == cell;
        }

        return mask;
    }

    private (int Picture, int Cell, float[] Image) Mosaic(EvaluatedPicture picture, int number)
    {
        CounterRandom random = Evaluated.Options.RandomFor(picture.Name);
        int count = _cells * _cells, cell = (int)(random.Bits(0) % (ulong)count);
        var others = new List<float[]>();
        HashSet<int> classes = [picture.Score];
        foreach (int i in PixelCurve.RandomOrder(_pool!.Count, random))
        {
            if (others.Count == count - 1) break;
            if (classes.Add(_pool[i].Score)) others.Add(_pool[i].Input);
        }

        if (others.Count < count - 1)
        {
            throw new NetVizException($"a mosaic of {_cells}x{_cells} pictures needs {count} classes; of {_pool.Count} pictures that are "
                + $"known with a probability of at least {Evaluated.Options.Confidence:0.##} there are {_pool.DistinctBy(p => p.Score).Count()}",
                "give a lower `Confidence`, or a smaller `Grid`");
        }

        others.Insert(cell, picture.Input);
        float[] image = Joined(others);
        return (number, cell, _scales ? Scaled(image) : image);
    }

    private float[] Joined(List<float[]> cells)
    {
        var image = new float[_cells * _cells * _grid.Channels * _grid.Height * _grid.Width];
        int width = _cells * _grid.Width, height = _cells * _grid.Height;
        bool isLast = _grid.Layout == ImageLayout.Nhwc;
        int run = isLast ? _grid.Width * _grid.Channels : _grid.Width, planes = isLast ? 1 : _grid.Channels;
        for (int i = 0; i < cells.Count; i++)
        {
            for (int c = 0; c < planes; c++)
            {
                for (int y = 0; y < _grid.Height; y++)
                {
                    int to = ((c * height + i / _cells * _grid.Height + y) * width + i % _cells * _grid.Width) * (isLast ? _grid.Channels : 1);
                    cells[i].AsSpan((c * _grid.Height + y) * run, run).CopyTo(image.AsSpan(to, run));
                }
            }
        }

        return image;
    }

    /// <summary>A mosaic at the network's own size: each pixel is the mean of as many as fall onto it.</summary>
    private float[] Scaled(float[] image)
    {
        var scaled = new float[_grid.Channels * _grid.Height * _grid.Width];
        bool isLast = _grid.Layout == ImageLayout.Nhwc;
        int width = _cells * _grid.Width, height = _cells * _grid.Height;
        for (int i = 0; i < scaled.Length; i++)
        {
            int c = isLast ? i % _grid.Channels : i / (_grid.Height * _grid.Width), pixel = isLast ? i / _grid.Channels : i % (_grid.Height * _grid.Width);
            double sum = 0;
            for (int dy = 0; dy < _cells; dy++)
            {
                for (int dx = 0; dx < _cells; dx++)
                {
                    int y = pixel / _grid.Width * _cells + dy, x = pixel % _grid.Width * _cells + dx;
                    sum += image[isLast ? (y * width + x) * _grid.Channels + c : (c * height + y) * width + x];
                }
            }

            scaled[i] = (float)(sum / (_cells * _cells));
        }

        return scaled;
    }

    /// <summary>The confidently classified pictures among some that are spread evenly over the set.</summary>
    private List<(int Score, float[] Input)> Pool()
    {
        int most = (int)Math.Clamp(PoolNumbers / (_grid.Channels * _grid.Height * _grid.Width), 16, PoolPictures);
        var choice = new PictureChoice(Evaluated.Set, Evaluated.Split, Evaluated.Classes, most);
        var pool = new List<(int Score, float[] Input)>();
        Action<string, NetVizException>? whenBroken = Evaluated.Set.WhenBroken;
        // The run itself tells of broken pictures.
        Evaluated.Set.WhenBroken = (_, _) => { };
        try
        {
            foreach (LabelledPicture[] some in Evaluated.Set.Read(Evaluated.Split, choice.Takes, () => choice.IsDone)
                .Chunk(Evaluated.BatchSize))
            {
                float[][] inputs = [.. some.Select(picture => Evaluated.Model.Preprocessing.Apply(picture.Photo).Input)];
                int[] classes = [.. some.Select(picture => Evaluated.Classes.ScoreOf(picture.Class))];
                double[] confidence = ConfidenceOf(inputs, classes);
                for (int n = 0; n < inputs.Length; n++)
                    if (confidence[n] >= Evaluated.Options.Confidence) pool.Add((classes[n], inputs[n]));
            }
        }
        finally
        {
            Evaluated.Set.WhenBroken = whenBroken;
        }

        return pool;
    }
}
