using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;

namespace NetViz.Tests.Analysis;

/// <summary>A photograph run forward by a real network, and its class with the highest score.</summary>
internal sealed class RealImage : IDisposable
{
    private readonly OnnxModel _model;
    private readonly PreparedNetwork _prepared;

    private RealImage(string modelPath, string? preset, string photoPath, Device device)
    {
        _model = OnnxModel.Load(modelPath, new OnnxOptions { Preprocess = preset });
        _prepared = _model.Network.On(device);
        float[] input = _model.RequirePreprocessing().Apply(ImageFile.Read(photoPath)).Input;
        Record = _prepared.Forward(_model.InputShape(1), Array.ConvertAll(input, value => (double)value),
            TaylorLedger.Keeps(_model.Network));
        float[] scores = Record.Scores.Values();
        Class = Array.IndexOf(scores, scores.Max());
    }

    public ForwardRecord Record { get; }

    public int Class { get; }

    public Seed Seed => Seed.Class(Class);

    public Network Network => _model.Network;

    /// <summary>The network that ships with the project and the orange that it draws.</summary>
    public static RealImage Orange(Device device) =>
        new(DefaultModel.Path, preset: null, RepositoryRoot.File("docs", "images", "orange.png"), device);

    /// <summary>SqueezeNet 1.0 and the cat of the shared data; skips the running test where they are not there.</summary>
    public static RealImage Chelsea(Device device) => new(SharedData.PathOf("models", "squeezenet1.0.onnx"), "caffe",
        SharedData.PathOf("photos", "chelsea.png"), device);

    public void Dispose()
    {
        Record.Dispose();
        _prepared.Dispose();
        _model.Dispose();
    }
}
