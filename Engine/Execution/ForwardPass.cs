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
    /// <param name="progress">Receives the layers.</param>
    /// <param name="token">Cancels the pass.</param>
    public static ForwardRecord Run(PreparedNetwork prepared, Shape input, ReadOnlySpan<float> floats,
        ReadOnlySpan<double> doubles, ReadOnlySpan<string> keep, ForwardRecord? again = null,
        IProgress<LayerProgress>? progress = null, CancellationToken token = default)
    {
        using Pass pass = prepared.BeginPass(again, writes: true, progress, token);
        var given = new Given(pass, input, floats, doubles, keep);
        return DeviceErrors.Translate(given, static given => Run(given),
            static (given, e) => DeviceMemory.Refused(given.Pass.Prepared, given.Input, e));
    }

    private static ForwardRecord Run(Given given)
    {
        (Pass pass, Shape input) = (given.Pass, given.Input);
        PreparedNetwork prepared = pass.Prepared;
        IKernels kernels = pass.Kernels;
        ReadOnlySpan<float> floats = given.Floats;
        ReadOnlySpan<double> doubles = given.Doubles;
        Shape[] shapes = pass.PlanCache.ShapesFor(input);
        bool[] wanted = pass.PlanCache.Wanted(given.Keep);
        ReadOnlyMemory<bool> plainImages = pass.PlainImages.Mark(shapes, floats, doubles);
        ForwardPlan plan = pass.PlanCache.Up(shapes, wanted, plainImages);

        ForwardRecord? record = pass.Record;
        try
        {
            // First the record, which gives back the memory of one of other shapes.
            record ??= new ForwardRecord(prepared, shapes);
            record.Begin(wanted);
            pass.Arena.Reserve(plan.Memory);
            DeviceTensor?[] tensors = plan.Lay(pass.Arena, record);
            if (doubles.IsEmpty) kernels.Upload(floats, tensors[0]!);
            else kernels.Upload(doubles, tensors[0]!);
            record.KeepInput(floats, doubles);
            record.Take(kernels, 0, tensors[0]!, wanted);

            for (int index = 0; index < plan.Steps.Length; index++)
            {
                pass.Look();
                ForwardStep step = plan.Steps[index];
                long start = Stopwatch.GetTimestamp();
                DeviceTensor output = tensors[step.Output]!;
                if (step.Fused is { } fused) fused.Forward(kernels, record, step.Inputs[0], output);
                else RunLayer(kernels, record, step, output, plainImages);
                if (prepared.ListenerOf(step.Node, backward: false) is { } told)
                {
                    kernels.Synchronize();
                    told(step.Node, false, Stopwatch.GetTimestamp() - start);
                }
                record.Take(kernels, step.Output, output, wanted);
                pass.Report(step.Node, isBackward: false, index + 1, plan.Steps.Length);
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
    private readonly ref struct Given(Pass pass, Shape input, ReadOnlySpan<float> floats,
        ReadOnlySpan<double> doubles, ReadOnlySpan<string> keep)
    {
        public Pass Pass { get; } = pass;

        public Shape Input { get; } = input;

        public ReadOnlySpan<float> Floats { get; } = floats;

        public ReadOnlySpan<double> Doubles { get; } = doubles;

        public ReadOnlySpan<string> Keep { get; } = keep;
    }

    private static void RunLayer(IKernels kernels, ForwardRecord record, ForwardStep step, DeviceTensor output,
        ReadOnlyMemory<bool> plainImages) =>
        step.Node.Layer.Forward(new ForwardArguments
        {
            Kernels = kernels,
            Weights = record.Prepared.WeightsOf(step.Node),
            Inputs = step.Inputs,
            Output = output,
            Kept = record.KeptBy(step.Node),
            PlainImages = plainImages,
        });
}
