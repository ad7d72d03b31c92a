using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Procedures;
using NetViz.Weights;
using Spectre.Console;

namespace NetViz.Cli.Info;

/// <summary><c>netviz info</c>: what is in a model.</summary>
internal static class InfoCommand
{
    public static Command Create() => CommonOptions.Create("info",
        "Shows a network's layers with shapes, parameters and operations, its memory plan, its preprocessing and its SHA-256.",
        [], Run);

    private static int Run(ParseResult parsed)
    {
        using Explainer loaded = CommonOptions.Open(parsed);
        InfoResult info = loaded.Info();
        if (parsed.GetValue(CommonOptions.Json)) Output.PrintJson(info.Report);
        else if (!parsed.GetValue(CommonOptions.Quiet)) Print(loaded, info);
        return 0;
    }

    private static void Print(Explainer loaded, InfoResult info)
    {
        (IReadOnlyList<Shape> shapes, IReadOnlyList<LayerInfo> layers, MemoryInfo memory) = (info.Shapes, info.Layers, info.Memory);
        (OnnxModel model, Network network) = (loaded.Model, loaded.Network);
        IAnsiConsole console = Output.Console;
        Table table = Output.Table("layer", "<operator", "<output", "parameters", "operations", "<kept for the backward pass");
        table.AddRow(Markup.Escape(Printable.Line(network.Input.Name)), "input", Markup.Escape(shapes[0].ToString()), "", "", "");
        foreach (LayerInfo layer in layers)
        {
            table.AddRow(Markup.Escape(Printable.Line(layer.Name)), layer.Operator,
                Markup.Escape(new Shape(layer.Output).ToString()),
                layer.Parameters > 0 ? $"{layer.Parameters:N0}" : "",
                layer.Operations > 0 ? $"{layer.Operations / 1e6:N1} M" : "", layer.Kept ?? "");
        }

        table.AddRow("[bold]total[/]", $"{Counted.Of(layers.Count, "layer")}", "", $"[bold]{network.ParameterCount:N0}[/]",
            $"[bold]{layers.Sum(l => l.Operations) / 1e9:N3} G[/]", ByteText.Of(memory.RecordBytes));
        console.Write(table);

        string path = Printable.Line(model.Path);
        console.MarkupLineInterpolated($"file           {path} ({ByteText.Of(memory.FileBytes)}, opset {model.Opset})");
        console.MarkupLineInterpolated($"SHA-256        {model.Sha256}");
        console.MarkupLineInterpolated($"input          {Printable.Line(network.Input.Name)} {network.Input}");
        if (model.Head is { } head)
        {
            console.MarkupLineInterpolated(
                $"outputs        {Printable.Line(string.Join(", ", model.Outputs))}; taken: {Printable.Line(head)}");
        }

        string score = Printable.Line(network.NameOf(network.ScoreTensor));
        string classes = Counted.Of(shapes[network.ScoreTensor].Count / shapes[0].N, "class");
        console.MarkupLineInterpolated($"class score    {score}, {classes}, taken before the softmax");
        console.MarkupLineInterpolated($"rules          {RuleReach.AtRectifiers(network)}");
        if (RuleReach.AtSmoothLayers(network) is { } smooth) console.MarkupLineInterpolated($"               {smooth}");
        string preprocessing = model.Preprocessing is { } p
            ? $"{p.Describe()} (from {p.Source})" : "unknown: give --preprocess or a side-car";
        console.MarkupLineInterpolated($"preprocessing  {preprocessing}");
        console.MarkupLineInterpolated($"labels         {Printable.Line(model.Labels?.Source ?? "none")}");
        console.MarkupLineInterpolated($"device         {loaded.Prepared.Kernels.Name}: {loaded.Prepared.Kernels.Description}");
        string place = loaded.Prepared.Kernels.DeviceMemoryBytes is null ? "beside the file" : "on the device";
        string down = memory.SignalBytes is { } signals
            ? $"{Counted.Of(memory.SignalSlotBytes!.Count, "buffer")} in turn {ByteText.Of(signals)}"
            : "none: the scores do not depend on the image";
        console.MarkupLineInterpolated($"memory         {ByteText.Of(memory.TotalBytes)} in all for one image, planned:");
        foreach ((string what, string text) in (ReadOnlySpan<(string, string)>)
        [
            ("weights", $"{ByteText.Of(memory.PreparedBytes)} prepared for both directions, {place}"),
            ("activations", $"{Counted.Of(memory.SlotBytes.Count, "buffer")} in turn {ByteText.Of(memory.ActivationBytes)} "
                + $"(all at once: {ByteText.Of(memory.AllActivationBytes)})"),
            ("signals", $"{down}; they share the buffers, together {ByteText.Of(memory.BufferBytes)}"),
            ("record", $"{ByteText.Of(memory.RecordBytes)} kept for the backward pass"),
            ("workspace", $"at most {ByteText.Of(memory.WorkspaceBytes)}"),
            ("relevance", $"{ByteText.Of(loaded.Prepared.RelevanceBytes(shapes[0]))} more for the numbers of all layers, where a rule "
                + "lrp.* or deep-lift is asked for, and once prepared W+, W- and so on"),
        ])
            console.MarkupLineInterpolated($"  {what,-12} {text}");
    }
}
