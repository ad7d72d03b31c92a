using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation;
using NetViz.Visualisation.Maps;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Procedures;

/// <summary>A map that metrics judge.</summary>
/// <param name="Kind">Which map.</param>
/// <param name="Rule">The rule of its backward passes; null if it has no choice.</param>
/// <param name="Part">What is distinguished within one kind, for example occlusion's score and probability.</param>
public sealed record EvaluatedMap(MapKind Kind, BackwardRule? Rule, string? Part = null)
{
    /// <summary>Its name: that of the rule for its own signal, otherwise the map's too.</summary>
    public string Name => Kind == MapKind.Signal ? Rule!.Name
        : MapNames.Of(Kind) + (Rule is null ? "" : $".{Rule.Name}") + (Part is null ? "" : $".{Part}");

    /// <summary>Whether its numbers have a sign, and are reduced by their sum unless a reduction says otherwise.</summary>
    internal bool IsSigned => Kind is not (MapKind.Signal or MapKind.SmoothGrad) || Rule!.Relevance is not null;

    /// <summary>Whether its numbers are shares of the score, and not changes of the score per change of the input.</summary>
    internal bool IsAttribution => IsSigned;

    /// <summary>The maps of some kinds, in their order.</summary>
    internal static IReadOnlyList<EvaluatedMap> Of(IEnumerable<MapKind> kinds, IReadOnlyList<BackwardRule> rules, Explainer model) =>
    [
        .. kinds.SelectMany(kind => kind switch
        {
            MapKind.Signal or MapKind.SmoothGrad or MapKind.InputXGradient => rules.Select(rule => new EvaluatedMap(kind, rule)),
            MapKind.Occlusion when model.Model.HasProbabilities =>
                [new EvaluatedMap(kind, null, "score"), new EvaluatedMap(kind, null, "probability")],
            MapKind.Occlusion => [new EvaluatedMap(kind, null, "score")],
            _ => [new EvaluatedMap(kind, null)],
        }),
    ];
}

/// <summary>Computes the maps of pictures, of any class and from any network of the same inputs.</summary>
/// <param name="Model">The model.</param>
/// <param name="Settings">The constants of maps.</param>
internal sealed record MapSource(Explainer Model, MapSettings Settings)
{
    private readonly ProcedureRun _quiet = new();

    // Of the network's own input, also where a larger image goes through it.
    private string CamLayer => ClassActivationMap.DefaultLayer(Model.Network, new Shape([.. Model.Preprocessing.InputShape]));

    /// <summary>The layers whose activations a forward pass keeps for some maps.</summary>
    public string[] Keeps(IEnumerable<EvaluatedMap> maps)
    {
        var keeps = new List<string>();
        if (maps.Any(map => map.Kind == MapKind.FullGrad)) keeps.AddRange(Analysis.Traces.TaylorLedger.Keeps(Model.Network));
        if (maps.Any(map => MapNames.IsCam(map.Kind))) keeps.Add(CamLayer);
        return [.. keeps.Distinct()];
    }

    /// <summary>A map of each picture, [N, C, H, W] with the input's rows and columns; C is 1 where the map is no signal.</summary>
    /// <param name="map">The map.</param>
    /// <param name="record">The forward pass of the inputs.</param>
    /// <param name="inputs">The input of each picture, row-major.</param>
    /// <param name="classes">The class of each picture whose score is explained.</param>
    /// <param name="names">The names of the pictures, by which chance is drawn.</param>
    public Tensor<float> Of(EvaluatedMap map, ForwardRecord record, IReadOnlyList<float[]> inputs, int[] classes,
        IReadOnlyList<string> names)
    {
        ImageLayout layout = Model.Network.Input.Layout;
        switch (map.Kind)
        {
            case MapKind.Signal:
                return record.Backward(Seed.Classes(classes), map.Rule!).ToPlanes(layout);
            case MapKind.InputXGradient:
                return Numbers.Multiply<float>(record.Backward(Seed.Classes(classes), map.Rule!), Input(record, inputs)).ToPlanes(layout);
            case MapKind.SmoothGrad:
                // One picture at a time: its noise is drawn by its name, whatever other pictures are in the batch.
                return Joined(record, inputs, (one, n) => SmoothGrad.Of(record.Prepared, one, [classes[n]], [map.Rule!], Settings.Samples,
                    Settings.Noise, Settings.NoiseSeed ^ StreamOf(names[n]))[0].ToPlanes(layout));
            case MapKind.IntegratedGradients:
            {
                Tensor<float> input = Input(record, inputs);
                ReferenceImage baseline = ReferenceImage.Of(Model, "`Baseline`", Settings.Baseline ?? ReferenceImage.Zero, input, _quiet);
                return IntegratedGradients.Of(record.Prepared, input, classes, Settings.Steps, baseline.Values).Values.ToPlanes(layout);
            }

            case MapKind.Occlusion:
                return Joined(record, inputs, (one, n) => Occluded(record.Prepared, one, classes[n], map.Part!));
            case MapKind.GradCam or MapKind.HiResCam or MapKind.LayerCam:
            {
                CamWeighting weighting = map.Kind switch
                {
                    MapKind.GradCam => CamWeighting.GradCam,
                    MapKind.HiResCam => CamWeighting.HiResCam,
                    _ => CamWeighting.LayerCam,
                };
                (int height, int width) = SizeOf(record);
                return FurtherMaps.Rounded(ClassActivationMap.Of(record, classes, CamLayer, weighting, !Settings.IsCamSigned)
                    .Enlarged(height, width));
            }

            case MapKind.FullGrad:
                return FurtherMaps.Rounded(FullGrad.Of(record, classes));
            default:
                return new FurtherMaps(Model, Settings, MapNames.IsCam(map.Kind) ? CamLayer : null, _quiet) { Prepared = record.Prepared }
                    .Of(map.Kind, record, Input(record, inputs), classes).First().Signal!.ToPlanes(layout);
        }
    }

    /// <summary>A number for a picture's name: FNV-1a of its UTF-16 units.</summary>
    internal static ulong StreamOf(string name)
    {
        ulong stream = 14695981039346656037;
        foreach (char unit in name) stream = unchecked((stream ^ unit) * 1099511628211);
        return stream;
    }

    private Tensor<float> Occluded(PreparedNetwork prepared, Tensor<float> input, int @class, string part)
    {
        Tensor<float> planes = input.ToPlanes(Model.Network.LayoutOf(0));
        (int height, int width) = ((int)planes.Lengths[2], (int)planes.Lengths[3]);
        (int side, int stride) = Settings.Square ?? Occlusion.DefaultSize(height, width);
        ReferenceImage fill = ReferenceImage.Of(Model, "`Fill`", Settings.Fill ?? ReferenceImage.Grey, input, _quiet);
        Occlusion found = Occlusion.Filled(prepared, input, @class, fill.Values, side, stride);
        SaliencyMap map = part == "score" ? found.ScoreDrop(height, width) : found.ProbabilityDrop(height, width);
        return Numbers.Create(map.Values.ToArray(), [1, 1, height, width]);
    }

    private static Tensor<float> Joined(ForwardRecord record, IReadOnlyList<float[]> inputs, Func<Tensor<float>, int, Tensor<float>> of)
    {
        nint[] one = [.. record.InputShape.WithBatch(1).Lengths.ToArray().Select(length => (nint)length)];
        var all = new List<float>();
        nint[] lengths = [];
        for (int n = 0; n < inputs.Count; n++)
        {
            Tensor<float> planes = of(Numbers.Create(inputs[n], one), n);
            var values = new float[planes.FlattenedLength];
            planes.FlattenTo(values);
            all.AddRange(values);
            lengths = planes.Lengths.ToArray();
        }

        lengths[0] = inputs.Count;
        return Numbers.Create(all.ToArray(), lengths);
    }

    private (int Height, int Width) SizeOf(ForwardRecord record) => Model.Network.LayoutOf(0) == ImageLayout.Nhwc
        ? (record.InputShape[1], record.InputShape[2])
        : (record.InputShape.H, record.InputShape.W);

    private static Tensor<float> Input(ForwardRecord record, IReadOnlyList<float[]> inputs) =>
        Numbers.Create((float[])[.. inputs.SelectMany(input => input)],
            [inputs.Count, .. record.InputShape.Lengths.ToArray().Skip(1).Select(length => (nint)length)]);
}
