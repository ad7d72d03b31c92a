using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.ClassModels;
using NetViz.Weights;
using NetViz.Weights.InputPreprocessing;

namespace NetViz.Tests.Visualisation.ClassModels;

/// <summary>The default model, ready to rise.</summary>
internal sealed class ModelFixture : IDisposable
{
    public OnnxModel Model { get; } = OnnxModel.Load(DefaultModel.Path);

    public PreparedNetwork Network { get; }

    public InputUnits Units { get; }

    public ModelFixture()
    {
        Network = Model.Network.On(Device.Cpu());
        Preprocessing p = Model.RequirePreprocessing();
        Units = new InputUnits
        {
            Height = p.Height, Width = p.Width, Layout = p.Layout, Order = p.Order,
            Mean = [.. p.Mean.Select(mean => mean * p.Divisor)],
            Centre = [.. p.Mean.Select(mean => mean * p.Divisor)],
            Deviation = [.. p.Deviation.Select(deviation => deviation * p.Divisor)],
        };
    }

    public ModelTarget Score(params string[] classes) =>
        ModelTarget.Score(Model.Network, Units, [.. classes.Select(Model.FindClass)]);

    public IReadOnlyList<ClassModelResult> Ascend(ModelTarget target, ClassModelSettings settings, ulong seed = 1) =>
        ClassModel.Ascend(Network, Units, target, settings, seed);

    /// <summary>Units of a small made-up network, 0 .. 255 around a mean.</summary>
    public static InputUnits Small(int height, int width, ChannelOrder order, ImageLayout layout = ImageLayout.Nchw)
    {
        bool grey = order == ChannelOrder.Grey;
        return new InputUnits
        {
            Height = height, Width = width, Order = order, Layout = layout,
            Mean = grey ? [100] : [104, 117, 123],
            Centre = grey ? [100] : [104, 117, 123],
            Deviation = grey ? [50] : [50, 60, 70],
        };
    }

    public void Dispose()
    {
        Network.Dispose();
        Model.Dispose();
    }
}
