using System.Numerics.Tensors;
using NetViz.Analysis.Layers;
using NetViz.Analysis.Proofs;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.LinearRegions;

/// <summary>
/// How far the linear picture S_c(I_0 + t v) = S_c(I_0) + t &lt;w, v&gt; of section 3 holds along a direction v: up to the
/// smallest t at which a rectifier's bit or a max-pooling's switch flips. Between flips the network is linear, so each
/// element's own t follows in closed form from one tangent sent up the network (<see cref="TangentWalk"/>):
/// t_i = -x_i / d_i at a ReLU, (x_max - x_j) / (d_j - d_max) in a pooling window. All in double on the reference back-end;
/// forward passes just below and just above the smallest t confirm it.
/// </summary>
public sealed class LinearRegion
{
    // Forward passes on each side: just below and just above the first flip, at 0.1 % and at 1 %.
    private const int PassesASide = 4;
    private static readonly (string Name, double Share)[] Shares = [("0.1 %", 0.001), ("1 %", 0.01)];

    private readonly Network _network;
    private readonly Shape _shape;
    private readonly double[] _image;
    private readonly int _class;
    private readonly bool[] _leads;
    private readonly int _threads;
    private readonly Action<double>? _progress;
    private readonly Lock _gate = new();
    private double _done;
    private double _whole = 1;

    private LinearRegion(Network network, Shape shape, double[] image, int classIndex, int threads, Action<double>? progress)
    {
        (_network, _shape, _image, _class, _progress) = (network, shape, image, classIndex, progress);
        _threads = threads > 0 ? threads : Environment.ProcessorCount;
        _leads = LinearPiece.LeadingTo(network, network.ScoreTensor);
    }

    /// <summary>Finds the radius along a direction, to both sides.</summary>
    /// <param name="network">The network.</param>
    /// <param name="shape">The input's shape; one image.</param>
    /// <param name="image">I_0, row-major.</param>
    /// <param name="classIndex">The class c whose score is looked at.</param>
    /// <param name="direction">v of any norm but 0; null for the gradient of S_c.</param>
    /// <param name="threads">Passes that run at once; 0 for one a core.</param>
    /// <param name="progress">Told how much is done, from 0 to 1, on any thread, one at a time.</param>
    /// <exception cref="NetVizException">The direction is 0, or the image, class or direction does not fit.</exception>
    public static LinearRegionResult Find(Network network, Shape shape, double[] image, int classIndex, double[]? direction = null,
        int threads = 0, Action<double>? progress = null) =>
        Find(network, shape, image, classIndex, BackwardRule.Gradient, direction, threads, progress);

    /// <summary>The same along the signal of a rule: how far the direction that its picture shows stays in one piece.</summary>
    /// <param name="network">The network.</param>
    /// <param name="shape">The input's shape; one image.</param>
    /// <param name="image">I_0, row-major.</param>
    /// <param name="classIndex">The class c whose score is looked at.</param>
    /// <param name="rule">The rule whose signal is the direction.</param>
    /// <param name="threads">Passes that run at once; 0 for one a core.</param>
    /// <param name="progress">Told how much is done, from 0 to 1, on any thread, one at a time.</param>
    /// <exception cref="NetVizException">The signal is 0, or the image or class does not fit.</exception>
    public static LinearRegionResult Find(Network network, Shape shape, double[] image, int classIndex, BackwardRule rule,
        int threads = 0, Action<double>? progress = null) =>
        Find(network, shape, image, classIndex, rule, null, threads, progress);

    private static LinearRegionResult Find(Network network, Shape shape, double[] image, int classIndex, BackwardRule rule,
        double[]? direction, int threads, Action<double>? progress)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(rule);
        if (shape.N != 1) throw new NetVizException($"a validity radius is one image's; the input {shape} holds {shape.N}");
        if (direction is not null && direction.LongLength != shape.Count)
            throw new NetVizException($"the direction has {direction.LongLength} numbers, the input {shape} has {shape.Count}");
        return new LinearRegion(network, shape, image, classIndex, threads, progress).Run(rule, direction);
    }

    private LinearRegionResult Run(BackwardRule rule, double[]? direction)
    {
        Shape[] shapes = _network.InferShapes(_shape);
        // One forward pass at the image, one or two backward, then for each side a tangent and the passes that check it.
        int ahead = direction is null && rule != BackwardRule.Gradient ? 3 : 2;
        _whole = (ahead + 2.0 * (1 + PassesASide)) * _network.Nodes.Sum(node => Work(node, shapes));

        using PreparedNetwork reference = Prepare();
        string[] wanted =
            [.. Deciding.Select(node => node.Inputs[0]).Where(tensor => tensor > 0).Distinct().Select(_network.NameOf)];
        using ForwardRecord record = reference.Forward(Images(_image), wanted);
        double[] gradient = record.BackwardInDouble(Seed.Class(_class), BackwardRule.Gradient).Flat();
        double[] given = direction
            ?? (rule == BackwardRule.Gradient ? gradient : record.BackwardInDouble(Seed.Class(_class), rule).Flat());
        double norm = TensorPrimitives.Norm<double>(given);
        if (!double.IsFinite(norm) || norm == 0)
        {
            throw new NetVizException(direction is null
                ? $"the signal of class {_class} under the rule {rule.Name} is {(norm == 0 ? "0 everywhere" : "not finite")}: "
                    + "it is no direction"
                : $"the direction has the norm {norm}; one that is finite and not 0 is wanted",
                direction is null ? "give a direction with --along" : null);
        }

        var unit = new double[given.Length];
        TensorPrimitives.Divide(given, norm, unit);
        double score = ScoreOf(record);
        double slope = TensorPrimitives.Dot<double>(gradient, unit);
        var sides = new Side[2];
        RunAtOnce(sides.Length, k => sides[k] = Walk(record, unit, k == 0 ? 1 : -1));
        var passes = sides.SelectMany(side => side.Distances().Select((t, i) => (side, i, t))).ToArray();
        RunAtOnce(passes.Length, k => passes[k].side.Found[passes[k].i] = Pass(passes[k].side, unit, passes[k].t));

        double largest = record.ScoresInDouble.Flat().Max(Math.Abs);
        double gradientNorm = TensorPrimitives.Norm<double>(gradient);
        IReadOnlyList<Node> deciding = [.. Deciding];
        return new LinearRegionResult(_class, score, slope, gradientNorm, TensorPrimitives.Norm<double>(_image), unit, norm,
            Sum(deciding, Keep.Bits, shapes), Sum(deciding, Keep.Switches, shapes),
            [.. _network.Nodes.Where(node => _leads[node.Output] && LayerAnalyses.Of(node.Layer).IsCurved)
                .Select(node => node.Name)],
            [.. sides.Select(side => side.Result(deciding, shapes, score, largest, slope, gradientNorm))]);
    }

    /// <summary>The tangent up one side.</summary>
    private Side Walk(ForwardRecord record, double[] unit, int sign)
    {
        var direction = new double[unit.Length];
        TensorPrimitives.Multiply(unit, sign, direction);
        LinearPiece piece = LinearPiece.Of(record, _leads);
        long all = Deciding.Sum(node => record.ShapeOf(node.Output).Count);
        Shape[] shapes = _network.InferShapes(_shape);
        var flips = new FlipSearch(_network, (long)Math.Ceiling(Shares[^1].Share * all));
        using PreparedNetwork linear = LinearPart.Of(_network).On(Device.ReferenceDouble);
        var walk = new TangentWalk(record, linear, _leads,
            tensor => tensor == 0 ? _image : record.ActivationValues(tensor));
        double[] slopes = walk.Run(direction, piece, flips, node => Advance(Work(node, shapes)));
        Flip? first = flips.First;
        double margin = 0;
        if (first is not null)
        {
            int tensor = _network.Nodes.First(node => node.Name == first.Layer).Inputs[0];
            double scale = tensor == 0
                ? _image.Max(Math.Abs)
                : record.ActivationValues(tensor).Max(Math.Abs);
            margin = Math.Max(1e-9, 64 * Math.ScaleB(1, -53) * scale / first.Gap);
        }

        var stages = new List<(string, double)>();
        foreach ((string name, double share) in Shares)
        {
            // Never before the first flip: where there are few elements 0.1 % of them is one.
            if (first is not null && flips.DistanceOf((long)Math.Ceiling(share * all)) is double t)
                stages.Add((name, Math.Max(t, first.Distance * (1 + margin))));
        }

        return new Side(sign, slopes[_class], piece, flips, margin, stages);
    }

    /// <summary>A forward pass at I_0 + sign t v, compared with the piece that holds before the first flip.</summary>
    private Found Pass(Side side, double[] unit, double t)
    {
        using PreparedNetwork prepared = Prepare();
        var image = new double[_image.Length];
        for (int i = 0; i < image.Length; i++) image[i] = _image[i] + side.Sign * t * unit[i];
        using ForwardRecord record = prepared.Forward(Images(image));
        var counts = new long[_network.Nodes.Length];
        bool hasFlipped = false;
        Flip? first = side.Flips.First;
        foreach (Node node in Deciding)
        {
            PortableLayer kept = record.KeptBy(node.Name);
            counts[node.Index] = side.Piece.Differences(node, kept);
            if (first is null || first.Layer != node.Name) continue;
            hasFlipped = first.Kind == FlipKind.SwitchMoves
                ? kept.Switches[first.Element] == first.NextSwitch
                : kept.IsActive(first.Element) == (first.Kind == FlipKind.TurnsOn);
        }

        return new Found(t, counts, hasFlipped, ScoreOf(record));
    }

    private IEnumerable<Node> Deciding => _network.Nodes.Where(node => _leads[node.Output] && LinearPiece.Decides(node.Layer));

    private static long Sum(IEnumerable<Node> nodes, Keep kind, Shape[] shapes) =>
        nodes.Where(node => node.Layer.Keeps.HasFlag(kind)).Sum(node => shapes[node.Output].Count);

    private double ScoreOf(ForwardRecord record) => record.ScoresInDouble[0, _class];

    private PreparedNetwork Prepare()
    {
        PreparedNetwork prepared = _network.On(Device.ReferenceDouble);
        Shape[] shapes = _network.InferShapes(_shape);
        prepared.LayerRan = (node, _, _) => Advance(Work(node, shapes));
        return prepared;
    }

    private static double Work(Node node, Shape[] shapes) =>
        node.Layer.Operations([.. node.Inputs.Select(tensor => shapes[tensor])]) + 20.0 * shapes[node.Output].Count;

    private void Advance(double work)
    {
        lock (_gate) _progress?.Invoke(Math.Min(1, (_done += work) / _whole));
    }

    private void RunAtOnce(int count, Action<int> run)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = _threads }, run);
        }
        catch (AggregateException e) when (e.InnerExceptions is [NetVizException, ..])
        {
            throw e.InnerExceptions[0];
        }
    }

    private ReadOnlyTensorSpan<double> Images(double[] values) =>
        new(values, [.. _shape.Lengths.ToArray().Select(length => (nint)length)]);

    /// <summary>What one forward pass found.</summary>
    private sealed record Found(double Distance, long[] Counts, bool HasFlipped, double Score);

    /// <summary>One side while it is worked on.</summary>
    private sealed class Side(int sign, double slope, LinearPiece piece, FlipSearch flips, double margin,
        List<(string Name, double Distance)> stages)
    {
        public int Sign => sign;

        public LinearPiece Piece => piece;

        public FlipSearch Flips => flips;

        /// <summary>Below, above, then the stages.</summary>
        public Found[] Found { get; } = new Found[2 + stages.Count];

        /// <summary>Where forward passes are wanted; nowhere, if nothing flips.</summary>
        public IEnumerable<double> Distances() => flips.First is not Flip first
            ? []
            : [first.Distance * (1 - margin), first.Distance * (1 + margin), .. stages.Select(stage => stage.Distance)];

        public RadiusSide Result(IReadOnlyList<Node> deciding, Shape[] shapes, double score, double largest, double gradientSlope,
            double gradientNorm)
        {
            long atOnce = deciding.Sum(flips.AtOnce);
            Found[] found = flips.First is null ? [] : Found[1..];
            string[] names = ["first", .. stages.Select(stage => stage.Name)];
            long[][] predicted = [.. found.Select(pass => flips.CountTo(pass.Distance))];
            RadiusStage[] results = [.. found.Select((pass, k) => new RadiusStage(names[k], pass.Distance, predicted[k].Sum(),
                pass.Counts.Sum(), score + pass.Distance * slope, pass.Score))];
            RadiusLayer[] layers = [.. deciding.Select(node => new RadiusLayer(node.Name, node.Layer.Operator,
                LinearPiece.Count(node, shapes[node.Output]), flips.AtOnce(node), flips.FirstOf(node),
                [.. predicted.Select(counts => counts[node.Index])], [.. found.Select(pass => pass.Counts[node.Index])]))];
            RadiusCheck? check = flips.First is null ? null : new RadiusCheck(margin, Found[0].Counts.Sum(),
                score + Found[0].Distance * slope, Found[0].Score, 1e-10 * Math.Max(largest, Math.Abs(Found[0].Score)),
                Found[1].Counts.Sum(), Found[1].HasFlipped,
                atOnce > 0 ? null : Math.Abs(slope - sign * gradientSlope), 1e-10 * gradientNorm);
            return new RadiusSide(sign, slope, atOnce, flips.First, results, layers, check);
        }
    }
}
