using System.CommandLine;
using System.Diagnostics;
using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Cli;

/// <summary>A model that the command line named, on the device that it named.</summary>
internal sealed class LoadedModel : IDisposable
{
    private LoadedModel(OnnxModel model, PreparedNetwork prepared, double loadMilliseconds) =>
        (Model, Prepared, LoadMilliseconds) = (model, prepared, loadMilliseconds);

    public OnnxModel Model { get; }

    public PreparedNetwork Prepared { get; }

    /// <summary>Milliseconds from opening the file to weights ready for the device.</summary>
    public double LoadMilliseconds { get; }

    public Network Network => Model.Network;

    /// <summary>Loads the model of --model and prepares it for --device.</summary>
    /// <exception cref="NetVizException">No model was named, or it cannot be loaded.</exception>
    public static LoadedModel Open(ParseResult parsed)
    {
        Device device = CommonOptions.DeviceOf(parsed);
        string path = ModelDownload.PathOf(parsed);
        long start = Stopwatch.GetTimestamp();
        OnnxModel model = OpenModel(parsed, path);
        try
        {
            PreparedNetwork prepared =
                Progress.Run("preparing weights", 0, parsed.GetValue(CommonOptions.Quiet), _ => model.Network.On(device));
            return new LoadedModel(model, prepared, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Loads the model of --model, for what needs no device.</summary>
    /// <exception cref="NetVizException">No model was named, or it cannot be loaded.</exception>
    public static OnnxModel OpenModel(ParseResult parsed) => OpenModel(parsed, ModelDownload.PathOf(parsed));

    private static OnnxModel OpenModel(ParseResult parsed, string path)
    {
        var options = new OnnxOptions
        {
            Preprocess = parsed.GetValue(CommonOptions.Preprocess),
            Size = parsed.GetValue(CommonOptions.Size) is int size ? (size, size) : null,
            LabelsPath = parsed.GetValue(CommonOptions.Labels),
        };
        return Progress.Run($"loading {Path.GetFileName(path)}", 0, parsed.GetValue(CommonOptions.Quiet),
            _ => OnnxModel.Load(path, options));
    }

    /// <summary>The input's preprocessing.</summary>
    /// <exception cref="NetVizException">Nothing is known of it, and no option names it.</exception>
    public Preprocessing Preprocessing => Model.RequirePreprocessing();

    /// <summary>Reads a picture and turns it into the network's input [1, C, H, W], or [1, H, W, C] where it is so.</summary>
    public (Tensor<float> Input, Photo Photo, InputPlacement Placement) ReadPicture(InputFile file)
    {
        Preprocessing preprocessing = Preprocessing;
        Photo photo = ImageFile.Read(file.Path);
        (float[] input, InputPlacement placement) = preprocessing.Apply(photo);
        return (Numbers.Create(input, [.. preprocessing.InputShape.Select(length => (nint)length)]), photo, placement);
    }

    public void Dispose()
    {
        Prepared.Dispose();
        Model.Dispose();
    }
}
