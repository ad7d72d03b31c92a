using NetViz.Explorer.Server;
using NetViz.Procedures;
using NetViz.Visualisation.Localisation;

namespace NetViz.Explorer.Views;

/// <summary>The object of a class: seeds, mask, box, and the certificate of the cut.</summary>
internal static class LocaliseView
{
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
                MaxSide = 320,
            },
        };
        LocaliseResult result = loaded.Explainer.Localise(picture, options, progress, token);
        ObjectLocalisation found = result.Found;
        int[] shape = [found.Photo.Height, found.Photo.Width];
        // 1 foreground, 0 nothing, -1 background.
        var seeds = new float[found.Seeds.Length];
        var mask = new float[found.Mask.Length];
        for (int i = 0; i < seeds.Length; i++)
        {
            seeds[i] = found.Seeds[i] switch { SeedKind.Foreground => 1, SeedKind.Background => -1, _ => 0 };
            mask[i] = found.Mask[i] ? 1 : 0;
        }

        return new TensorMessage().With("seeds", shape, seeds).With("mask", shape, mask).ToBytes(new
        {
            @class = result.Class,
            box = found.Box is { } box ? new[] { box.XMin, box.YMin, box.Width, box.Height } : null,
            certificate = found.Certificate,
            holds = found.Certificate.Holds,
        });
    }
}
