#:project ../Procedures/Procedures.csproj
// A metric of one's own: the share of a map's mass in the middle of the picture, half as wide and half as high, where
// photographers put what matters. A map that knows nothing has a quarter there.
//   dotnet run -c Release examples/own-metric.cs [FOLDER OF CLASS FOLDERS]
using NetViz.Procedures;
using NetViz.Visualisation;
using NetViz.Visualisation.Evaluation;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;

string data = args.Length > 0 ? args[0] : DrawSet();
using var explainer = Explainer.Open();
EvaluateResult result = explainer.Evaluate(data, new EvaluateOptions
{
    Own = new MetricKind("centre-mass", evaluated => new CentreMass(evaluated), "the share of |w| in the middle") { HasPlot = false },
});
foreach (object part in result.Describe().Parts) Console.WriteLine(part is TextTable table
    ? string.Join('\n', table.Rows.Select(row => string.Join("  ", row)))
    : part);
if (args.Length == 0) Directory.Delete(data, recursive: true);
return result.Judged > 0 && result.Rows.All(row => row[4] is >= 0.0 and <= 1.0) ? 0 : 1;

// The samples as a set of two classes.
static string DrawSet()
{
    string set = Directory.CreateTempSubdirectory("netviz-example-").FullName;
    foreach (string name in (string[])["orange", "lemon"])
    {
        string folder = Directory.CreateDirectory(Path.Combine(set, name)).FullName;
        ImageFile.WritePng(SampleScenes.Read(SampleScenes.Find(name)), Path.Combine(folder, $"{name}.png"));
    }

    return set;
}

/// <summary>One number a rule for each picture; everything else follows from the base class.</summary>
internal sealed class CentreMass(EvaluatedModel evaluated) : PictureMetric(evaluated)
{
    public override object Result => Evaluated.Rules.Select((rule, r) => new { Rule = rule.Name, Share = MeanOf(r).Value });

    public override string Settings => "";

    public override int ValueCount => Evaluated.Rules.Count;

    protected override IReadOnlyList<string> ValueColumns => [.. Evaluated.Rules.Select(rule => $"centre_{rule.Name}")];

    public override void Describe(ResultText text)
    {
        TextTable table = text.Table("rule", "in the middle", "95 % interval");
        for (int r = 0; r < Evaluated.Rules.Count; r++)
        {
            SampleMean mean = MeanOf(r);
            table.AddRow(Evaluated.Rules[r].Name, mean.Rounded(3), mean.Interval(3));
        }
    }

    protected override double[][] Measure(EvaluatedBatch batch)
    {
        SaliencyMap[][] maps = [.. Evaluated.Rules.Select(rule => MapsOf(batch, rule))];
        return [.. batch.Pictures.Select((_, n) => maps.Select(ofRule => ShareOf(ofRule[n])).ToArray())];
    }

    private static double ShareOf(SaliencyMap map)
    {
        double all = 0, inside = 0;
        for (int i = 0; i < map.Values.Length; i++)
        {
            (int x, int y) = (i % map.Width, i / map.Width);
            all += map.Values[i];
            bool isInside = Math.Abs(2 * x + 1 - map.Width) < map.Width / 2 && Math.Abs(2 * y + 1 - map.Height) < map.Height / 2;
            if (isInside) inside += map.Values[i];
        }

        return all > 0 ? inside / all : double.NaN;
    }
}
