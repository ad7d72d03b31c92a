using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Weights;
using NetViz.Weights.Generation;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Benchmarks.Cpu;

/// <summary>
/// Whole networks on the processor against ONNX Runtime's forward pass, in one process and with as many threads, one table:
/// what a job takes here, what the peer takes, both over each other, the aim, and the share of the multiply-add peak that the
/// plain sums' operations would have.
/// </summary>
internal static class PeersBenchmark
{
    private const double SameResult = 1e-3;
    private const int SeveralClasses = 5;

    private static readonly string[] Known = ["--threads", "--rounds", "--model", "--shared", "--batch", "--algorithm"];

    /// <summary>Measures and prints. Returns the exit code.</summary>
    /// <param name="arguments">
    /// --threads N, --rounds N, --model FILE (this network alone, instead of all), --shared FOLDER (of the shared data), --batch
    /// N,N (of VGG-16 and of --model), --algorithm auto, winograd or direct.
    /// </param>
    public static int Run(string[] arguments)
    {
        var options = new Options("peers", arguments, Known);
        int threads = options.Whole("--threads", Environment.ProcessorCount), rounds = options.Whole("--rounds", 7);
        ConvAlgorithm algorithm = options.Choice("--algorithm", ConvAlgorithm.Auto);
        using var kernels = new CpuKernels(threads, algorithm);
        var table = new PeersTable(kernels);
        string? model = options.Text("--model");
        int[] batches = options.Wholes("--batch", model is null ? [1, 8] : [1]);
        if (model is not null)
        {
            foreach (int batch in batches) Measure(Path.GetFileNameWithoutExtension(model), model, batch, null);
        }
        else
        {
            string shared = options.Text("--shared") ?? SharedFolder();
            Generated("vgg16", path => VggGenerator.Write(path), path =>
            {
                foreach (int batch in batches) Measure("VGG-16", path, batch, batch >= 8 ? (0.37, 0.75) : (0.45, 0.9));
            });
            Given("SqueezeNet 1.0", Path.Combine(shared, "models", "squeezenet1.0.onnx"));
            Generated("alexnet", path => AlexNetGenerator.Write(path), path => Measure("AlexNet", path, 1, null));
            Given("TinyVGG", Path.Combine(shared, "models", "tinyvgg-10.onnx"));
        }

        table.Print(rounds);
        return 0;

        void Given(string name, string path)
        {
            if (File.Exists(path)) Measure(name, path, 1, null);
            else Console.Error.WriteLine($"{name} is left out: there is no {path} (--shared names its folder)");
        }

        // Where no aims are given, nothing goes down: what is asked is whether the forward pass is as fast as the peer's.
        void Measure(string name, string path, int batch, (double Forward, double Both)? aims)
        {
            Console.Error.WriteLine($"{name}, batch {batch} ...");
            using OnnxModel loaded = OnnxModel.Load(path);
            using PreparedNetwork prepared = loaded.Network.On(kernels);
            Shape shape = loaded.InputShape(batch);
            float[] values = Operands.Random(shape.Count, 5);
            Tensor<float> images = Numbers.Create(values, [.. shape.Lengths.ToArray().Select(length => (nint)length)]);
            using OnnxRuntimePeer peer = OnnxRuntimePeer.Best(path, threads, shape, values);
            using ForwardRecord record = prepared.Forward(images);
            RequireSame(name, record, peer.Outputs());

            table.Begin($"{name}, batch {batch}", peer, Operations(loaded.Network, shape));
            var turns = new Turns();
            Times theirs = turns.Add(peer.Forward);
            table.Add("forward", 1, turns.Add(() => prepared.Forward(images).Dispose()), theirs, aims?.Forward ?? 1);
            if (aims is not null || model is not null)
            {
                foreach (BackwardRule rule in BackwardRule.All)
                    table.Add($"forward + {rule.Name}", 2, turns.Add(() => Both(rule)), theirs, aims?.Both);
                Times gradient = turns.Add(() => record.Backward(Seed.Class(0), BackwardRule.Gradient));
                foreach (BackwardRule rule in BackwardRule.All.Where(rule => rule != BackwardRule.Gradient))
                {
                    table.Add($"{rule.Name} down; peer: gradient down", 1,
                        turns.Add(() => record.Backward(Seed.Class(0), rule)), gradient, 1);
                }

                Seed[] seeds = [.. Enumerable.Range(0, SeveralClasses).Select(Seed.Class)];
                table.Add($"{SeveralClasses} classes down at once; peer: {SeveralClasses} single passes", SeveralClasses,
                    turns.Add(() => record.Backward(seeds, BackwardRule.Gradient)),
                    turns.Add(() => Array.ForEach(seeds, seed => record.Backward(seed, BackwardRule.Gradient))), null);
            }

            turns.Run(rounds);
            table.MeasurePeak();

            void Both(BackwardRule rule)
            {
                using ForwardRecord own = prepared.Forward(images);
                own.Backward(Seed.Class(0), rule);
            }
        }
    }

    private static void Generated(string name, Action<string> write, Action<string> use)
    {
        string path = Path.Combine(Path.GetTempPath(), $"netviz-{name}-{Environment.ProcessId}.onnx");
        try
        {
            write(path);
            use(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Both must compute the same before their times mean anything.</summary>
    private static void RequireSame(string name, ForwardRecord record, float[][] outputs)
    {
        float[] scores = Flat(record.Scores), probabilities = Flat(record.Probabilities);
        double gap = outputs.Min(output => Math.Min(Gap(output, scores), Gap(output, probabilities)));
        if (!(gap <= SameResult))
            throw new InvalidOperationException($"{name}: the peer's result is {gap:0.0e+0} of the largest number off.");

        static double Gap(float[] theirs, float[] ours) => theirs.Length != ours.Length
            ? double.PositiveInfinity
            : theirs.Zip(ours, (a, b) => Math.Abs((double)a - b)).Max() / ours.Max(Math.Abs);
    }

    private static float[] Flat(Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }

    /// <summary>Multiplications and additions of one forward pass, as the plain sums have them.</summary>
    private static double Operations(Network network, Shape input)
    {
        Shape[] shapes = network.InferShapes(input);
        return network.Nodes.Sum(node => (double)node.Layer.Operations([.. node.Inputs.Select(tensor => shapes[tensor])]));
    }

    /// <summary>Where tests look for the shared data too: beside the folder that the benchmarks are started in.</summary>
    private static string SharedFolder() => Environment.GetEnvironmentVariable("NETVIZ_DATA") is { Length: > 0 } given
        ? given
        : Path.Combine("..", "shared", "data");
}
