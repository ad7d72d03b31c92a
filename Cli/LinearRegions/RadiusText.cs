using NetViz.Analysis.LinearRegions;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Procedures;
using Spectre.Console;

namespace NetViz.Cli.LinearRegions;

/// <summary>The validity radius as tables and sentences.</summary>
/// <param name="outcome">What was found.</param>
internal sealed class RadiusText(LinearRegionOutcome outcome)
{
    private const int LongestName = 26;

    private readonly RadiusReport _report = outcome.Report;

    /// <summary>Prints all of it.</summary>
    public void Print()
    {
        Line(outcome.Title);
        Line($"line I_0 + t v: v is {_report.Along}, divided by its norm {_report.DirectionNorm:g6}; "
            + $"||I_0|| = {_report.ImageNorm:g6}");
        Line($"{Counted.Of(_report.Bits, "bit", "N0")} of rectifiers and {Counted.Of(_report.Switches, "switch", "N0")} of "
            + "max-poolings decide the linear piece");
        if (!_report.IsExact)
        {
            Line($"not piecewise linear: {string.Join(", ", _report.SmoothLayers)} bend the score, so the tangent holds to first "
                + "order only; the distances are estimates, and no radius is claimed");
        }
        Output.Console.Write(Distances());
        for (int s = 0; s < _report.Sides.Count; s++) Explain(_report.Sides[s], outcome.Elements[s]);
        foreach (RadiusSideReport side in _report.Sides.Where(side => side.FirstFlip is not null))
        {
            Console.WriteLine();
            Line($"by layer along {side.Direction}:");
            Output.Console.Write(Layers(side));
        }

        Output.RuleNote(_report.RuleNote);
        Line("first, 0.1 %, 1 %: where by the tangent the first, 0.1 % and 1 % of all bits and switches have flipped.");
        Line("by tangent: elements whose x_i + t d_i has crossed its kink. That is exact up to the first flip only; beyond it "
            + "the first piece is extrapolated.");
        Line("counted: bits and switches that differ in a forward pass at that distance.");
    }

    private Table Distances()
    {
        Table table = Output.Table(
            ["", .. _report.Sides.SelectMany(side => side.Stages.Select(stage => $"{side.Direction} {stage.Name}"))]);
        RadiusStageReport[] stages = [.. _report.Sides.SelectMany(side => side.Stages)];
        void Row(string name, Func<RadiusStageReport, string> cell) => table.AddRow([name, .. stages.Select(cell)]);
        Row("t = ||t v||", s => $"{s.Distance:0.000e-0}");
        if (stages.Any(s => s.RelativeToImage is not null)) Row("t / ||I_0||", s => $"{s.RelativeToImage:0.0e-0}");
        if (stages.Any(s => s.ShareOfWay is not null)) Row("share of the way", s => $"{100 * s.ShareOfWay:g3} %");
        if (stages.Any(s => s.GreyLevelsLargest is not null))
        {
            Row("largest change, grey levels", s => Short(s.GreyLevelsLargest!.Value));
            Row("rms change, grey levels", s => Short(s.GreyLevelsRms!.Value));
        }
        Row("flips by tangent", s => $"{s.FlipsByTangent:n0}");
        Row("flips counted", s => $"{s.FlipsCounted:n0}");
        Row("S_c, linear", s => $"{NumberText.Fixed(s.LinearScore, "0.00000")}");
        Row("S_c, counted pass", s => $"{NumberText.Fixed(s.Score, "0.00000")}");
        return table;
    }

    private void Explain(RadiusSideReport side, string? element)
    {
        if (side.FlipsAtOnce > 0)
        {
            string where = string.Join(", ",
                side.Layers.Where(l => l.FlipsAtOnce > 0).Select(l => $"{l.FlipsAtOnce:n0} in {l.Layer}"));
            Line($"{side.Direction}: {Counted.Of(side.FlipsAtOnce, "element", "N0")} "
                + $"{Counted.Form(side.FlipsAtOnce, "stands", "stand")} on a kink or in a tie and "
                + $"{Counted.Form(side.FlipsAtOnce, "flips", "flip")} at any step ({where}): "
                + "the radius is 0.");
            Line($"    What follows holds for the piece that begins there; its slope is "
                + $"{NumberText.Fixed(side.Slope, "g9")}, the gradient's "
                + $"{(side.Direction == "+v" ? 1 : -1) * _report.GradientSlope:g9}.");
        }

        if (side.FirstFlip is not FlipReport flip || side.Check is not RadiusCheck check)
        {
            Line($"{side.Direction}: nothing ever flips by the tangent; the linear picture holds all along the line.");
            return;
        }

        Line($"{side.Direction}: first flips {flip.Layer} ({flip.Operator}) at {element}: {How(flip)}");
        Line($"    at t (1 - {check.Margin:0.#e-0}): {Count(check.FlipsBelow)}; S_c "
            + $"{NumberText.Fixed(check.ScoreBelow, "0.000000000")}, linearly "
            + $"{NumberText.Fixed(check.LinearScoreBelow, "0.000000000")}, apart by {check.ScoreGap:0.0e-0}");
        Line($"    at t (1 + {check.Margin:0.#e-0}): {Count(check.FlipsAbove)}, "
            + (check.HasFlipped ? "the predicted one among them" : "the predicted one not among them"));
        if (check.SlopeGap is double gap)
            Line($"    dS_c/dt {NumberText.Fixed(side.Slope, "g9")} by the tangent upward; by the gradient downward the "
                + $"same to {gap:0.0e-0}");
        Line(!_report.IsExact ? "    an estimate: these passes prove nothing where the score bends"
            : $"    {(check.Holds ? "confirmed" : "NOT CONFIRMED")} by these forward passes in double");
    }

    private static string Count(long flips) => flips switch
    {
        0 => "no bit and no switch differs",
        1 => "one differs",
        _ => $"{flips:n0} differ",
    };

    private static string How(FlipReport f) => f.Kind switch
    {
        nameof(FlipKind.SwitchMoves) =>
            $"the maximum {NumberText.Fixed(f.Value, "g5")} at place {f.Switch} of its window is "
                + $"{Math.Abs(f.Value - f.Bound):0.0e-0} ahead of place "
            + $"{f.NextSwitch}, which grows faster by {NumberText.Fixed(f.Rate, "g4")} a unit",
        nameof(FlipKind.TurnsOn) => $"turns on as x = {NumberText.Fixed(f.Value, "g5")} passes "
            + $"{NumberText.Fixed(f.Bound, "g5")} at {NumberText.Fixed(f.Rate, "g4")} a unit",
        _ => $"turns off as x = {NumberText.Fixed(f.Value, "g5")} reaches {NumberText.Fixed(f.Bound, "g5")} at "
            + $"{NumberText.Fixed(f.Rate, "g4")} a unit",
    };

    private static Table Layers(RadiusSideReport side)
    {
        string[] names = [.. side.Stages.Select(stage => stage.Name)];
        Table table = Output.Table(["layer", "<operator", "elements", "first flip at",
            .. names.Skip(1).SelectMany(name => new[] { $"{name} by tangent", "counted" })]);
        foreach (RadiusLayerReport layer in side.Layers)
        {
            table.AddRow([Markup.Escape(Printable.Line(End(layer.Layer))), layer.Operator, $"{layer.Elements:n0}",
                layer.FirstFlip is FlipReport flip ? $"{flip.Distance:0.000e-0}" : "never",
                .. Enumerable.Range(1, names.Length - 1).SelectMany(k =>
                    new[] { $"{layer.FlipsByTangent[k]:n0}", $"{layer.FlipsCounted[k]:n0}" })]);
        }

        return table;
    }

    /// <summary>The end of a long name, which tells most in names with paths.</summary>
    private static string End(string name) => name.Length <= LongestName ? name : $"...{name[^(LongestName - 3)..]}";

    private static string Short(double value) => NumberText.Fixed(value, value is >= 0.01 and < 1000 ? "0.000" : "0.0e-0");

    private static void Line(string text) => Console.WriteLine(Printable.Line(text));
}
