using NetViz.Kernels;

namespace NetViz.Tests.Common;

/// <summary>
/// A back-end that computes convolutions with what follows them in one, by another one's separate operations, and lets the
/// signals of several seeds travel together, by cutting them apart at each operation that needs what was kept. It counts.
/// </summary>
/// <param name="inner">The other one.</param>
public sealed class FusingKernels(IKernels inner) : DelegatingKernels(inner), IFusedKernels
{
    /// <summary>Whether it fuses in the forward pass.</summary>
    public bool FusesUp { get; set; } = true;

    /// <summary>Whether it fuses in the backward pass.</summary>
    public bool FusesDown { get; set; } = true;

    /// <summary>Whether it fuses poolings too.</summary>
    public bool FusesPools { get; set; } = true;

    /// <summary>Whether signals of several seeds travel together.</summary>
    public bool Repeats { get; init; }

    /// <summary>Memory that it says to have; null for the other one's.</summary>
    public long? Memory { get; init; }

    public override long? DeviceMemoryBytes => Memory ?? Inner.DeviceMemoryBytes;

    /// <summary>None: plain loops add up in registers.</summary>
    public override long? WorkspaceBytes(in ConvGeometry geometry, PreparedWeights weights) => 0;

    /// <inheritdoc/>
    public override long? WorkspaceBytes(in FullyConnectedGeometry geometry, PreparedWeights weights) => 0;

    /// <summary>Convolutions by themselves and fused, up and down, since the last call of <see cref="TakeCalls"/>.</summary>
    public Calls Made { get; private set; }

    public override bool RepeatsKept => Repeats;

    /// <summary>The counts, which begin anew.</summary>
    public Calls TakeCalls()
    {
        Calls made = Made;
        Made = default;
        return made;
    }

    public bool CanFuse(in ConvGeometry geometry, PreparedWeights weights, in PoolGeometry? pool, bool backward) =>
        (backward ? FusesDown : FusesUp) && (pool is null || FusesPools);

    public override void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
        Made = Made with { ConvUp = Made.ConvUp + 1 };
        Inner.ConvForward(geometry, input, weights, output);
    }

    public void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, in ConvTail tail,
        DeviceTensor output)
    {
        Made = Made with { FusedUp = Made.FusedUp + 1, PooledUp = Made.PooledUp + (tail.Pool is null ? 0 : 1) };
        using var space = new Workspace(Inner);
        DeviceTensor sum = space.Dirty(geometry.Output), rectified = tail.Pool is null ? output : space.Dirty(geometry.Output);
        Inner.ConvForward(geometry, input, weights, sum);
        Inner.ReluForward(tail.Rectifier, sum, rectified, tail.Bits);
        if (tail.Pool is { } pool) Inner.MaxPoolForward(pool, rectified, output, tail.Switches!);
    }

    public override void ConvBackward(in ConvGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        Made = Made with { ConvDown = Made.ConvDown + 1, SignalImages = Math.Max(Made.SignalImages, geometry.N) };
        Inner.ConvBackward(geometry, outputSignal, weights, inputSignal);
    }

    public void ConvBackward(in ConvGeometry geometry, DeviceTensor tailSignal, in ConvTail tail, ReluRule rule,
        PreparedWeights weights, DeviceTensor inputSignal)
    {
        Made = Made with
        {
            FusedDown = Made.FusedDown + 1,
            PooledDown = Made.PooledDown + (tail.Pool is null ? 0 : 1),
            SignalImages = Math.Max(Made.SignalImages, geometry.N),
        };
        using var space = new Workspace(Inner);
        DeviceTensor below = tailSignal, rectified = space.Dirty(geometry.Output);
        if (tail.Pool is { } pool)
        {
            below = space.Dirty(geometry.Output);
            MaxPoolBackward(pool, tailSignal, tail.Switches!, below);
        }

        ReluBackward(tail.Rectifier, rule, below, tail.Bits, rectified);
        Inner.ConvBackward(geometry, rectified, weights, inputSignal);
    }

    public override void ReluBackward(Rectifier f, ReluRule rule, DeviceTensor outputSignal, ActiveBits bits,
        DeviceTensor inputSignal) =>
        Apart(bits.Shape.N, outputSignal, inputSignal, (above, below) => Inner.ReluBackward(f, rule, above, bits, below));

    public override void MaxPoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, Switches switches,
        DeviceTensor inputSignal)
    {
        PoolGeometry kept = geometry with { N = switches.Geometry.N };
        Apart(kept.N, outputSignal, inputSignal, (above, below) => Inner.MaxPoolBackward(kept, above, switches, below));
    }

    public override void ElementwiseBackward(ElementFunction f, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal) =>
        Apart(input.Shape.N, outputSignal, inputSignal, (above, below) => Inner.ElementwiseBackward(f, input, above, below));

    public override void PairBackward(PairKind kind, int side, DeviceTensor? a, DeviceTensor? b, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        if (a is null || b is null) Inner.PairBackward(kind, side, a, b, outputSignal, inputSignal);
        else
        {
            Apart(Math.Max(a.Shape.N, b.Shape.N), outputSignal, inputSignal,
                (above, below) => Inner.PairBackward(kind, side, a, b, above, below));
        }
    }

    public override void ReduceBackward(ReduceKind kind, int from, int to, DeviceTensor? input, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        if (input is null) Inner.ReduceBackward(kind, from, to, null, outputSignal, inputSignal);
        else
            Apart(input.Shape.N, outputSignal, inputSignal, (above, below) => Inner.ReduceBackward(kind, from, to, input, above, below));
    }

    public override void PreluBackward(ReluRule rule, DeviceTensor outputSignal, PreparedWeights slopes, ActiveBits bits,
        DeviceTensor inputSignal) =>
        Apart(bits.Shape.N, outputSignal, inputSignal, (above, below) => Inner.PreluBackward(rule, above, slopes, bits, below));

    public override void LrnBackward(in LrnParameters parameters, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal)
    {
        LrnParameters lrn = parameters;
        Apart(input.Shape.N, outputSignal, inputSignal, (above, below) => Inner.LrnBackward(lrn, input, above, below));
    }

    public override void SoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal,
        DeviceTensor inputSignal) =>
        Apart(output.Shape.N, outputSignal, inputSignal,
            (above, below) => Inner.SoftmaxBackward(from, to, output, above, below));

    public override void LogSoftmaxBackward(int from, int to, DeviceTensor output, DeviceTensor outputSignal,
        DeviceTensor inputSignal) =>
        Apart(output.Shape.N, outputSignal, inputSignal,
            (above, below) => Inner.LogSoftmaxBackward(from, to, output, above, below));

    public override void NormalizationBackward(int parts, float epsilon, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor inputSignal) =>
        Apart(input.Shape.N, outputSignal, inputSignal,
            (above, below) => Inner.NormalizationBackward(parts, epsilon, input, above, below));

    /// <summary>Runs an operation of the other back-end for as many images at once as were kept.</summary>
    private void Apart(int kept, DeviceTensor above, DeviceTensor below, Action<DeviceTensor, DeviceTensor> run)
    {
        if (above.Shape.N == kept)
        {
            run(above, below);
            return;
        }

        using var space = new Workspace(Inner);
        Shape aboveOne = above.Shape.WithBatch(kept), belowOne = below.Shape.WithBatch(kept);
        double[] signals = space.Read(above);
        var results = new List<double>();
        foreach (double[] signal in signals.Chunk((int)aboveOne.Count))
        {
            DeviceTensor result = space.Dirty(belowOne);
            run(space.With(aboveOne, signal), result);
            results.AddRange(space.Read(result));
        }

        Inner.Upload(results.ToArray(), below);
    }

    /// <summary>Calls of convolutions.</summary>
    /// <param name="ConvUp">By themselves, up.</param>
    /// <param name="FusedUp">Fused, up.</param>
    /// <param name="PooledUp">Those of them that are fused with a pooling.</param>
    /// <param name="ConvDown">By themselves, down.</param>
    /// <param name="FusedDown">Fused, down.</param>
    /// <param name="PooledDown">Those of them that are fused with a pooling.</param>
    /// <param name="SignalImages">The most images that a signal had.</param>
    public readonly record struct Calls(int ConvUp, int FusedUp, int PooledUp, int ConvDown, int FusedDown, int PooledDown,
        int SignalImages);
}
