using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using NetViz.Engine;

namespace NetViz.Training;

/// <summary>
/// All that decides what network comes out of a training set: as a file it is a JSON object of these members in camelCase.
/// A member that is left out has its default, those of "augmentation" 0 or none; one that is unknown is an error.
/// </summary>
public sealed record TrainingConfig
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        WriteIndented = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WithoutDataOfPictures } },
    };

    /// <summary>The network's layers; its classes are those of the pictures where they are 0.</summary>
    public VggArchitecture Architecture { get; init; } = VggArchitecture.OfWidth(32);

    /// <summary>How often every picture is seen.</summary>
    public int Epochs { get; init; } = 40;

    /// <summary>Pictures of a step.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>The learning rate at the end of the warm-up.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>The learning rate towards which it falls.</summary>
    public double FinalLearningRate { get; init; } = 0.0001;

    /// <summary>Epochs over which the learning rate rises; parts of one count.</summary>
    public double WarmupEpochs { get; init; } = 2;

    /// <summary>The momentum of <see cref="Sgd"/>.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether steps follow Nesterov's rule.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>The factor of the L2 penalty; biases have none.</summary>
    public double WeightDecay { get; init; } = 0.0005;

    /// <summary>The part of a target that is spread over all classes.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>The longest gradient; 0 for no clipping.</summary>
    public double Clip { get; init; } = 5;

    /// <summary>
    /// a of mixup (Zhang et al., arXiv 1710.09412): pictures of a batch are mixed in pairs, and their targets, by a number of
    /// the distribution Beta(a, a); 0 for no mixing.
    /// </summary>
    public double Mixup { get; init; }

    /// <summary>The decay of <see cref="WeightAverage"/>, which is then what is evaluated and exported; 0 for none.</summary>
    public double AverageDecay { get; init; }

    /// <summary>
    /// How pictures vary. Mean and deviation are measured on the training pictures, the size is the network's: none of them is
    /// part of the file.
    /// </summary>
    public Augmentation Augmentation { get; init; } = new()
    {
        Mean = [0, 0, 0], Deviation = [1, 1, 1], Padding = 6, Flip = 0.5, Brightness = 0.3, Contrast = 0.3, Saturation = 0.3,
    };

    /// <summary>Decides the first weights, the order of the pictures, their variations and dropout.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Pictures held out of the training set, to choose by; 0 for none.</summary>
    public int HeldOut { get; init; }

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">A JSON object.</param>
    /// <param name="where">Its file, for errors.</param>
    /// <exception cref="NetVizException">It is no JSON, a member is unknown or of the wrong kind, or a number is out of its
    /// range.</exception>
    public static TrainingConfig Parse(string json, string where)
    {
        try
        {
            TrainingConfig? config = JsonSerializer.Deserialize<TrainingConfig>(json, Json);
            return config is { Architecture: not null, Augmentation: not null }
                ? config.Validated()
                : throw new NetVizException(
                    "a training configuration, its architecture and its augmentation are objects, not null");
        }
        catch (JsonException e)
        {
            bool unknown = e.Message.Contains("could not be mapped", StringComparison.Ordinal);
            throw new NetVizException(
                unknown
                    ? $"{where}: there is no member \"{e.Path?.TrimStart('$', '.')}\""
                    : $"{where} is no training configuration: {FirstSentence(e.Message)} at {e.Path}, line {e.LineNumber + 1}",
                unknown ? "known are " + string.Join(", ", Members()) : null, e);
        }
        catch (NetVizException e)
        {
            throw new NetVizException($"{where}: {e.Message}", inner: e);
        }
    }

    /// <summary>The configuration as JSON, every member written out.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>The configuration itself, once its numbers are found to be in their ranges.</summary>
    /// <exception cref="NetVizException">One is not.</exception>
    public TrainingConfig Validated()
    {
        Within("epochs", Epochs, 1, 100_000);
        Within("batch", Batch, 1, 65536);
        Within("learningRate", LearningRate, 0, 1000);
        Within("finalLearningRate", FinalLearningRate, 0, LearningRate);
        Within("warmupEpochs", WarmupEpochs, 0, Epochs);
        Within("momentum", Momentum, 0, 0.9999);
        Within("weightDecay", WeightDecay, 0, 1);
        Within("labelSmoothing", LabelSmoothing, 0, 0.99);
        Within("clip", Clip, 0, double.MaxValue);
        Within("mixup", Mixup, 0, 1);
        Within("averageDecay", AverageDecay, 0, 0.999999);
        Within("heldOut", HeldOut, 0, int.MaxValue);
        (Architecture with { Classes = Architecture.Classes == 0 ? 2 : Architecture.Classes }).Validate();
        if (Architecture.InputChannels != 3)
            throw new NetVizException($"\"inputChannels\" is {Architecture.InputChannels}; pictures have 3 channels, RGB");
        return this;
    }

    /// <summary>The configuration for pictures: with their number of classes.</summary>
    /// <exception cref="NetVizException">It names another number of classes.</exception>
    public TrainingConfig For(IReadOnlyList<string> classNames)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        if (Architecture.Classes != 0 && Architecture.Classes != classNames.Count)
            throw new NetVizException($"the architecture has {Counted.Of(Architecture.Classes, "class")}, the pictures have "
                + $"{classNames.Count}", "leave \"classes\" out, and it is as many as the pictures have");
        return this with { Architecture = Architecture with { Classes = classNames.Count } };
    }

    /// <summary>The names of the members, in which two configurations differ, each with both values.</summary>
    /// <param name="other">The other.</param>
    public IEnumerable<string> DifferencesFrom(TrainingConfig other)
    {
        ArgumentNullException.ThrowIfNull(other);
        JsonElement own = JsonSerializer.SerializeToElement(this, Json), others = JsonSerializer.SerializeToElement(other, Json);
        return Differences("", own, others);
    }

    private static IEnumerable<string> Differences(string prefix, JsonElement own, JsonElement others)
    {
        foreach (JsonProperty member in own.EnumerateObject())
        {
            JsonElement value = others.GetProperty(member.Name);
            if (JsonElement.DeepEquals(member.Value, value)) continue;
            if (value.ValueKind == JsonValueKind.Object)
            {
                foreach (string difference in Differences($"{member.Name}.", member.Value, value)) yield return difference;
            }
            else
            {
                yield return $"{prefix}{member.Name} {Plain(member.Value)} and {Plain(value)}";
            }
        }

        static string Plain(JsonElement value) => JsonSerializer.Serialize(value);
    }

    private static void Within(string name, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
            throw new NetVizException(most is double.MaxValue or int.MaxValue
                ? $"\"{name}\" is {value}; at least {least} is supported"
                : $"\"{name}\" is {value}; {least} to {most} is supported");
    }

    private static string FirstSentence(string message) => message.Split(". ")[0].TrimEnd('.');

    private static IEnumerable<string> Members() =>
        typeof(TrainingConfig).GetProperties().Select(member => JsonNamingPolicy.CamelCase.ConvertName(member.Name));

    // What follows from the pictures and the network is no choice.
    private static void WithoutDataOfPictures(JsonTypeInfo type)
    {
        if (type.Type != typeof(Augmentation)) return;
        for (int i = type.Properties.Count - 1; i >= 0; i--)
        {
            if (type.Properties[i].Name is "mean" or "deviation" or "width" or "height") type.Properties.RemoveAt(i);
        }
    }
}
