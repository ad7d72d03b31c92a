using System.Diagnostics;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// The forward pass: layer after layer in topological order. Each layer reads its inputs, writes its output and keeps in the
/// record what the backward pass needs; an output's memory is given on as soon as its last reader has run.
/// </summary>
internal static class ForwardPass
{
    /// <summary>Runs the network on an input given as float or as double; the other is empty.</summary>
    /// <param name="prepared">The prepared network.</param>
    /// <param name="input">The input's shape.</param>
    /// <param name="floats">The input.</param>
    /// <param name="doubles">The input.</param>
    /// <param name="keep">Names of layers whose activations are kept.</param>
    /// <param name="again">A record of an input of this shape that is written anew; null for a new one.</param>
    public static ForwardRecord Run(PreparedNetwork prepared, Shape input, ReadOnlySpan<float> floats,
        ReadOnlySpan<double> doubles, ReadOnlySpan<string> keep, ForwardRecord? again = null)
    {
        var given = new Given(prepared, input, floats, doubles, keep, again);
        return DeviceErrors.Translate(given, static given => Run(given),
            static (given, e) => DeviceMemory.Refused(given.Prepared, given.Input, e));
    }

    private static ForwardRecord Run(Given given)
    {
        (PreparedNetwork prepared, Shape input) = (given.Prepared, given.Input);
        ReadOnlySpan<float> floats = given.Floats;
        ReadOnlySpan<double> doubles = given.Doubles;
        using PreparedNetwork.Turn turn = prepared.BeginPass();
        Network network = prepared.Network;
        Shape[] shapes = prepared.PlanCache.ShapesFor(input);
        bool[] wanted = prepared.PlanCache.Wanted(given.Keep);
        ReadOnlyMemory<bool> plainImages = prepared.PlainImages.Mark(shapes, floats, doubles);
        ForwardPlan plan = prepared.PlanCache.Up(shapes, wanted, plainImages);

        ForwardRecord? record = given.Again;
        try
        {
            // First the record, which gives back the memory of one of other shapes.
            record ??= new ForwardRecord(prepared, shapes);
            record.Begin(wanted);
            prepared.Arena.Reserve(plan.Memory);
            DeviceTensor?[] tensors = plan.Lay(prepared.Arena, record);
            if (doubles.IsEmpty) prepared.Kernels.Upload(floats, tensors[0]!);
            else prepared.Kernels.Upload(doubles, tensors[0]!);
            record.KeepInput(floats, doubles);
            record.Take(0, tensors[0]!, wanted);

            foreach (ForwardStep step in plan.Steps)
            {
                long start = Stopwatch.GetTimestamp();
                DeviceTensor output = tensors[step.Output]!;
                if (step.Fused is { } fused) fused.Forward(record, step.Inputs[0], output);
                else RunLayer(record, step, output, plainImages);
                if (prepared.ListenerOf(step.Node, backward: false) is { } told)
                {
                    prepared.Kernels.Synchronize();
                    told(step.Node, false, Stopwatch.GetTimestamp() - start);
                }
                record.Take(step.Output, output, wanted);
            }

            return record;
        }
        catch
        {
            record?.Dispose();
            throw;
        }
    }

    /// <summary>The input, in one of the two precisions, and the layers whose activations are kept.</summary>
    private readonly ref struct Given(PreparedNetwork prepared, Shape input, ReadOnlySpan<float> floats,
        ReadOnlySpan<double> doubles, ReadOnlySpan<string> keep, ForwardRecord? again)
    {
        public PreparedNetwork Prepared { get; } = prepared;

        public Shape Input { get; } = input;

        public ForwardRecord? Again { get; } = again;

        public ReadOnlySpan<float> Floats { get; } = floats;

        public ReadOnlySpan<double> Doubles { get; } = doubles;

        public ReadOnlySpan<string> Keep { get; } = keep;
    }

    private static void RunLayer(ForwardRecord record, ForwardStep step, DeviceTensor output,
        ReadOnlyMemory<bool> plainImages) =>
        step.Node.Layer.Forward(new ForwardArguments
        {
            Kernels = record.Prepared.Kernels,
            Weights = record.Prepared.WeightsOf(step.Node),
            Inputs = step.Inputs,
            Output = output,
            Kept = record.KeptBy(step.Node),
            PlainImages = plainImages,
        });
}
