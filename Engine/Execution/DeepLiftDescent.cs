using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>Where DeepLIFT sends what reaches a max-pool.</summary>
public enum DeepLiftPools
{
    /// <summary>To the switches of the image, as the gradient does.</summary>
    Own,

    /// <summary>To the switches of the image and of the baseline, so that the sums come out.</summary>
    Both,
}

/// <summary>
/// DeepLIFT's multipliers in the backward pass (Shrikumar, Greenside, Kundaje 2017, the rescale rule), between a record and a
/// baseline's: linear layers are transposed; where f is not linear, m_n = m_{n+1} (y - y0) / (x - x0), and m_{n+1} f'(x) where x
/// and x0 are too near. Max-pools send by the record's own switches; or, so that the map's sum is the difference of the scores
/// there too, y - y0 goes to the switches of both: what y has above y0 to the record's own, what y0 has above y to the
/// baseline's.
/// </summary>
/// <param name="pass">The pass under way, from the record that is explained.</param>
/// <param name="baseline">The forward pass of the baseline.</param>
/// <param name="pools">Where max-pools send.</param>
internal sealed class DeepLiftDescent(Pass pass, ForwardRecord baseline, DeepLiftPools pools)
{
    /// <summary>Inputs nearer than this count as equal, as in captum.</summary>
    public const double Nearest = 1e-10;

    private readonly RelevanceMemory _numbers = pass.Record!.Relevance(pass);
    private readonly RelevanceMemory _others = baseline.Relevance(pass);

    private IKernels Kernels => pass.Kernels;

    /// <summary>Sends multipliers down one layer.</summary>
    public void Run(BackwardStep step)
    {
        switch (step.Node.Layer)
        {
            case RectifierLayer or Elementwise:
                Derive(step);
                Kernels.Combine(Combination.Difference, _numbers[step.Node.Output], _others[step.Node.Output], step.OutputSignal,
                    Scratch(0, step.OutputSignal));
                Kernels.Combine(Combination.Product, Scratch(0, step.OutputSignal), step.OutputSignal, step.OutputSignal,
                    Scratch(0, step.OutputSignal));
                Divide(step, Scratch(0, step.OutputSignal));
                return;
            case MaxPool pool when pools == DeepLiftPools.Both:
                Derive(step);
                DeviceTensor sent = Scratch(1, step.InputSignals[0]!);
                Send(step, pool, Combination.Positive, pass.Record!, sent);
                DeviceTensor other = Scratch(2, step.InputSignals[0]!);
                Send(step, pool, Combination.Negative, baseline, other);
                Kernels.AddTo(other, sent);
                Divide(step, sent);
                return;
            default:
                Derive(step);
                return;
        }
    }

    private DeviceTensor Scratch(int slot, DeviceTensor like) => pass.Scratch.Tensor(slot, like.Shape);

    /// <summary>The gradient, which is the multiplier of a linear layer.</summary>
    private void Derive(BackwardStep step) => step.Node.Layer.Backward(new BackwardArguments
    {
        Kernels = Kernels,
        Weights = pass.Prepared.WeightsOf(step.Node),
        Kept = pass.Record!.KeptBy(step.Node),
        Rule = ReluRule.Gradient,
        OutputSignal = step.OutputSignal,
        InputShapes = step.InputShapes,
        InputSignals = step.InputSignals,
    });

    /// <summary>A part of m (y - y0) to the switches of a record.</summary>
    private void Send(BackwardStep step, MaxPool pool, Combination part, ForwardRecord switches, DeviceTensor below)
    {
        DeviceTensor above = Scratch(0, step.OutputSignal);
        Kernels.Combine(Combination.Difference, _numbers[step.Node.Output], _others[step.Node.Output], above, above);
        Kernels.Combine(part, above, above, above, above);
        Kernels.Combine(Combination.Product, above, step.OutputSignal, above, above);
        Kernels.MaxPoolBackward(pool.SwitchGeometry(below.Shape), above, switches.KeptBy(step.Node).Switches!, below);
    }

    /// <summary>below = share / (x - x0), and the gradient, which stands there already, where that is next to nothing.</summary>
    private void Divide(BackwardStep step, DeviceTensor share)
    {
        DeviceTensor below = step.InputSignals[0]!, difference = Scratch(3, below);
        Kernels.Combine(Combination.Difference, _numbers[step.Node.Inputs[0]], _others[step.Node.Inputs[0]], difference, difference);
        Kernels.Combine(new Combination(CombinationKind.Slope, Nearest), share, difference, below, below);
    }
}
