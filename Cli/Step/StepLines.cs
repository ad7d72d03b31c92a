using NetViz.Analysis;
using NetViz.Analysis.Layers;
using NetViz.Analysis.RuleComparisons;
using NetViz.Analysis.Stepping;
using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Procedures;

namespace NetViz.Cli.Step;

/// <summary>The text beside the picture: the layer, the rule's equation, what was zeroed and why, the signal's norms.</summary>
internal static class StepLines
{
    private static readonly CellStyle Plain = new(Bold: false), Bold = new(Bold: true), Faint = new(Faint: true);

    /// <summary>
    /// The lines for a column of the given number of cells; blank ones give way where there are more than <paramref
    /// name="rows"/>.
    /// </summary>
    public static IReadOnlyList<(string Text, CellStyle Style)> Of(StepView view, int width, int rows)
    {
        var lines = new List<(string Text, CellStyle Style)>();
        void Add(string text, CellStyle style) =>
            lines.AddRange(StepText.Wrap(Printable.Line(text), width).DefaultIfEmpty("").Select(line => (line, style)));

        if (view.Descent.Passage is Passage passage) OfLayer(view, passage, width, lines, Add);
        else OfEnd(view, lines, Add);
        while (lines.Count > rows && lines.FindLastIndex(line => line.Text.Length == 0) is >= 0 and int blank)
            lines.RemoveAt(blank);
        return lines;
    }

    private static void OfLayer(StepView view, Passage passage, int width, List<(string Text, CellStyle Style)> lines,
        Action<string, CellStyle> add)
    {
        Layer layer = passage.Node.Layer;
        lines.Add((StepText.FitEnd(Printable.Line(layer.Name), width), Bold));
        string from = passage.Node.Inputs.Length == 1 ? $"{passage.InputShape(0)}" : $"{passage.Node.Inputs.Length} inputs";
        string kind = $"{layer.Operator}  {from} -> {passage.OutputShape}";
        lines.Add((kind.Length <= width ? kind : kind.Replace(", ", ",", StringComparison.Ordinal), Plain));
        lines.Add(("", Plain));

        (string equation, string remark) = passage.Equation;
        add(BackwardRule.MattersAt(layer) && passage.Relevance is null ? $"{passage.Rule.ToString().ToLowerInvariant()}: {equation}" : equation, Bold);
        add(remark, Faint);
        lines.Add(("", Plain));
        if (passage.Rectifier is RectifierCases cases)
        {
            Cases(lines, ((RectifierLayer)layer).Rectifier, passage.Rule, cases);
            lines.Add(("", Plain));
        }

        foreach (string reason in PassageReasons.Of(passage)) add(reason, Plain);
        if (Meeting(view, passage) is string meeting) add(meeting, Plain);
        lines.Add(("", Plain));
        Norms(lines, ("above", passage.Above), ("below", view.ShownBelow));
    }

    private static void OfEnd(StepView view, List<(string Text, CellStyle Style)> lines, Action<string, CellStyle> add)
    {
        Descent walk = view.Descent;
        lines.Add((view.Network.NameOf(walk.Tensor), Bold));
        lines.Add(($"{(walk.Target == 0 ? "the image" : "the end")}  {view.ShapeOf(walk.Tensor)}", Plain));
        lines.Add(("", Plain));
        add(walk.IsGradient ? "R_0 = dS_c / dI" : "R_0: a reconstruction", Bold);
        add(walk.IsGradient
            ? "the derivative of the class score by the image"
            : "no derivative of the class score: not every layer was passed under the gradient's rule", Faint);
        lines.Add(("", Plain));
        add($"Came by: {walk.Trajectory}.", Plain);
        lines.Add(("", Plain));
        Norms(lines, ("here", walk.Signal));
        lines.Add(("", Plain));
        string image = view.Subject.Input is null ? "" : ", then the image itself";
        if (walk.Tensor == 0) add($"Tab shows the map M = max over c of |R_c|{image}.", Faint);
    }

    /// <summary>The four cases, and r = 0; a star where the signal passes.</summary>
    private static void Cases(List<(string Text, CellStyle Style)> lines, Rectifier f, ReluRule rule, RectifierCases cases)
    {
        bool clip = f.Kind == RectifierKind.Clip, marks = f.Kind == RectifierKind.Relu || (clip && rule == ReluRule.Gradient);
        string Cell(bool active, int sign)
        {
            bool passes = sign != 0 && (rule == ReluRule.DeconvNet || active) && (rule == ReluRule.Gradient || sign > 0);
            return StepText.Count(cases[active, sign]) + (marks && passes ? "*" : " ");
        }

        string Row(string label, bool active) => $"{label,-8}{Cell(active, 1),12}{Cell(active, -1),12}{Cell(active, 0),12}";
        lines.Add(($"{"",-8}{"r > 0 ",12}{"r < 0 ",12}{"r = 0 ",12}", Faint));
        lines.Add((Row(clip ? "x in" : "x > 0", true), Plain));
        lines.Add((Row(clip ? "x out" : "x <= 0", false), Plain));
        if (marks) lines.Add(("* passes; elsewhere R_n = 0", Faint));
    }

    private static string? Meeting(StepView view, Passage passage)
    {
        if (view.Input is not int input) return null;
        (int soFar, int inAll) = view.Descent.Meeting(input);
        if (inAll == 1) return null;
        string name = view.Network.NameOf(passage.Node.Inputs[input]);
        return soFar < inAll
            ? $"{name} branches: signal {soFar} of {inAll} that meet there; they are added."
            : $"{name} branches: the last of {inAll} signals; their sum goes on.";
    }

    private static void Norms(List<(string Text, CellStyle Style)> lines, params (string Label, double[] Signal)[] signals)
    {
        lines.Add(($"{"",-5}{"L1",8}{"L2",8}{"min",8}{"max",8}{"zeros",7}", Faint));
        foreach ((string label, double[] signal) in signals)
        {
            SignalSummary s = SignalSummary.Of(signal);
            lines.Add(($"{label,-5}{StepText.Number(s.L1),8}{StepText.Number(s.L2),8}{StepText.Number(s.Min),8}"
                + $"{StepText.Number(s.Max),8}{StepText.Share(s.Zeros, s.Count),7}", Plain));
            if (s.NotFinite > 0) lines.Add(($"{label}: {StepText.Count(s.NotFinite)} "
                + $"{Counted.Form(s.NotFinite, "value is", "values are")} NaN or infinite", Bold));
        }
    }
}
