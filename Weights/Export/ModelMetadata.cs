using System.Text.Json;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Weights.ClassLabels;
using NetViz.Weights.InputPreprocessing;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Export;

/// <summary>
/// What an ONNX file can carry beside its network: entries of <c>metadata_props</c>, all of them JSON, which every other
/// reader passes over.
/// <list type="table">
/// <item><term><c>netviz.preprocessing</c></term><description>a preset's name or an object, as under "preprocessing" in a
/// side-car MODEL.netviz.json</description></item>
/// <item><term><c>netviz.labels</c></term><description>an array of the classes' names, in the order of the
/// scores</description></item>
/// <item><term><c>netviz.mean</c></term><description>the mean of the training set in samples of 0 .. 255: an array of one
/// number a channel, or {"shape": [C, H, W], "data": base64 of little-endian float32}</description></item>
/// </list>
/// They count after an option and a side-car, and before the table of known files.
/// </summary>
public sealed record ModelMetadata
{
    private const string PreprocessingKey = "netviz.preprocessing", LabelsKey = "netviz.labels", MeanKey = "netviz.mean";

    // Names in other alphabets stay readable in the file.
    private static readonly WeightsJson Readable = new(new JsonSerializerOptions { Encoder = PlainEncoder.Instance });

    /// <summary>How photographs become inputs; null where that is not known.</summary>
    public PreprocessingSettings? Preprocessing { get; init; }

    /// <summary>The classes' names; null where they are not known.</summary>
    public Labels? Labels { get; init; }

    /// <summary>The training set's mean; null where it is not known.</summary>
    public TrainingMean? TrainingMean { get; init; }

    /// <summary>The entries in which it is written.</summary>
    internal IEnumerable<StringStringEntryProto> Entries()
    {
        if (Preprocessing is not null) yield return Entry(PreprocessingKey, PreprocessingJson.Of(Preprocessing));
        if (Labels is not null) yield return Entry(LabelsKey, JsonSerializer.Serialize(Labels.ToArray(), Readable.StringArray));
        if (TrainingMean is not null) yield return Entry(MeanKey, TrainingMean.ToJson());

        static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };
    }

    /// <summary>Refuses what belongs to another network.</summary>
    /// <param name="image">Channels, rows and columns of the network's input; null for an input of another kind.</param>
    /// <param name="classes">Its classes.</param>
    /// <exception cref="NetVizException">Labels are more or fewer than classes, or a mean or preprocessing has other
    /// channels.</exception>
    internal void RequireFits((int Channels, int Height, int Width)? image, long classes)
    {
        if (Labels is not null && Labels.Count != classes)
            throw new NetVizException($"{Labels.Source} holds {Counted.Of(Labels.Count, "class name")}; the network has "
                + $"{Counted.Of(classes, "class")}",
                "one name for each is needed");
        if (TrainingMean is { Shape: var mean } && mean[0] != image?.Channels)
            throw new NetVizException($"the training-set mean {mean} has {Counted.Of(mean[0], "channel")}; "
                + (image is { } other ? $"the network's input has {other.Channels}" : "the network takes no images"));
        if (image is (1 or 3, var height, var width)) Preprocessing?.ForInput(image.Value.Channels, height, width, "metadata");
    }

    /// <summary>Reads a model's preprocessing; null where it carries none.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Its file, for errors.</param>
    internal static PreprocessingSettings? PreprocessingOf(ModelProto model, string path) =>
        Read(model, PreprocessingKey, path, ModelFacts.ReadPreprocessing);

    /// <summary>Reads a model's class names; null where it carries none.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Its file, for errors and as the names' source.</param>
    internal static Labels? LabelsOf(ModelProto model, string path) => Read(model, LabelsKey, path, (json, where) =>
    {
        // No file's name, as a side-car may have it: a model from a stranger must not choose which files are read.
        if (json.ValueKind != JsonValueKind.Array || json.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String))
            throw new NetVizException($"{where} is no array of names", "other names come from `Labels` or a side-car");
        return Labels.Of(json.EnumerateArray().Select(name => name.GetString()!), $"{path} ({LabelsKey})");
    });

    /// <summary>Reads a model's training-set mean; null where it carries none.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Its file, for errors.</param>
    /// <param name="channels">The channels of its input.</param>
    internal static TrainingMean? TrainingMeanOf(ModelProto model, string path, int channels) =>
        Read(model, MeanKey, path, (json, where) =>
        {
            TrainingMean mean = TrainingMean.Read(json, where);
            return mean.Shape[0] == channels
                ? mean
                : throw new NetVizException(
                    $"{where}, {mean.Shape}, has {Counted.Of(mean.Shape[0], "channel")}; the model's input has {channels}");
        });

    private static T? Read<T>(ModelProto model, string key, string path, Func<JsonElement, string, T> read) where T : class
    {
        if (model.MetadataProps.FirstOrDefault(entry => entry.Key == key) is not { } entry) return null;
        string where = $"{path}: its metadata '{key}'";
        try
        {
            using JsonDocument document = StrictJson.Parse(entry.Value);
            return read(document.RootElement, where);
        }
        catch (JsonException e)
        {
            throw new NetVizException($"{where} is not valid JSON: {e.Message}", inner: e);
        }
        catch (NetVizException e) when (!e.Message.StartsWith(where, StringComparison.Ordinal))
        {
            throw new NetVizException($"{where}: {e.Message}", inner: e);
        }
    }
}
