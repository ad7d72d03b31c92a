using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights;

namespace NetViz.Procedures;

/// <summary>What is in a model.</summary>
public sealed class InfoResult
{
    private readonly Explainer _explainer;

    internal InfoResult(Explainer explainer, Shape[] shapes, LayerInfo[] layers, MemoryInfo memory) =>
        (_explainer, Shapes, Layers, Memory) = (explainer, shapes, layers, memory);

    /// <summary>The shape of the input and of each layer's output, for one image.</summary>
    public IReadOnlyList<Shape> Shapes { get; }

    internal IReadOnlyList<LayerInfo> Layers { get; }

    internal MemoryInfo Memory { get; }

    /// <summary>The numbers as <c>netviz info --json</c> prints them.</summary>
    public string ToJson() => ResultFiles.Json(Report);

    internal object Report
    {
        get
        {
            (OnnxModel model, Network network) = (_explainer.Model, _explainer.Network);
            Shape input = Shapes[0];
            return new
            {
                Model = model.Path,
                model.Sha256,
                Name = network.Name,
                model.Opset,
                Device = _explainer.Prepared.Kernels.Name,
                Input = new { network.Input.Name, Shape = input.Lengths.ToArray(), Declared = network.Input.ToString() },
                model.Outputs,
                Output = model.Head ?? model.Outputs[0],
                ScoreLayer = network.NameOf(network.ScoreTensor),
                Classes = (int)(Shapes[network.ScoreTensor].Count / Shapes[0].N),
                Parameters = network.ParameterCount,
                Operations = Layers.Sum(layer => layer.Operations),
                Preprocessing = model.Preprocessing?.Describe(),
                PreprocessingSource = model.Preprocessing?.Source,
                Labels = model.Labels?.Source,
                Memory,
                Layers,
            };
        }
    }
}

public sealed partial class Explainer
{
    /// <summary>The network's layers with shapes, parameters and operations, its memory plan, and its preprocessing.</summary>
    public InfoResult Info()
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        (OnnxModel model, Network network) = (Model, Network);
        Shape input = model.InputShape(batch: 1);
        Shape[] shapes = network.InferShapes(input);
        LayerInfo[] layers = [.. network.Nodes.Select(node => new LayerInfo(
            node.Name, node.Layer.Operator, [.. node.Inputs.Select(network.NameOf)], shapes[node.Output].Lengths.ToArray(),
            node.Layer.ParameterCount, node.Layer.Operations([.. node.Inputs.Select(tensor => shapes[tensor])]),
            KeptOf(node, shapes)))];
        PassMemory plan = Prepared.Plan(input);
        var memory = new MemoryInfo(model.FileBytes, plan.WeightBytes, plan.Activations.TotalBytes, plan.Activations.Slots,
            shapes.Sum(shape => shape.Count * sizeof(float)), plan.RecordBytes, Prepared.Kernels.DeviceMemoryBytes)
        {
            SignalBytes = plan.Signals?.TotalBytes,
            SignalSlotBytes = plan.Signals?.Slots,
            BufferBytes = plan.BufferBytes,
            WorkspaceBytes = plan.WorkspaceBytes,
            TotalBytes = plan.TotalBytes,
        };
        return new InfoResult(this, shapes, layers, memory);
    }

    private static string? KeptOf(Node node, Shape[] shapes)
    {
        Keep keeps = node.Layer.Keeps;
        if (keeps.HasFlag(Keep.Bits)) return $"{Counted.Of(shapes[node.Output].Count, "bit", "N0")}";
        if (keeps.HasFlag(Keep.Switches)) return $"{Counted.Of(shapes[node.Output].Count, "switch", "N0")}";
        if (keeps.HasFlag(Keep.SecondInput))
            return Counted.Of(node.Inputs.Distinct().Sum(tensor => shapes[tensor].Count), "number", "N0");
        if (keeps.HasFlag(Keep.Input)) return $"{Counted.Of(shapes[node.Inputs[0]].Count, "number", "N0")}";
        return keeps.HasFlag(Keep.Output) ? $"{Counted.Of(shapes[node.Output].Count, "number", "N0")}" : null;
    }
}

/// <summary>What is in a model, in numbers.</summary>
internal sealed record LayerInfo(string Name, string Operator, string[] Inputs, int[] Output, long Parameters, long Operations,
    string? Kept);

/// <summary>What is in a model, in numbers.</summary>
internal sealed record MemoryInfo(long FileBytes, long PreparedBytes, long ActivationBytes, IReadOnlyList<long> SlotBytes,
    long AllActivationBytes, long RecordBytes, long? DeviceBytes)
{
    public long? SignalBytes { get; init; }

    public IReadOnlyList<long>? SignalSlotBytes { get; init; }

    public long BufferBytes { get; init; }

    public long WorkspaceBytes { get; init; }

    public long TotalBytes { get; init; }
}
