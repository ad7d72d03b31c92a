using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;
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
        using LoadedModel loaded = LoadedModel.Open(parsed);
        OnnxModel model = loaded.Model;
        Network network = model.Network;
        Shape input = model.InputShape(batch: 1);
        Shape[] shapes = network.InferShapes(input);
        LayerInfo[] layers = [.. network.Nodes.Select(node => new LayerInfo(
            node.Name, node.Layer.Operator, [.. node.Inputs.Select(network.NameOf)], shapes[node.Output].Lengths.ToArray(),
            node.Layer.ParameterCount, node.Layer.Operations([.. node.Inputs.Select(tensor => shapes[tensor])]),
            KeptOf(node, shapes)))];
        PassMemory plan = loaded.Prepared.Plan(input);
        var memory = new MemoryInfo(model.FileBytes, plan.WeightBytes, plan.Activations.TotalBytes, plan.Activations.Slots,
            shapes.Sum(shape => shape.Count * sizeof(float)), plan.RecordBytes, loaded.Prepared.Kernels.DeviceMemoryBytes)
        {
            SignalBytes = plan.Signals?.TotalBytes,
            SignalSlotBytes = plan.Signals?.Slots,
            BufferBytes = plan.BufferBytes,
            WorkspaceBytes = plan.WorkspaceBytes,
            TotalBytes = plan.TotalBytes,
        };

        if (parsed.GetValue(CommonOptions.Json))
        {
            Output.PrintJson(new
            {
                Model = model.Path,
                model.Sha256,
                Name = network.Name,
                model.Opset,
                Device = loaded.Prepared.Kernels.Name,
                Input = new { network.Input.Name, Shape = input.Lengths.ToArray(), Declared = network.Input.ToString() },
                model.Outputs,
                Output = model.Head ?? model.Outputs[0],
                ScoreLayer = network.NameOf(network.ScoreTensor),
                Classes = (int)(shapes[network.ScoreTensor].Count / shapes[0].N),
                Parameters = network.ParameterCount,
                Operations = layers.Sum(layer => layer.Operations),
                Preprocessing = model.Preprocessing?.Describe(),
                PreprocessingSource = model.Preprocessing?.Source,
                Labels = model.Labels?.Source,
                Memory = memory,
                Layers = layers,
            });
        }
        else if (!parsed.GetValue(CommonOptions.Quiet))
        {
            Print(loaded, shapes, layers, memory);
        }

        return 0;
    }

    private static void Print(LoadedModel loaded, Shape[] shapes, LayerInfo[] layers, MemoryInfo memory)
    {
        (OnnxModel model, Network network) = (loaded.Model, loaded.Network);
        IAnsiConsole console = Output.Console;
        Table table = Output.Table("layer", "<operator", "<output", "parameters", "operations", "<kept for the way down");
        table.AddRow(Markup.Escape(Printable.Line(network.Input.Name)), "input", Markup.Escape(shapes[0].ToString()), "", "", "");
        foreach (LayerInfo layer in layers)
        {
            table.AddRow(Markup.Escape(Printable.Line(layer.Name)), layer.Operator,
                Markup.Escape(new Shape(layer.Output).ToString()),
                layer.Parameters > 0 ? $"{layer.Parameters:N0}" : "",
                layer.Operations > 0 ? $"{layer.Operations / 1e6:N1} M" : "", layer.Kept ?? "");
        }

        table.AddRow("[bold]total[/]", $"{Counted.Of(layers.Length, "layer")}", "", $"[bold]{network.ParameterCount:N0}[/]",
            $"[bold]{layers.Sum(l => l.Operations) / 1e9:N3} G[/]", Output.Bytes(memory.RecordBytes));
        console.Write(table);

        string path = Printable.Line(model.Path);
        console.MarkupLineInterpolated($"file           {path} ({Output.Bytes(memory.FileBytes)}, opset {model.Opset})");
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
        string preprocessing = model.Preprocessing is { } p
            ? $"{p.Describe()} (from {p.Source})" : "unknown: give --preprocess or a side-car";
        console.MarkupLineInterpolated($"preprocessing  {preprocessing}");
        console.MarkupLineInterpolated($"labels         {Printable.Line(model.Labels?.Source ?? "none")}");
        console.MarkupLineInterpolated($"device         {loaded.Prepared.Kernels.Name}: {loaded.Prepared.Kernels.Description}");
        string place = loaded.Prepared.Kernels.DeviceMemoryBytes is null ? "beside the file" : "on the device";
        string down = memory.SignalBytes is { } signals
            ? $"{Counted.Of(memory.SignalSlotBytes!.Count, "buffer")} in turn {Output.Bytes(signals)}"
            : "none: the scores do not depend on the image";
        console.MarkupLineInterpolated($"memory         {Output.Bytes(memory.TotalBytes)} in all for one image, planned:");
        foreach ((string what, string text) in (ReadOnlySpan<(string, string)>)
        [
            ("weights", $"{Output.Bytes(memory.PreparedBytes)} prepared for both directions, {place}"),
            ("activations", $"{Counted.Of(memory.SlotBytes.Count, "buffer")} in turn {Output.Bytes(memory.ActivationBytes)} "
                + $"(all at once: {Output.Bytes(memory.AllActivationBytes)})"),
            ("signals", $"{down}; they share the buffers, together {Output.Bytes(memory.BufferBytes)}"),
            ("record", $"{Output.Bytes(memory.RecordBytes)} kept for the way down"),
            ("workspace", $"at most {Output.Bytes(memory.WorkspaceBytes)}"),
            ("relevance", $"{Output.Bytes(loaded.Prepared.RelevanceBytes(shapes[0]))} more for the numbers of all layers, where a rule "
                + "lrp.* or deep-lift is asked for, and once prepared W+, W- and so on"),
        ])
            console.MarkupLineInterpolated($"  {what,-12} {text}");
    }

    private static string? KeptOf(Node node, Shape[] shapes)
    {
        Keep keeps = node.Layer.Keeps;
        if (keeps.HasFlag(Keep.Bits)) return $"{Counted.Of(shapes[node.Output].Count, "bit", "N0")}";
        if (keeps.HasFlag(Keep.Switches)) return $"{Counted.Of(shapes[node.Output].Count, "switch", "N0")}";
        if (keeps.HasFlag(Keep.Input)) return $"{Counted.Of(shapes[node.Inputs[0]].Count, "number", "N0")}";
        return keeps.HasFlag(Keep.Output) ? $"{Counted.Of(shapes[node.Output].Count, "number", "N0")}" : null;
    }

    private sealed record LayerInfo(string Name, string Operator, string[] Inputs, int[] Output, long Parameters, long Operations,
        string? Kept);

    private sealed record MemoryInfo(long FileBytes, long PreparedBytes, long ActivationBytes, IReadOnlyList<long> SlotBytes,
        long AllActivationBytes, long RecordBytes, long? DeviceBytes)
    {
        public long? SignalBytes { get; init; }

        public IReadOnlyList<long>? SignalSlotBytes { get; init; }

        public long BufferBytes { get; init; }

        public long WorkspaceBytes { get; init; }

        public long TotalBytes { get; init; }
    }
}
