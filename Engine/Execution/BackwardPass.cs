using System.Diagnostics;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// The backward pass: the nodes between the target and the seed in reverse topological order. Each takes the signal at its
/// output and writes the signals at its inputs; where several layers read one tensor, their signals add up, in the order
/// in which they are met, which is always the same.
/// </summary>
internal static class BackwardPass
{
    /// <summary>Runs from seeds down to their signals at the tensor <paramref name="target"/>.</summary>
    /// <param name="pass">The pass under way, from its record.</param>
    /// <param name="seeds">
    /// The signals at the start, which travel as one batch. Several only as <see cref="SignalGroups"/> says.
    /// </param>
    /// <param name="rule">What rectifiers do.</param>
    /// <param name="target">The tensor at which the pass ends.</param>
    /// <param name="reference">The record of a baseline, from which DeepLIFT takes differences; null for no DeepLIFT.</param>
    /// <param name="visit">Told each tensor with its signal, once that is complete and before it is taken further.</param>
    public static DeviceTensor Run(Pass pass, ReadOnlySpan<Seed> seeds, BackwardRule rule, int target,
        Action<int, DeviceTensor>? visit = null, (ForwardRecord Baseline, DeepLiftPools Pools)? reference = null)
    {
        ForwardRecord record = pass.Record!;
        PreparedNetwork prepared = pass.Prepared;
        IKernels kernels = pass.Kernels;
        int source = seeds[0].TensorIn(prepared.Network);
        BackwardPlan plan = pass.PlanCache.Down(record.Shapes, seeds.Length, source, target, rule,
            isVisited: visit is not null || rule.Relevance is not null || reference is not null);
        RelevanceDescent? relevance = RelevanceDescent.Of(pass, rule, source);
        DeepLiftDescent? differences = reference is { } given ? new DeepLiftDescent(pass, given.Baseline, given.Pools) : null;
        ChannelMasks? masks = ChannelMasks.Of(pass, rule, plan);
        pass.Arena.Reserve(plan.Memory);
        DeviceTensor?[] signals = plan.Lay(pass.Arena);

        Shape shape = record.ShapeOf(source);
        int count = checked((int)shape.Count);
        Span<double> start = pass.PlanCache.Start(checked(seeds.Length * count));
        for (int s = 0; s < seeds.Length; s++) seeds[s].Write(record, shape, start.Slice(s * count, count));
        relevance?.Start(start);
        kernels.Upload(start, signals[source]!);

        for (int index = 0; index < plan.Steps.Length; index++)
        {
            pass.Look();
            BackwardStep step = plan.Steps[index];
            long began = Stopwatch.GetTimestamp();
            masks?.Apply(step.Output, step.OutputSignal);
            visit?.Invoke(step.Output, step.OutputSignal);
            if (relevance is not null) relevance.Run(step);
            else if (differences is not null) differences.Run(step);
            else if (step.Fused is { } fused) fused.Backward(kernels, record, step.OutputSignal, rule, step.InputSignals[0]!);
            else RunLayer(kernels, record, step, rule);
            for (int k = 0; k < step.Sums.Length; k++)
            {
                if (step.Sums[k] is { } sum) kernels.AddTo(step.InputSignals[k]!, sum);
            }

            if (prepared.ListenerOf(step.Node, backward: true) is { } told)
            {
                kernels.Synchronize();
                told(step.Node, true, Stopwatch.GetTimestamp() - began);
            }

            pass.Report(step.Node, isBackward: true, index + 1, plan.Steps.Length);
        }

        masks?.Apply(target, signals[target]!);
        visit?.Invoke(target, signals[target]!);
        return signals[target]!;
    }

    private static void RunLayer(IKernels kernels, ForwardRecord record, BackwardStep step, BackwardRule rule) =>
        step.Node.Layer.Backward(new BackwardArguments
        {
            Kernels = kernels,
            Weights = record.Prepared.WeightsOf(step.Node),
            Kept = record.KeptBy(step.Node),
            Rule = rule.At(step.Node.Layer),
            Unpooling = rule.UnpoolingAt(step.Node.Layer),
            Gate = rule.GateAt(step.Node.Layer),
            OutputSignal = step.OutputSignal,
            InputShapes = step.InputShapes,
            InputSignals = step.InputSignals,
        });
}
