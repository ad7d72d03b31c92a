using System.Collections.Immutable;
using System.Text.Json;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Weights.ClassLabels;

namespace NetViz.Weights.InputPreprocessing;

/// <summary>
/// What a model's file does not say about it, read from JSON: a side-car MODEL.netviz.json beside the model, a file given
/// by option, or an entry of the table of known files. All members may be left out:
/// <code>
/// {
///   "preprocessing": "caffe",                   a preset's name, or an object:
///   "preprocessing": {
///     "preset": "torchvision",                  where to start from; else RGB or grey, divisor 255, mean 0, deviation 1, crop
///     "channels": "RGB",                        RGB, BGR or grey
///     "divisor": 255,                           255: samples from 0 to 1; 1: samples from 0 to 255
///     "mean": [0.485, 0.456, 0.406],            subtracted next; one number, or one for each channel in the network's order
///     "deviation": [0.229, 0.224, 0.225],       divided by last; likewise
///     "resize": "crop",                         crop (proportions kept) or warp (stretched); a centre crop follows either
///     "resizeTo": 256,                          a number or [width, height]; else 256 for 224, see the documentation
///     "size": 224                               a number or [width, height]: the input's size where the model leaves it open
///   },
///   "labels": "imagenet"                        "imagenet", a file's name relative to this folder, or an array of names
/// }
/// </code>
/// </summary>
internal sealed class ModelFacts
{
    private const float WhiteSample = 255;

    /// <summary>The preprocessing, or null.</summary>
    public PreprocessingSettings? Preprocessing { get; init; }

    /// <summary>The class names, or null.</summary>
    public Labels? Labels { get; init; }

    /// <summary>The side-car of a model: its path with .netviz.json in place of the extension.</summary>
    public static string SideCarOf(string modelPath) => Path.ChangeExtension(modelPath, ".netviz.json");

    /// <summary>Reads a file.</summary>
    /// <exception cref="NetVizException">It is missing, is no JSON, or has members that mean nothing here.</exception>
    public static ModelFacts Read(string path)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(UntrustedFile.ReadText(path, FileKind.SideCar));
            return Of(document.RootElement, path);
        }
        catch (JsonException e)
        {
            throw new NetVizException($"{path} is not valid JSON: {e.Message}", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path} cannot be read: {e.Message}", inner: e);
        }
    }

    /// <summary>Takes the facts from JSON.</summary>
    /// <param name="json">An object as described above.</param>
    /// <param name="where">The file, for errors and as the place from which label files are named.</param>
    public static ModelFacts Of(JsonElement json, string where)
    {
        PreprocessingSettings? preprocessing = null;
        Labels? labels = null;
        foreach (JsonProperty member in Members(json, where))
        {
            switch (member.Name)
            {
                case "preprocessing": preprocessing = ReadPreprocessing(member.Value, where); break;
                case "labels": labels = ReadLabels(member.Value, where); break;
                case "name" or "model" or "opset" or "path" or "sha256" or "bytes": break;
                default: throw Unknown(member, where, "preprocessing and labels");
            }
        }

        return new ModelFacts { Preprocessing = preprocessing, Labels = labels };
    }

    /// <summary>Takes the preprocessing from JSON: what stands under "preprocessing" above.</summary>
    /// <param name="json">A preset's name, or an object.</param>
    /// <param name="where">The file, for errors.</param>
    public static PreprocessingSettings ReadPreprocessing(JsonElement json, string where)
    {
        if (json.ValueKind == JsonValueKind.String) return PreprocessingPresets.Find(json.GetString()!);
        var settings = new PreprocessingSettings();
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("preset", out JsonElement preset))
            settings = PreprocessingPresets.Find(Text(preset, "preset", where)) with { Name = "custom" };
        foreach (JsonProperty member in Members(json, where))
        {
            JsonElement value = member.Value;
            settings = member.Name switch
            {
                "preset" => settings,
                "channels" => settings with { Order = Choice<ChannelOrder>(value, "channels", where) },
                "divisor" => settings with { Divisor = Numbers(value, "divisor", 1, where, positive: true)[0] },
                "mean" => settings with { Mean = Numbers(value, "mean", 3, where) },
                "deviation" => settings with { Deviation = Numbers(value, "deviation", 3, where, positive: true) },
                "resize" => settings with { Mode = Choice<ResizeMode>(value, "resize", where) },
                "resizeTo" => settings with { ResizeTo = Pair(value, "resizeTo", where) },
                "size" => settings with { Size = Pair(value, "size", where) },
                _ => throw Unknown(member, where, "preset, channels, divisor, mean, deviation, resize, resizeTo and size"),
            };
        }

        RequireConsistent(settings, where);
        return settings;
    }

    // Members that each make sense and contradict each other.
    private static void RequireConsistent(PreprocessingSettings settings, string where)
    {
        float largest = WhiteSample / settings.Divisor;
        if (settings.Mean.Any(mean => Math.Abs(mean) > largest))
        {
            throw new NetVizException($"{where}: \"mean\" is [{NumberText.List(settings.Mean)}], and with \"divisor\" "
                + $"{settings.Divisor} samples go from 0 to {largest}",
                "the divisor is 1 where the mean counts from 0 to 255");
        }

        if (settings.Order == ChannelOrder.Grey && (settings.Mean.Length > 1 || settings.Deviation.Length > 1))
            throw new NetVizException($"{where}: \"channels\" is grey, and \"mean\" or \"deviation\" has numbers for several");
        if (settings is { Size: { } size, ResizeTo: { } resize } && (resize.Width < size.Width || resize.Height < size.Height))
        {
            throw new NetVizException($"{where}: \"resizeTo\" is {resize.Width}x{resize.Height}, from which no \"size\" of "
                + $"{size.Width}x{size.Height} can be cut");
        }
    }

    private static Labels ReadLabels(JsonElement json, string where)
    {
        if (json.ValueKind == JsonValueKind.Array)
            return Labels.Of([.. json.EnumerateArray().Select(name => Text(name, "labels", where))], where);
        string text = Text(json, "labels", where);
        return text.Equals("imagenet", StringComparison.OrdinalIgnoreCase)
            ? Labels.ImageNet
            : Labels.Read(Onnx.ModelFolder.Resolve(where, text, where));
    }

    private static JsonElement.ObjectEnumerator Members(JsonElement json, string where) => json.ValueKind == JsonValueKind.Object
        ? json.EnumerateObject()
        : throw new NetVizException($"{where}: an object {{...}} is needed where {Shortened(json)} stands");

    private static string Text(JsonElement json, string name, string where) =>
        json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Wrong(json, name, where, "text");

    private static T Choice<T>(JsonElement json, string name, string where) where T : struct, Enum =>
        Enum.TryParse(Text(json, name, where), ignoreCase: true, out T value) && Enum.IsDefined(value)
            ? value
            : throw Wrong(json, name, where, $"one of {string.Join(", ", Enum.GetNames<T>())}");

    private static ImmutableArray<float> Numbers(JsonElement json, string name, int most, string where, bool positive = false)
    {
        JsonElement[] elements = json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : [json];
        bool good = elements.Length >= 1 && elements.Length <= most && elements.All(e => e.ValueKind == JsonValueKind.Number);
        ImmutableArray<float> numbers = good ? [.. elements.Select(element => element.GetSingle())] : [];
        return good && numbers.All(number => float.IsFinite(number) && (!positive || number > 0))
            ? numbers
            : throw Wrong(json, name, where,
                $"{(positive ? "a positive number" : "a number")}{(most > 1 ? $" or an array of up to {most}" : "")}");
    }

    private static (int, int) Pair(JsonElement json, string name, string where)
    {
        JsonElement[] elements = json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : [json, json];
        int[] numbers = [.. elements.Select(e => e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out int n) ? n : 0)];
        return numbers is [> 0, > 0]
            ? (numbers[0], numbers[1])
            : throw Wrong(json, name, where, "a positive whole number or [width, height]");
    }

    private static string Shortened(JsonElement json) =>
        json.GetRawText() is { Length: > 80 } text ? text[..80] + "..." : json.GetRawText();

    private static NetVizException Wrong(JsonElement json, string name, string where, string needed) =>
        new($"{where}: \"{name}\" is {Shortened(json)}; {needed} is needed");

    private static NetVizException Unknown(JsonProperty member, string where, string known) =>
        new($"{where}: there is no member \"{member.Name}\" here", $"known are {known}");
}
