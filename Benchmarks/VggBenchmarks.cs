using BenchmarkDotNet.Attributes;
using Microsoft.ML.OnnxRuntime;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Weights;
using NetViz.Weights.Generation;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Benchmarks;

/// <summary>
/// VGG-16 at 224x224 with random weights: forward, and forward plus gradient down to the image, against ONNX Runtime's
/// forward (which has no backward pass) with all its optimisations and as many threads, in the same process.
/// </summary>
public class VggBenchmarks
{
    private const int Side = 224;
    private string _path = "";
    private OnnxModel _model = null!;
    private PreparedNetwork _prepared = null!;
    private InferenceSession _session = null!;
    private System.Numerics.Tensors.Tensor<float> _images = null!;
    private NamedOnnxValue[] _peerInput = null!;

    /// <summary>Images.</summary>
    [Params(1, 8)]
    public int Batch { get; set; }

    /// <summary>Writes the network and opens it twice.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _path = Path.Combine(Path.GetTempPath(), $"netviz-vgg16-{Environment.ProcessId}.onnx");
        VggGenerator.Write(_path);
        _model = OnnxModel.Load(_path);
        _prepared = _model.Network.On(Device.Cpu());
        _session = new InferenceSession(_path, new SessionOptions
        {
            IntraOpNumThreads = Environment.ProcessorCount,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        });
        float[] values = Operands.Random((long)Batch * 3 * Side * Side, 5);
        _images = Numbers.Create(values, [(nint)Batch, 3, Side, Side]);
        _peerInput = [NamedOnnxValue.CreateFromTensor(_session.InputMetadata.Keys.Single(),
            new Microsoft.ML.OnnxRuntime.Tensors.DenseTensor<float>(values, [Batch, 3, Side, Side]))];
    }

    /// <summary>Removes the network.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _session.Dispose();
        _prepared.Dispose();
        _model.Dispose();
        File.Delete(_path);
    }

    /// <summary>ONNX Runtime, forward.</summary>
    [Benchmark(Baseline = true)]
    public void OnnxRuntimeForward() => _session.Run(_peerInput).Dispose();

    /// <summary>NetViz, forward.</summary>
    [Benchmark]
    public void Forward() => _prepared.Forward(_images).Dispose();

    /// <summary>NetViz, forward plus gradient down to the image.</summary>
    [Benchmark]
    public void ForwardAndGradient()
    {
        using ForwardRecord record = _prepared.Forward(_images);
        record.Backward(Seed.Class(0), BackwardRule.Gradient);
    }
}
