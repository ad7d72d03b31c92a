using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace NetViz.Benchmarks.Cpu;

/// <summary>What the peer's process does: opens a model and runs it forward once.</summary>
internal static class ColdPeer
{
    /// <summary>The first argument of its command line.</summary>
    public const string Entry = "cold-peer";

    /// <summary>Runs it and prints the milliseconds from opening the file to the scores.</summary>
    public static int Run(string model, int threads)
    {
        long start = Stopwatch.GetTimestamp();
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        using var session = new InferenceSession(model, options);
        (string name, NodeMetadata input) = session.InputMetadata.Single();
        long[] shape = [1, .. input.Dimensions.Skip(1).Select(length => (long)length)];
        var images = new float[shape.Aggregate((product, length) => product * length)];
        for (int i = 0; i < images.Length; i++) images[i] = i % 255 - 127;
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(images, shape);
        using var run = new RunOptions();
        session.Run(run, [name], [value], [.. session.OutputMetadata.Keys]).Dispose();
        Console.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture));
        return 0;
    }
}
