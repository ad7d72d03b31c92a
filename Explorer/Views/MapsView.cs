using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Explorer.Server;
using NetViz.Procedures;
using NetViz.Visualisation;

namespace NetViz.Explorer.Views;

/// <summary>The maps of <c>netviz saliency</c>, each with its constants.</summary>
internal static class MapsView
{
    private static readonly string[] References = [.. ReferenceImage.Names.Split('|').Where(name => name != "FILE")];

    /// <summary>Gets the maps and which constants each has, for the page's form.</summary>
    public static object Choices { get; } = MapNames.All.Where(map => map.Value != MapKind.ExpectedGradients).Select(map => new
    {
        name = map.Key,
        rules = map.Value is MapKind.Signal or MapKind.SmoothGrad or MapKind.InputXGradient,
        cam = MapNames.IsCam(map.Value),
        constants = map.Value switch
        {
            MapKind.SmoothGrad => new[] { Number("samples", 25, 1, 500), Number("noise", 0.15, 0, 10), Number("seed", 1, 0, 1e9) },
            MapKind.IntegratedGradients => [Number("steps", 50, 1, 500), Choice("baseline")],
            MapKind.DeepLift => [Choice("baseline")],
            MapKind.Occlusion => [Number("side", 0, 0, 512), Number("stride", 0, 0, 512), Choice("fill")],
            _ => Array.Empty<object>(),
        },
    }).ToArray();

    public static byte[] Of(LoadedModel loaded, InputFile picture, Question asked, IProgress<ProcedureEvent> progress,
        CancellationToken token)
    {
        MapKind kind = MapNames.Find(asked.Required("map"));
        if (kind == MapKind.ExpectedGradients)
            throw new NetVizException("expected gradients take a folder of pictures as their baselines", "use netviz saliency");
        int side = asked.Number("side", 0, 0, 512), stride = asked.Number("stride", Math.Max(1, side / 4), 0, 512);
        bool hasRules = kind is MapKind.Signal or MapKind.SmoothGrad or MapKind.InputXGradient;
        var options = new SaliencyOptions
        {
            Classes = [asked.Text("class") ?? "top"],
            Rules = hasRules ? asked.Rules() : [],
            Layer = MapNames.IsCam(kind) ? asked.Text("camLayer") : null,
            Maps = new MapSettings
            {
                Kinds = [kind],
                Samples = asked.Number("samples", 25, 1, 500),
                Noise = asked.Real("noise") ?? 0.15,
                NoiseSeed = (ulong)asked.Number("seed", 1, 0, 1_000_000_000),
                Steps = asked.Number("steps", 50, 1, 500),
                Baseline = MapNames.HasBaseline(kind) ? Reference(asked, "baseline") : null,
                Fill = kind == MapKind.Occlusion ? Reference(asked, "fill") : null,
                Square = side > 0 ? (side, Math.Max(1, stride)) : null,
            },
        };
        SaliencyResult result = loaded.Explainer.Saliency(picture, options, progress, token);
        ExplainedClass explained = result.Images[0].Classes[0];
        var message = new TensorMessage();
        var maps = new List<object>();
        foreach (ComputedMap map in explained.Maps)
        {
            bool isSigned = map.IsSigned || map.Part == "signed" || map.Kind == MapKind.Occlusion;
            SaliencyMap drawn = map.Map ?? SaliencyMap.Of(map.Signal!.ToPlanes(loaded.Explainer.Network.LayoutOf(0)), 0,
                isSigned ? Reduction.Signed : Reduction.Max);
            message.With($"map{maps.Count}", [drawn.Height, drawn.Width], drawn.Values.ToArray());
            if (map.Signal is { } signal)
            {
                var raw = new float[signal.FlattenedLength];
                signal.FlattenTo(raw);
                message.With($"raw{maps.Count}", [.. signal.Lengths.ToArray().Select(length => (int)length)], raw);
            }

            maps.Add(new { map.Name, map.FileName, map.Formula, map.Symbol, map.Note, map.Constants, isSigned });
        }

        return message.ToBytes(new { @class = explained.Class, maps });
    }

    // Only names: a file of this machine is never read for a visitor.
    private static string? Reference(Question asked, string name) => asked.Text(name) switch
    {
        null => null,
        { } text when References.Contains(text) => text,
        { } text => throw new NetVizException($"'{name}' is '{text}'; {string.Join(", ", References)} are supported"),
    };

    private static object Number(string name, double value, double min, double max) => new { name, value, min, max };

    private static object Choice(string name) => new { name, choices = References };
}
