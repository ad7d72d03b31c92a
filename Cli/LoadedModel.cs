using System.CommandLine;
using System.Diagnostics;
using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using NetViz.Weights.Onnx;
using NetViz.Weights.Preprocessing;
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
    public static LoadedModel Open(ParseResult parsed)
    {
        Device device = CommonOptions.DeviceOf(parsed);
        OnnxModel model = Read(parsed);
        try
        {
            long start = Stopwatch.GetTimestamp();
            PreparedNetwork prepared = Progress.Run("preparing weights", 0, parsed.GetValue(CommonOptions.Quiet), _ => model.Network.On(device));
            return new LoadedModel(model, prepared, Stopwatch.GetElapsedTime(start).TotalMilliseconds + s_readMilliseconds);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Reads the model of --model without preparing it.</summary>
    public static OnnxModel Read(ParseResult parsed)
    {
        string path = parsed.GetValue(CommonOptions.Model)
            ?? throw new NetVizException("--model is required until a default model ships", "name an ONNX file: --model FILE");
        long start = Stopwatch.GetTimestamp();
        OnnxModel model = Progress.Run($"loading {System.IO.Path.GetFileName(path)}", 0, parsed.GetValue(CommonOptions.Quiet), _ => OnnxModel.Load(path, new OnnxOptions
        {
            Preprocess = parsed.GetValue(CommonOptions.Preprocess),
            Size = parsed.GetValue(CommonOptions.Size),
            Labels = parsed.GetValue(CommonOptions.Labels),
        }));
        s_readMilliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return model;
    }

    [ThreadStatic]
    private static double s_readMilliseconds;

    /// <summary>The input's preprocessing.</summary>
    /// <exception cref="NetVizException">Nothing is known of it, and no option names it.</exception>
    public Preprocessing Preprocessing => Model.RequirePreprocessing();

    /// <summary>Reads a picture and turns it into the network's input [1, C, H, W].</summary>
    public (Tensor<float> Input, Photo Photo, InputPlacement Placement) ReadPicture(InputFile file)
    {
        Preprocessing preprocessing = Preprocessing;
        Photo photo = ImageFile.Read(file.Path);
        (float[] input, InputPlacement placement) = preprocessing.Apply(photo);
        return (Numbers.Create(input, [(nint)1, preprocessing.Channels, preprocessing.Height, preprocessing.Width]), photo, placement);
    }

    /// <summary>A class's name; its number where the model has no labels.</summary>
    public string NameOf(int index) => Model.Labels is { } labels && index < labels.Count ? labels[index] : $"class {index}";

    /// <summary>The class that an argument of --class names.</summary>
    public int FindClass(string argument, int classes)
    {
        int index;
        if (Model.Labels is { } labels) index = labels.Find(argument);
        else if (!int.TryParse(argument, out index))
            throw new NetVizException($"class '{argument}': the model has no class names", "name the class by its number, or give names with --labels");
        return index >= 0 && index < classes
            ? index
            : throw new NetVizException($"class {index} does not exist; the network has {classes} classes, 0 to {classes - 1}");
    }

    public void Dispose()
    {
        Prepared.Dispose();
        Model.Dispose();
    }
}
