using System.Diagnostics;
using NetViz.Kernels.Cpu;
using NetViz.Training;

namespace NetViz.Benchmarks;

/// <summary>
/// Images a second in training, against PyTorch with the same network from the same first parameters, the same batch and as
/// many threads: forward with the loss, backward, step of SGD with momentum. The two take turns, a few steps each; medians of
/// all steps count. Random pictures, nothing is loaded; no dropout, so that both must have the same loss.
/// </summary>
internal static class TrainingBenchmark
{
    private const int WarmUp = 2, Steps = 3;
    private const double Momentum = 0.9, WeightDecay = 5e-4, LearningRate = 0.01, Smoothing = 0.1;

    /// <summary>Measures and prints. Returns the exit code.</summary>
    /// <param name="arguments">
    /// --python FILE, --batch N, --threads N, --rounds N, and the network: --config FILE or --width N.
    /// </param>
    public static int Run(string[] arguments)
    {
        var options = new Options("training", arguments, "--python", "--batch", "--threads", "--rounds", "--config", "--width");
        int batch = options.Whole("--batch", 128), threads = options.Whole("--threads", Environment.ProcessorCount),
            rounds = options.Whole("--rounds", 5);
        VggArchitecture architecture = ArchitectureOf(options) with { Dropout = 0 };
        using var kernels = new CpuKernels(threads);
        using TrainingNetwork network = TrainingNetwork.Create(architecture, kernels, batch, seed: 1);
        var sgd = new Sgd(network.Parameters, threads) { Momentum = Momentum, Nesterov = true, WeightDecay = WeightDecay };
        int side = architecture.InputSize, channels = architecture.InputChannels;
        float[] images = Operands.Random((long)batch * channels * side * side, 7);
        int[] classes = [.. Enumerable.Range(0, batch).Select(i => i % architecture.Classes)];
        var targets = new float[batch * architecture.Classes];
        for (int i = 0; i < batch; i++)
            SoftmaxCrossEntropy.Target(classes[i], Smoothing, targets.AsSpan(i * architecture.Classes, architecture.Classes));
        var signal = new float[targets.Length];

        using var peer = new PyTorchTraining(options.Text("--python") ?? "python3", new
        {
            architecture.InputSize, architecture.InputChannels, architecture.Stages, architecture.Hidden, architecture.Classes,
            architecture.BatchNorm, Threads = threads, Momentum, Nesterov = true, WeightDecay, LearningRate, Smoothing,
        }, network.Parameters, images, [batch, channels, side, side], classes);
        Compare(network, peer);

        double peak = kernels.MeasurePeak();
        var (ours, theirs) = (new List<TrainingStep>(), new List<TrainingStep>());
        for (int round = -1; round < rounds; round++)
        {
            // Round -1 warms up.
            int steps = round < 0 ? WarmUp : Steps;
            TrainingStep[] mine = [.. Enumerable.Range(0, steps).Select(_ => Step())], its = peer.Run(steps);
            if (round < 0) continue;
            ours.AddRange(mine);
            theirs.AddRange(its);
            peak = Math.Max(peak, kernels.MeasurePeak());
        }

        Print(architecture, batch, kernels, peer.About, peak, ours, theirs);
        return 0;

        TrainingStep Step()
        {
            long start = Stopwatch.GetTimestamp();
            double loss = Loss();
            double forward = Stopwatch.GetElapsedTime(start).TotalSeconds;
            network.Backward(signal);
            double backward = Stopwatch.GetElapsedTime(start).TotalSeconds;
            sgd.Step(LearningRate);
            network.ParametersChanged();
            return new TrainingStep(forward, backward - forward, Stopwatch.GetElapsedTime(start).TotalSeconds - backward, loss);
        }

        double Loss() =>
            SoftmaxCrossEntropy.Evaluate(network.Forward(images, 0), targets, architecture.Classes, signal).Loss;

        void Compare(TrainingNetwork mine, PyTorchTraining its)
        {
            long count = mine.Parameters.Sum(parameter => parameter.Shape.Count);
            double loss = Loss();
            if (count != its.About.Parameters || !(Math.Abs(loss - its.About.Loss) <= 1e-4 * loss))
            {
                throw new InvalidOperationException($"The networks differ: {count} and {its.About.Parameters} parameters, "
                    + $"losses {loss:0.000000} and {its.About.Loss:0.000000}.");
            }

            Console.WriteLine($"{count} parameters on both sides; first loss {loss:0.000000} and {its.About.Loss:0.000000}");
        }
    }

    private static void Print(VggArchitecture architecture, int batch, CpuKernels kernels, PyTorchTraining.Start peer,
        double peak, List<TrainingStep> ours, List<TrainingStep> theirs)
    {
        (double forward, double backward) = Operations(architecture, batch);
        Console.WriteLine($"{forward / batch / 1e9:0.000} GFLOP an image in the forward pass; batch {batch}; "
            + $"{kernels.Description}; PyTorch {peer.Version}, {peer.Threads} threads; medians of {ours.Count} steps; peak {peak:0} GFLOP/s");
        Console.WriteLine();
        Console.WriteLine("| job | ours | PyTorch | ratio | ours, GFLOP/s | of peak | PyTorch, GFLOP/s | of peak |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        Row("forward and loss", step => step.Forward, forward);
        Row("backward", step => step.Backward, backward);
        Row("SGD step", step => step.Step, 0);
        Row("whole step", step => step.Whole, forward + backward);
        double mine = batch / Median.Of(ours.Select(step => step.Whole));
        double its = batch / Median.Of(theirs.Select(step => step.Whole));
        Console.WriteLine($"| **images a second** | **{mine:0.0}** | **{its:0.0}** | **{mine / its:0.00}** | | | | |");

        void Row(string job, Func<TrainingStep, double> part, double work)
        {
            double mine = Median.Of(ours.Select(part)), its = Median.Of(theirs.Select(part));
            string rates = work > 0
                ? $"{work / mine / 1e9:0} | {work / mine / 1e9 / peak:P0} | {work / its / 1e9:0} | {work / its / 1e9 / peak:P0}"
                : "| | |";
            Console.WriteLine($"| {job} | {mine * 1e3:0.0} ms | {its * 1e3:0.0} ms | {its / mine:0.00} | {rates} |");
        }
    }

    /// <summary>
    /// Multiplications and additions of convolutions and fully connected layers, as the plain sums have them: Winograd's
    /// transforms do with fewer. On the backward pass twice as many, save that no signal goes from the first layer to the image.
    /// </summary>
    private static (double Forward, double Backward) Operations(VggArchitecture architecture, int batch)
    {
        var layers = new List<double>();
        int channels = architecture.InputChannels, side = architecture.InputSize;
        foreach (IReadOnlyList<int> stage in architecture.Stages)
        {
            foreach (int width in stage)
            {
                layers.Add(2.0 * batch * side * side * 9 * channels * width);
                channels = width;
            }

            side /= 2;
        }

        double features = (double)channels * side * side;
        foreach (int neurons in architecture.Hidden.Append(architecture.Classes))
        {
            layers.Add(2.0 * batch * features * neurons);
            features = neurons;
        }

        return (layers.Sum(), 2 * layers.Sum() - layers[0]);
    }

    private static VggArchitecture ArchitectureOf(Options options)
    {
        VggArchitecture architecture = options.Text("--config") is { } path
            ? TrainingConfig.Parse(File.ReadAllText(path), path).Architecture
            : VggArchitecture.OfWidth(options.Whole("--width", 32));
        return architecture.Classes > 0 ? architecture : architecture with { Classes = 50 };
    }
}
