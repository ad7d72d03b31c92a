using System.Globalization;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Weights;

namespace NetViz.Benchmarks.Cpu;

/// <summary>
/// One backward pass of each relevance rule over the gradient's, of a VGG-16 at 224x224 and batch 1, from one record; and the
/// memory that relevance needs.
/// </summary>
internal static class RelevanceBenchmark
{
    private static readonly (string Rule, double? Aim)[] Rules =
    [
        ("lrp.epsilon", 2), ("lrp.z-plus", 4), ("lrp.gamma", 4), ("lrp.alpha2-beta1", 5), ("lrp.w-square", null), ("lrp.flat", null),
        ("lrp.epsilon-plus", null), ("lrp.epsilon-gamma-box", null),
    ];

    /// <summary>Measures and prints. Returns the exit code.</summary>
    /// <param name="model">The model file.</param>
    /// <param name="arguments">--threads N, --rounds N.</param>
    public static int Run(string model, string[] arguments)
    {
        var options = new Options("relevance", arguments, "--threads", "--rounds");
        int threads = options.Whole("--threads", Environment.ProcessorCount), rounds = options.Whole("--rounds", 5);
        using OnnxModel loaded = OnnxModel.Load(model);
        using PreparedNetwork prepared = loaded.Network.On(Device.Cpu(threads));
        Shape input = loaded.Network.Input.ShapeFor(batch: 1, size: 224);
        var random = new Random(1);
        float[] pixels = [.. Enumerable.Range(0, (int)input.Count).Select(_ => (float)(random.NextDouble() * 4 - 2))];
        using ForwardRecord record = prepared.Forward(System.Numerics.Tensors.Tensor.Create(pixels,
            [.. input.Lengths.ToArray().Select(length => (nint)length)]));
        var signal = new float[input.Count];
        var turns = new Turns();
        Times gradient = turns.Add(() => record.Backward(Seed.Class(0), BackwardRule.Gradient, signal));
        var box = new RelevanceBox([-2], [2], "given");
        (string Rule, double? Aim, Times Times)[] measured = [.. Rules.Select(rule =>
        {
            BackwardRule parsed = BackwardRule.Parse(rule.Rule).WithBox(box);
            return (rule.Rule, rule.Aim, turns.Add(() => record.Backward(Seed.Class(0), parsed, signal)));
        })];
        turns.Run(rounds);

        double own = gradient.Median;
        Console.WriteLine($"{prepared.Kernels.Description}; batch 1; medians over {rounds} rounds in turns; gradient {own:0.0} ms");
        Console.WriteLine();
        var table = new MarkdownTable("rule", "ms", "over the gradient's", "aim");
        foreach ((string rule, double? aim, Times times) in measured)
        {
            table.Add(rule, times.Median.ToString("0.0", CultureInfo.InvariantCulture),
                (times.Median / own).ToString("0.00", CultureInfo.InvariantCulture),
                aim?.ToString("0", CultureInfo.InvariantCulture) ?? "");
        }

        table.Print();
        Console.WriteLine($"numbers of all layers {prepared.RelevanceBytes(input) / 1e6:0.0} MB for an image; prepared weights of all "
            + $"rules above and their workspace {prepared.RelevanceWeightBytes / 1e6:0.0} MB, beside {prepared.PreparedBytes / 1e6:0.0} MB");
        return 0;
    }
}
