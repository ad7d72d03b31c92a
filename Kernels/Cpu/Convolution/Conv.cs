namespace NetViz.Kernels.Cpu;

// Both directions are the same computation, a sum over taps (DirectConv.cs):
//   up:   y(o, p) = b(o) + sum over c, k of x(c, p stride - pad + k dilation) w(o, c, k)
//   down: r(c, q) = sum over o, k of R(o, (q + pad - k dilation) / stride) w(o, c, k), where the division leaves no rest
// On the backward pass the input pixels fall into stride x stride phases: pixels of one phase, q = p stride + phase, see the
// same kernel positions k, those with phase + pad - k dilation = 0 mod stride, each at a fixed distance in R. So the way
// down is one such sum a phase, with the kernel's positions shared out among the phases; at stride 1 it is a
// convolution with the flipped kernel.
//
// 3x3 kernels of stride 1 go through Winograd's transforms instead (Winograd.cs), up with the kernel as it is and down with
// the kernel flipped and its channels exchanged.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, ForwardSums forward = ForwardSums.Fastest) =>
        new ConvWeights(c, groups, window, weight, bias, this, _algorithm,
            _algorithm == ConvAlgorithm.Winograd ? ForwardSums.Fastest : forward);

    /// <inheritdoc/>
    public void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output) =>
        Up(geometry, new ConvSource(input), (ConvWeights)weights, new ConvTarget(output));

    /// <inheritdoc/>
    public void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, in ConvTail tail,
        DeviceTensor output) =>
        Up(geometry, new ConvSource(input), (ConvWeights)weights, new ConvTarget(output, tail));

    /// <inheritdoc/>
    public void ConvBackward(in ConvGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal) =>
        Down(geometry, new ConvSource(outputSignal), (ConvWeights)weights, new ConvTarget(inputSignal));

    /// <inheritdoc/>
    public void ConvBackward(in ConvGeometry geometry, DeviceTensor tailSignal, in ConvTail tail, ReluRule rule,
        PreparedWeights weights, DeviceTensor inputSignal) =>
        Down(geometry, new ConvSource(tailSignal, tail, rule), (ConvWeights)weights, new ConvTarget(inputSignal));

    /// <inheritdoc/>
    /// <remarks>
    /// A rectifier always; a pooling of 2x2 windows side by side where tiles of 4x4 are at hand. Nothing where images of one
    /// batch
    /// are computed in two ways.
    /// </remarks>
    public bool CanFuse(in ConvGeometry geometry, PreparedWeights weights, in PoolGeometry? pool, bool backward) =>
        (backward || geometry.PlainImages.IsEmpty || !((ConvWeights)weights).HasPlainForm)
        && (pool is not { } p
        || (p.Window is { KH: 2, KW: 2, StrideH: 2, StrideW: 2, DilationH: 1, DilationW: 1, PadTop: 0, PadLeft: 0, PadBottom: 0,
                PadRight: 0, CeilMode: false, AutoPad: AutoPad.None }
            && (backward || ((ConvWeights)weights).WinogradForward is not null)));

    /// <inheritdoc/>
    public bool RepeatsKept => true;

    private void Up(in ConvGeometry g, in ConvSource source, ConvWeights weights, in ConvTarget target)
    {
        ReadOnlySpan<bool> isPlain = weights.WinogradForward is not null && weights.HasPlainForm ? g.PlainImages.Span : [];

        // Neighbouring images that are computed alike form one batch; without a mark there is one.
        for (int first = 0, end; first < g.N; first = end)
        {
            for (end = first + 1; end < g.N && (isPlain.IsEmpty || isPlain[end] == isPlain[first]); end++)
            {
            }

            bool byTransforms = weights.WinogradForward is not null && (isPlain.IsEmpty || !isPlain[first]);
            if (end - first == g.N) Up(g.Window, g, source, weights, target, byTransforms);
            else Up(g.Window, g, source.Images(first, end - first), weights, target.Images(first, end - first), byTransforms);
        }
    }

    private void Up(in Window w, in ConvGeometry g, in ConvSource source, ConvWeights weights, in ConvTarget target,
        bool byTransforms)
    {
        if (byTransforms)
        {
            new Winograd(source, target, w.PadTop, w.PadLeft, weights.WinogradForward!, weights.Bias).Run(this);
            return;
        }

        // Taps are remembered with the weights: they change with the pads alone.
        var grid = new Grid(g.OH, g.OW, w.StrideH, w.StrideW, 1, 1, 0, 0);
        new DirectConv(source, target, grid, weights.TapsUp(w), weights.PlainForward, weights.Bias).Run(this);
    }

    private void Down(in ConvGeometry g, in ConvSource source, ConvWeights weights, in ConvTarget target)
    {
        Window w = g.Window;

        // A rule that passes positive signal only often leaves none: its sums are 0 unless a weight is infinite or NaN.
        if (target.IsPlain && source.IsZero && weights.AreFinite)
        {
            target.Clear();
            return;
        }

        if (weights.WinogradBackward is not null)
        {
            new Winograd(source, target, 2 - w.PadTop, 2 - w.PadLeft, weights.WinogradBackward, weights.NoBias).Run(this);
            return;
        }

        if (!weights.ReachesAll) target.Clear();
        if (g.Groups == 1 && g.C <= NarrowConv.MostOutputs && target.IsPlain)
        {
            NarrowPlan plan = weights.NarrowPlanFor(w, g.H, g.W);
            if (plan.Phases.Length > 0) new NarrowConv(source, target, plan).Run(this);
            return;
        }

        foreach (Phase phase in weights.Phases)
        {
            if (phase.GridFor(w, g.H, g.W) is { Count: > 0 } grid)
            {
                new DirectConv(source, target, grid, phase.TapsFor(w, grid.ToFirstH, grid.ToFirstW), phase.Weights, weights.NoBias)
                    .Run(this);
            }
        }
    }

    /// <inheritdoc/>
    public void ConvBackwardToWeights(in ConvGeometry geometry, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor weightSignal)
    {
        ConvGeometry g = geometry;
        Window w = g.Window;
        float* result = RowsFor(2, weightSignal);
        if (WinogradApplies(w, g.Groups, _algorithm) && Math.Min(g.C, g.O) >= LeastForWinograd(_algorithm))
        {
            new WinogradWeightGradient(new ConvSource(input), new ConvSource(outputSignal), w.PadTop, w.PadLeft).Run(this, result);
        }
        else
        {
            new TapCorrelation(g, (CpuTensor)input, (CpuTensor)outputSignal).Run(this, result);
        }

        Commit(result, weightSignal);
    }

    private static bool WinogradApplies(in Window w, int groups, ConvAlgorithm algorithm) =>
        w is { KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1 } && groups == 1
        && algorithm != ConvAlgorithm.Direct;

    /// <summary>Channels that the transforms need to be worth their while.</summary>
    private static int LeastForWinograd(ConvAlgorithm algorithm) => algorithm == ConvAlgorithm.Auto ? 16 : 1;

    private static int Mod(int value, int modulus) => ((value % modulus) + modulus) % modulus;
}
