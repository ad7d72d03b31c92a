using NetViz.Explorer.Server;
using NetViz.Procedures;
using NetViz.Visualisation.Localisation;

namespace NetViz.Explorer.Views;

/// <summary>The object of a class: seeds, mask, box, and the certificate of the cut.</summary>
internal static class LocaliseView
{
    private const int MaxSide = 512;

    public static byte[] Of(LoadedModel loaded, InputFile picture, Question asked, IProgress<ProcedureEvent> progress,
        CancellationToken token)
    {
        var defaults = new LocalisationOptions();
        var options = new LocaliseOptions
        {
            Class = asked.Text("class") ?? "top",
            Rule = asked.Rules()[0],
            Localisation = defaults with
            {
                ForegroundQuantile = asked.Real("foreground") ?? defaults.ForegroundQuantile,
                BackgroundQuantile = asked.Real("background") ?? defaults.BackgroundQuantile,
                Gamma = asked.Real("gamma") ?? defaults.Gamma,
                Threshold = asked.Real("threshold") ?? defaults.Threshold,
                Method = asked.Text("method") == "threshold" ? LocalisationMethod.Threshold : LocalisationMethod.GraphCut,
            },
        };
        LocaliseResult result = loaded.Explainer.Localise(picture, options, progress, token);
        ObjectLocalisation found = result.Found;
        // A large photograph is sent as every n-th pixel, because the page does not show more.
        int every = (Math.Max(found.Photo.Width, found.Photo.Height) + MaxSide - 1) / MaxSide;
        int[] shape = [(found.Photo.Height + every - 1) / every, (found.Photo.Width + every - 1) / every];
        // 1 foreground, 0 nothing, -1 background.
        var seeds = new float[shape[0] * shape[1]];
        var mask = new float[seeds.Length];
        for (int i = 0; i < seeds.Length; i++)
        {
            int from = i / shape[1] * every * found.Photo.Width + i % shape[1] * every;
            seeds[i] = found.Seeds[from] switch { SeedKind.Foreground => 1, SeedKind.Background => -1, _ => 0 };
            mask[i] = found.Mask[from] ? 1 : 0;
        }

        return new TensorMessage().With("seeds", shape, seeds).With("mask", shape, mask).ToBytes(new
        {
            @class = result.Class,
            box = found.Box is { } box ? new[] { box.XMin, box.YMin, box.Width, box.Height } : null,
            every,
            certificate = found.Certificate,
            holds = found.Certificate.Holds,
        });
    }
}
