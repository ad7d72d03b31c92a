using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Proofs;

namespace NetViz.Cli.Step;

/// <summary>What a picture shows and on which scale, in one line.</summary>
internal static class StepCaption
{
    public static string Of(StepView view, SignalThumbnail small, bool signed)
    {
        int channels = view.ChannelsOf(view.ShownTensor);
        string where = view.Descent.Node is null ? "image" : view.Input is null ? "above" : "below";
        if (view.Input is int k && view.Descent.Node!.Inputs.Length > 1)
            where = $"input {k + 1}";
        string what = channels == 0
            ? $"vector of {StepText.Count(view.ShapeOf(view.ShownTensor).WithImages(1).CountPerImage)} by rows"
            : small.Aspect switch
            {
                SignalAspect.OneChannel => $"channel {view.Channel} of 0..{channels - 1}",
                SignalAspect.Colours => channels == 1 ? "about middle grey" : "colours about grey",
                _ when channels == 1 => "|R|",
                _ => $"max |R| of {Counted.Of(channels, "channel")}",
            };
        string block = small.Block == 1 ? ""
            : small.Aspect == SignalAspect.AllChannels ? $", max of {small.Block}x{small.Block}"
            : $", {(channels == 0 ? "largest" : "mean")} of {small.Block}x{small.Block}";
        if (!signed && small.Scale.IsSigned) what = $"|R|, {what}";
        return $"{where}: {what}, {small.ScaleInWords(signed)}{block}";
    }
}
