using NetViz.Analysis.Stepping;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Cli.Step;

/// <summary>What becomes of one element of the signal at the layer about to be passed, in one line.</summary>
internal static class StepElement
{
    public static string? Line(StepView view)
    {
        if (view.Element is not IReadOnlyList<int> element) return null;
        string at = $"({string.Join(',', element)})";
        Descent walk = view.Descent;
        Network network = view.Network;
        var above = new ElementPlace(view.ShapeOf(walk.Tensor), network.LayoutOf(walk.Tensor));
        int? index = above.IndexOf(element);
        if (walk.Passage is not Passage passage)
        {
            return index is int there
                ? $"{at}: R = {StepText.Number(walk.Signal[there])}"
                : Outside(at, "the signal", above.Shape);
        }

        if (index is not int i) return Outside(at, "R_{n+1}", above.Shape);
        double r = passage.Above[i];
        return passage.Node.Layer switch
        {
            RectifierLayer rectifier => OfRectifier(at, passage, rectifier.Rectifier, i),
            MaxPool pool when passage.Unpooling == Unpooling.Switches && passage.Below[0] is double[] below =>
                OfSwitch(at, pool.SwitchGeometry(passage.InputShape(0)), passage, below, i),
            _ => $"{at}: above {StepText.Number(r)}; {Below(view, passage, element, at, i)}",
        };
    }

    private static string OfRectifier(string at, Passage passage, Rectifier f, int i)
    {
        double r = passage.Above[i], below = passage.Below[0]![i];
        bool active = passage.Kept.IsActive(i);
        string x = f.Kind == RectifierKind.Clip
            ? active ? "x inside" : "x outside"
            : active ? "x > 0" : "x <= 0";
        string why = (r, below) switch
        {
            (0, _) => "there is nothing to pass",
            (_, 0) => (passage.Rule != ReluRule.DeconvNet && !active, passage.Rule != ReluRule.Gradient && r < 0) switch
            {
                (true, true) => $"zeroed, as {x} and r < 0",
                (true, false) => $"zeroed, as {x}",
                _ => "zeroed, as r < 0",
            },
            _ => r.Equals(below) ? "it passes" : "it is changed",
        };
        return $"{at}: r = {StepText.Number(r)}, {x} -> R_n = {StepText.Number(below)}: {why}";
    }

    private static string OfSwitch(string at, in PoolGeometry g, Passage passage, double[] below, int i)
    {
        (int plane, int place) = Math.DivRem(i, g.OH * g.OW);
        (int oh, int ow) = Math.DivRem(place, g.OW);
        string window = $"window {at}: r = {StepText.Number(passage.Above[i])}";
        if (UnpoolingCounts.Target(g, oh, ow, passage.Kept.Switches[i]) is not (>= 0 and int target))
            return $"{window}; it lies in the padding and has no switch";
        (int y, int x) = Math.DivRem(target, g.W);
        double sum = below[plane * g.H * g.W + target];
        return $"{window}, switch at ({plane % g.C},{y},{x}) -> R_n there = {StepText.Number(sum)}"
            + (sum.Equals(passage.Above[i]) ? "" : ", with other windows' signals");
    }

    private static string Below(StepView view, Passage passage, IReadOnlyList<int> element, string at, int above)
    {
        int input = view.Input ?? 0;
        if (passage.Below[input] is not double[] below) return "that input does not lead to the image";
        int tensor = passage.Node.Inputs[input];
        Shape shape = passage.InputShape(input);
        var place = new ElementPlace(shape, view.Network.LayoutOf(tensor));
        if (passage.Node.Layer is Reshape)
            return $"below the same value, at ({string.Join(',', place.CoordinatesOf(above))}): {StepText.Number(below[above])}";
        int? index = place.IndexOf(element);
        bool isSame = passage.Node.Layer is Affine or Lrn or Sum or Identity or Transpose { IsToPlanes: true }
            or Transpose { IsToPixels: true };
        string relation = isSame ? "" : ", not the same neuron";
        return index is int i ? $"below at {at} {StepText.Number(below[i])}{relation}" : $"below is {shape}, without {at}";
    }

    private static string Outside(string at, string what, Shape shape) => $"{at}: not in {what}, which has the shape {shape}";
}
