using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation;
using NetViz.Visualisation.Maps;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Procedures;

/// <summary>Class activation maps, DeepLIFT, expected gradients and FullGrad, from a record.</summary>
internal sealed record FurtherMaps(Explainer Model, MapSettings Settings, string? CamLayer, ProcedureRun Run)
{
    /// <summary>The network of further forward passes: the model's, or one of the same inputs.</summary>
    public PreparedNetwork Prepared { get; init; } = Model.Prepared;

    /// <summary>Computes the maps of one kind and class.</summary>
    public IEnumerable<ComputedMap> Of(MapKind kind, ForwardRecord record, Tensor<float> input, int[] classes) =>
    [
        kind switch
        {
            MapKind.DeepLift => Lifted(record, input, classes),
            MapKind.ExpectedGradients => Expected(input, classes),
            MapKind.FullGrad => Full(record, classes),
            MapKind.GuidedGradCam => Guided(record, input, classes),
            _ => Cam(kind, record, input, classes),
        },
    ];

    /// <summary>The layer of class activation maps.</summary>
    public static string LayerOf(Explainer model, string? camLayer, Tensor<float> input) => camLayer
        ?? ClassActivationMap.DefaultLayer(model.Network, new Shape([.. input.Lengths.ToArray().Select(length => (int)length)]));

    /// <summary>Rounds each number to float32.</summary>
    public static Tensor<float> Rounded(Tensor<double> tensor)
    {
        var values = new double[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return Numbers.Create(Array.ConvertAll(values, value => (float)value), tensor.Lengths);
    }

    private ComputedMap Cam(MapKind kind, ForwardRecord record, Tensor<float> input, int[] classes)
    {
        string layer = LayerOf(Model, CamLayer, input);
        var weighting = kind switch
        {
            MapKind.GradCam => CamWeighting.GradCam,
            MapKind.HiResCam => CamWeighting.HiResCam,
            _ => CamWeighting.LayerCam,
        };
        ClassActivationMap cam = ClassActivationMap.Of(record, classes, layer, weighting, !Settings.IsCamSigned);
        return Drawn(kind, cam.Values, cam.Enlarged(HeightOf(input), WidthOf(input)), Settings.IsCamSigned) with
        {
            Part = Settings.IsCamSigned ? "signed" : null,
            Constants = new { Layer = layer, Rectified = !Settings.IsCamSigned, Enlarged = "bilinearly, corners not aligned" },
            Note = $"at the output of {layer}",
        };
    }

    private ComputedMap Guided(ForwardRecord record, Tensor<float> input, int[] classes)
    {
        string layer = LayerOf(Model, CamLayer, input);
        Tensor<double> found = ClassActivationMap.Of(record, classes, layer).Guided(record, classes);
        return new ComputedMap(MapKind.GuidedGradCam, BackwardRule.Guided, Rounded(found))
        {
            Exact = found,
            Constants = new { Layer = layer, Rectified = true, Enlarged = "bilinearly, corners not aligned" },
            Note = $"grad-cam at the output of {layer}",
        };
    }

    private static ComputedMap Full(ForwardRecord record, int[] classes)
    {
        Tensor<double> found = FullGrad.Of(record, classes);
        return Drawn(MapKind.FullGrad, found, found, isSigned: false);
    }

    private ComputedMap Lifted(ForwardRecord record, Tensor<float> input, int[] classes)
    {
        ReferenceImage baseline = ReferenceImage.Of(Model, "`Baseline`", Settings.Baseline ?? ReferenceImage.Zero, input, Run);
        DeepLift found = DeepLift.Of(record, input, classes, Wide(baseline), Settings.LiftPools);
        double[] gaps = [.. classes.Select((_, n) => found.Gap(n))];
        return new ComputedMap(MapKind.DeepLift, BackwardRule.Gradient, Rounded(found.Values))
        {
            Exact = found.Values,
            Constants = new
            {
                Rule = "rescale", MaxPools = Settings.LiftPools.ToString().ToLowerInvariant(),
                Baseline = baseline.Name, BaselineIs = baseline.Description,
                found.Scores, found.BaselineScores,
                found.Sums, CompletenessGaps = gaps,
            },
            Note = string.Create(CultureInfo.InvariantCulture, $"the map's sum {NumberText.Fixed(found.Sums[0], "0.0000")}, "
                + $"S(I) - S(B) = {NumberText.Fixed(found.Scores[0] - found.BaselineScores[0], "0.0000")}, gap "
                + $"{NumberText.Fixed(gaps[0], "0.0E0")}; baseline {baseline.Name}: {baseline.Description}"),
        };
    }

    /// <summary>A baseline in double: of an array with all its digits, which float32 would cut.</summary>
    private static double[] Wide(ReferenceImage baseline)
    {
        if (baseline.Name.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) && File.Exists(baseline.Name))
        {
            Tensor<double> read = Npy.ReadDouble(baseline.Name);
            var one = new double[read.FlattenedLength];
            read.FlattenTo(one);
            if (one.Length > 0 && baseline.Values.Length % one.Length == 0)
                return [.. Enumerable.Range(0, baseline.Values.Length / one.Length).SelectMany(_ => one)];
        }

        return Array.ConvertAll(baseline.Values, value => (double)value);
    }

    private ComputedMap Expected(Tensor<float> input, int[] classes)
    {
        string[] files = [.. InputFile.Expand([Settings.Baseline!], Run.Note).Select(file => file.Path)];
        int steps = Math.Max(1, (Settings.Steps + files.Length - 1) / files.Length);
        var mean = new double[input.FlattenedLength];
        var values = new float[mean.Length];
        foreach (string file in files)
        {
            ReferenceImage baseline = ReferenceImage.Of(Model, "`Baseline`", file, input, Run);
            IntegratedGradients.Of(Prepared, input, classes, steps, baseline.Values).Values.FlattenTo(values);
            for (int i = 0; i < mean.Length; i++) mean[i] += values[i] / (double)files.Length;
        }

        Tensor<double> found = Numbers.Create(mean, input.Lengths);
        return new ComputedMap(MapKind.ExpectedGradients, BackwardRule.Gradient, Rounded(found))
        {
            Exact = found,
            Constants = new
            {
                Baselines = files, StepsForEach = steps,
                StepsFrom = "ours: the steps divided among the baselines, midpoint rule in the place of random points",
            },
            Note = $"the mean over {Counted.Of(files.Length, "baseline")}, {Counted.Of(steps, "step")} each",
        };
    }

    /// <summary>A map whose signal has one channel, drawn as it is enlarged to the input.</summary>
    private static ComputedMap Drawn(MapKind kind, Tensor<double> values, Tensor<double> enlarged, bool isSigned)
    {
        int height = (int)enlarged.Lengths[2], width = (int)enlarged.Lengths[3];
        var all = new double[enlarged.FlattenedLength];
        enlarged.FlattenTo(all);
        float[] first = [.. all.Take(height * width).Select(value => (float)value)];
        return new ComputedMap(kind, BackwardRule.Gradient, Rounded(values))
        {
            Exact = values,
            Map = new SaliencyMap(width, height, first, isSigned ? Reduction.Signed : Reduction.Max),
        };
    }

    private bool IsLast => Model.Network.LayoutOf(0) == ImageLayout.Nhwc;

    private int HeightOf(Tensor<float> input) => (int)input.Lengths[IsLast ? 1 : 2];

    private int WidthOf(Tensor<float> input) => (int)input.Lengths[IsLast ? 2 : 3];
}
