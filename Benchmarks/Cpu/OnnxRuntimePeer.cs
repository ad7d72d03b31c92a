using Microsoft.ML.OnnxRuntime;
using NetViz.Kernels;

namespace NetViz.Benchmarks.Cpu;

/// <summary>
/// A network in ONNX Runtime with all its optimisations. After a run its threads would spin on, on the cores that ours are then
/// to use; so they spin only while a run lasts, or never, whichever makes it faster on this network.
/// </summary>
internal sealed class OnnxRuntimePeer : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly OrtValue _input;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;

    private OnnxRuntimePeer(string path, int threads, Shape shape, float[] images, bool spins)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", spins ? "1" : "0");
        options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        _session = new InferenceSession(path, options);
        _input = OrtValue.CreateTensorValueFromMemory(images, Array.ConvertAll(shape.Lengths.ToArray(), length => (long)length));
        _inputNames = [_session.InputMetadata.Keys.Single()];
        _outputNames = [.. _session.OutputMetadata.Keys];
        Spins = spins;
    }

    /// <summary>Whether its threads spin while a run lasts.</summary>
    public bool Spins { get; }

    /// <summary>Opens a network with the better of the two settings.</summary>
    /// <param name="path">The model.</param>
    /// <param name="threads">Threads, the caller's counted.</param>
    /// <param name="shape">The input's shape.</param>
    /// <param name="images">The input, which stays where it is.</param>
    public static OnnxRuntimePeer Best(string path, int threads, Shape shape, float[] images)
    {
        double spinning = Trial(true), waiting = Trial(false);
        return new OnnxRuntimePeer(path, threads, shape, images, spinning <= waiting);

        double Trial(bool spins)
        {
            using var peer = new OnnxRuntimePeer(path, threads, shape, images, spins);
            var turns = new Turns();
            Times times = turns.Add(peer.Forward);
            turns.Run(3);
            return times.Median;
        }
    }

    /// <summary>Runs it forward.</summary>
    public void Forward() => _session.Run(_run, _inputNames, [_input], _outputNames).Dispose();

    /// <summary>Runs it forward; its outputs' numbers.</summary>
    public float[][] Outputs()
    {
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_run, _inputNames, [_input], _outputNames);
        return [.. outputs.Select(output => output.GetTensorDataAsSpan<float>().ToArray())];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _input.Dispose();
        _run.Dispose();
        _session.Dispose();
    }
}
