using System.Numerics.Tensors;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using Tensors = System.Numerics.Tensors.Tensor;

namespace NetViz.Engine.Execution;

/// <content>The ways down from the record.</content>
public sealed partial class ForwardRecord
{
    /// <summary>Sends a seed down the network under a rule.</summary>
    /// <param name="seed">Where the signal starts, and with what.</param>
    /// <param name="rule">What the rectifiers do with it.</param>
    /// <param name="to">The layer at whose output the signal is wanted; null for the network's input.</param>
    /// <returns>The signal, of the shape of that output: [N, C, H, W] at the input.</returns>
    /// <exception cref="NetVizException">The seed or layer does not exist, or the one does not depend on the other.</exception>
    /// <exception cref="ObjectDisposedException">The record or the prepared network was disposed, before or during the
    /// pass.</exception>
    public Tensor<float> Backward(Seed seed, BackwardRule rule, string? to = null) =>
        Backward<float>([seed], rule, to, Floats);

    /// <summary>Sends a seed down the network under a rule, observed between layers.</summary>
    /// <param name="seed">Where the signal starts, and with what.</param>
    /// <param name="rule">What the rectifiers do with it.</param>
    /// <param name="to">The layer at whose output the signal is wanted; null for the network's input.</param>
    /// <param name="progress">Receives each layer on the thread that works; null for none.</param>
    /// <param name="token">Cancels the waiting for a place and, between layers, the pass.</param>
    /// <returns>The signal, of the shape of that output: [N, C, H, W] at the input.</returns>
    /// <exception cref="NetVizException">The seed or layer does not exist, or the one does not depend on the other.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Tensor<float> Backward(Seed seed, BackwardRule rule, string? to, IProgress<LayerProgress>? progress,
        CancellationToken token = default) => Backward<float>([seed], rule, to, Floats, progress, token);

    /// <summary>Sends a seed down the network and writes the signal where the caller says, allocating nothing.</summary>
    /// <param name="seed">Where the signal starts, and with what.</param>
    /// <param name="rule">What the rectifiers do with it.</param>
    /// <param name="destination">Where the signal goes, row-major; as many numbers as it has.</param>
    /// <param name="to">The layer at whose output the signal is wanted; null for the network's input.</param>
    /// <exception cref="NetVizException">The seed or layer does not exist, or the one does not depend on the other.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Backward(Seed seed, BackwardRule rule, Span<float> destination, string? to = null)
    {
        Backward(seed, rule, destination, to, progress: null);
    }

    /// <summary>The same, observed between layers.</summary>
    /// <param name="seed">Where the signal starts, and with what.</param>
    /// <param name="rule">What the rectifiers do with it.</param>
    /// <param name="destination">Where the signal goes, row-major; as many numbers as it has.</param>
    /// <param name="to">The layer at whose output the signal is wanted; null for the network's input.</param>
    /// <param name="progress">Receives each layer on the thread that works; null for none.</param>
    /// <param name="token">Cancels the waiting for a place and, between layers, the pass.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Backward(Seed seed, BackwardRule rule, Span<float> destination, string? to, IProgress<LayerProgress>? progress,
        CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(seed);
        using Pass pass = BeginDescent(rule, progress, token);
        int target = to is null ? 0 : Prepared.Network.Find(to);
        if (destination.Length != Shapes[target].Count)
        {
            throw new ArgumentException($"{destination.Length} numbers for a signal of the shape {Shapes[target]}.",
                nameof(destination));
        }

        DeviceErrors.Translate(new Sent(pass, seed, rule, target, destination), static sent =>
        {
            Seed from = sent.Seed;
            DeviceTensor signal = BackwardPass.Run(sent.Pass, new ReadOnlySpan<Seed>(in from), sent.Rule, sent.Target);
            sent.Pass.Kernels.Download(signal, sent.Destination);
            return true;
        }, static (sent, e) => sent.Pass.Record!.Refused(e));
    }

    /// <summary>The same in double, for back-ends that compute in double.</summary>
    public Tensor<double> BackwardInDouble(Seed seed, BackwardRule rule, string? to = null) =>
        Backward<double>([seed], rule, to, Doubles);

    /// <summary>
    /// Sends several seeds down, together where the back-end can and memory suffices: in less time than one after another, with
    /// the same result but for the last bits of sums that a back-end orders by the batch.
    /// </summary>
    /// <param name="seeds">Where the signals start, all of them at the same layer, and with what.</param>
    /// <param name="rule">What the rectifiers do with them.</param>
    /// <param name="to">The layer at whose output the signals are wanted; null for the network's input.</param>
    /// <returns>
    /// The signals, [seeds * N, C, H, W] at the input: at s * N + n the one of seed s at image n.
    /// </returns>
    /// <exception cref="NetVizException">
    /// A seed or layer does not exist, the seeds start at different layers, or they do not depend on the target.
    /// </exception>
    public Tensor<float> Backward(IReadOnlyList<Seed> seeds, BackwardRule rule, string? to = null) =>
        Backward<float>(ArrayOf(seeds), rule, to, Floats);

    /// <summary>The same, observed between layers.</summary>
    /// <param name="seeds">Where the signals start, all of them at the same layer, and with what.</param>
    /// <param name="rule">What the rectifiers do with them.</param>
    /// <param name="to">The layer at whose output the signals are wanted; null for the network's input.</param>
    /// <param name="progress">Receives each layer on the thread that works; null for none.</param>
    /// <param name="token">Cancels the waiting for a place and, between layers, the pass.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Tensor<float> Backward(IReadOnlyList<Seed> seeds, BackwardRule rule, string? to, IProgress<LayerProgress>? progress,
        CancellationToken token = default) => Backward<float>(ArrayOf(seeds), rule, to, Floats, progress, token);

    /// <summary>The same in double, for back-ends that compute in double.</summary>
    public Tensor<double> BackwardInDouble(IReadOnlyList<Seed> seeds, BackwardRule rule, string? to = null) =>
        Backward<double>(ArrayOf(seeds), rule, to, Doubles);

    /// <summary>Sends a seed down to the input and shows the signal at each layer's output on the way.</summary>
    /// <param name="seed">Where the signal starts, and with what.</param>
    /// <param name="rule">What the rectifiers do with it.</param>
    /// <param name="visit">Told the name of each layer, at last of the input, and the signal R at its output.</param>
    /// <exception cref="NetVizException">The seed does not exist.</exception>
    public void Descend(Seed seed, BackwardRule rule, Action<string, Tensor<float>> visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        Descend(seed, rule, (tensor, signal) =>
        {
            var values = new float[signal.Shape.Count];
            Prepared.Kernels.Download(signal, values);
            visit(Prepared.Network.NameOf(tensor), Tensors.Create(values, LengthsOf(tensor)));
        });
    }

    /// <summary>The same in double, for back-ends that compute in double.</summary>
    /// <exception cref="NetVizException">The seed does not exist.</exception>
    public void DescendInDouble(Seed seed, BackwardRule rule, Action<string, Tensor<double>> visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        Descend(seed, rule, (tensor, signal) =>
        {
            var values = new double[signal.Shape.Count];
            Prepared.Kernels.Download(signal, values);
            visit(Prepared.Network.NameOf(tensor), Tensors.Create(values, LengthsOf(tensor)));
        });
    }

    /// <summary>The same by tensors, which stay on the back-end: valid until the visit returns.</summary>
    public void Descend(Seed seed, BackwardRule rule, Action<int, DeviceTensor> visit)
    {
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(visit);
        using Pass pass = BeginDescent(rule);
        DeviceErrors.Translate(() => BackwardPass.Run(pass, [seed], rule, target: 0, visit), Refused);
    }

    /// <summary>
    /// DeepLIFT's multipliers, rescale rule (Shrikumar, Greenside, Kundaje 2017): at each rectifier or other function of single
    /// elements the slope (y - y0) / (x - x0) between this record and a baseline's stands in the place of the derivative, which
    /// holds where x and x0 are less than 1e-10 apart; max-pools send by the switches. Times the difference of the inputs they
    /// add up to the difference of the scores, at max-pools only with <see cref="DeepLiftPools.Both"/>.
    /// </summary>
    /// <param name="seed">Where the signal starts, and with what.</param>
    /// <param name="baseline">The record of the baseline, of the same prepared network and shape.</param>
    /// <param name="pools">Where max-pools send.</param>
    /// <returns>The multipliers, of the input's shape.</returns>
    /// <exception cref="ArgumentException">The baseline's record is another network's or of another shape.</exception>
    public Tensor<double> DeepLift(Seed seed, ForwardRecord baseline, DeepLiftPools pools = DeepLiftPools.Own)
    {
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(baseline);
        if (baseline.Prepared != Prepared || baseline.InputShape != InputShape)
            throw new ArgumentException("The baseline's record is another network's, or has another shape.", nameof(baseline));
        using Pass pass = BeginDescent(BackwardRule.Gradient);
        var values = new double[InputShape.Count];
        baseline.Enter(writes: false);
        try
        {
            DeviceErrors.Translate(() => pass.Kernels.Download(BackwardPass.Run(pass, [seed], BackwardRule.Gradient, target: 0,
                reference: (baseline, pools)), values), Refused);
        }
        finally
        {
            baseline.Leave();
        }

        return Tensors.Create(values, LengthsOf(0));
    }

    /// <summary>What <see cref="Backward(Seed, BackwardRule, Span{float}, string?)"/> was given, without an object for it.</summary>
    private readonly ref struct Sent(Pass pass, Seed seed, BackwardRule rule, int target, Span<float> destination)
    {
        public Pass Pass { get; } = pass;

        public Seed Seed { get; } = seed;

        public BackwardRule Rule { get; } = rule;

        public int Target { get; } = target;

        public Span<float> Destination { get; } = destination;
    }

    private NetVizException Refused(DeviceException e) => DeviceMemory.Refused(Prepared, InputShape, e);

    private Tensor<T> Backward<T>(Seed[] seeds, BackwardRule rule, string? to, Download<T> download,
        IProgress<LayerProgress>? progress = null, CancellationToken token = default)
    {
        using Pass pass = BeginDescent(rule, progress, token);
        int target = to is null ? 0 : Prepared.Network.Find(to);
        int count = checked((int)Shapes[target].Count);
        var values = new T[checked(seeds.Length * count)];
        DeviceErrors.Translate(() =>
        {
            int done = 0;
            foreach (int together in SignalGroups.Of(pass, seeds, rule, target))
            {
                DeviceTensor signals = BackwardPass.Run(pass, seeds.AsSpan(done, together), rule, target);
                download(pass.Kernels, signals, values.AsSpan(done * count, together * count));
                done += together;
            }
        }, Refused);

        nint[] lengths = LengthsOf(target);
        lengths[0] *= seeds.Length;
        return Tensors.Create(values, lengths);
    }

    private Pass BeginDescent(BackwardRule rule, IProgress<LayerProgress>? progress = null, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(rule);
        RequireAlive();
        return Prepared.BeginPass(this, writes: false, progress, token);
    }

    private static Seed[] ArrayOf(IReadOnlyList<Seed> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        return [.. seeds];
    }

    private static void Floats(IKernels kernels, DeviceTensor source, Span<float> destination) =>
        kernels.Download(source, destination);

    private static void Doubles(IKernels kernels, DeviceTensor source, Span<double> destination) =>
        kernels.Download(source, destination);

    private delegate void Download<T>(IKernels kernels, DeviceTensor source, Span<T> destination);
}
