using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Procedures;

/// <summary>
/// What a part of a run leaves for <see cref="Shards.Merge"/>: its manifest, which tells what was run on which pictures, and its
/// rows. It lies beside the part's results.
/// </summary>
internal sealed record ShardFile
{
    /// <summary>What the name of such a file ends with.</summary>
    public const string Ending = ".shard";

    private static readonly JsonSerializerOptions Json = new()
    {
        TypeInfoResolver = JsonReflection.Resolver,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = PlainEncoder.Instance,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        IncludeFields = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The command: evaluate, reconstruct or saliency.</summary>
    public required string Command { get; init; }

    /// <summary>Which part, from 1.</summary>
    public required int Index { get; init; }

    /// <summary>How many parts.</summary>
    public required int Count { get; init; }

    /// <summary>The number of the part's first picture, from 0.</summary>
    public required int First { get; init; }

    /// <summary>The number behind its last picture.</summary>
    public required int End { get; init; }

    /// <summary>Pictures of the whole run.</summary>
    public required int Total { get; init; }

    /// <summary>Pictures that could be read.</summary>
    public required int Read { get; init; }

    /// <summary>The SHA-256 of the model's file.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>The SHA-256 of the list of pictures: names, classes, boxes.</summary>
    public required string DataSha256 { get; init; }

    /// <summary>The SHA-256 of all settings that the numbers depend on.</summary>
    public required string OptionsSha256 { get; init; }

    /// <summary>The version of NetViz.</summary>
    public required string Version { get; init; }

    /// <summary>What computed.</summary>
    public required string Device { get; init; }

    /// <summary>Where the pictures lie.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>The model and how it is computed.</summary>
    public required ModelOptions Model { get; init; }

    /// <summary>The options of the command.</summary>
    public required JsonElement Options { get; init; }

    /// <summary>The pictures that cannot be read.</summary>
    public required IReadOnlyList<BrokenPicture> Broken { get; init; }

    /// <summary>The command line of the whole run, for the results of a merge; null where a program called.</summary>
    public CommandRecord? Invocation { get; init; } = CommandRecord.Current;

    /// <summary>The SHA-256 of the part's table; null if it writes none.</summary>
    public string? TableSha256 { get; init; }

    /// <summary>The rows, as the command measures them.</summary>
    public required IReadOnlyList<JsonElement> Rows { get; init; }

    /// <summary>The file that was read, for messages.</summary>
    [JsonIgnore]
    public string Path { get; init; } = "";

    /// <summary>The part.</summary>
    [JsonIgnore]
    public Shard Shard => new(Index, Count);

    /// <summary>A value as a manifest holds it.</summary>
    public static JsonElement Element<T>(T value) => JsonSerializer.SerializeToElement(value, Json);

    /// <summary>A value of a manifest.</summary>
    /// <exception cref="NetVizException">It is not of the type.</exception>
    public T Value<T>(JsonElement element) => ValueOf<T>(element, Path);

    /// <summary>A value of a file that NetViz wrote.</summary>
    /// <exception cref="NetVizException">It is not of the type.</exception>
    public static T ValueOf<T>(JsonElement element, string path)
    {
        try
        {
            return element.Deserialize<T>(Json)
                ?? throw new NetVizException($"{path} holds null where {typeof(T).Name} is wanted", "make the file again");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new NetVizException($"{path} does not hold what NetViz wrote: {error.Message}", "make the file again", error);
        }
    }

    /// <summary>The SHA-256 of a text, as hexadecimal digits.</summary>
    public static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>The SHA-256 of a file.</summary>
    public static string HashOfFile(string path)
    {
        using FileStream stream = UntrustedFile.Open(path, FileKind.Shard);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Write(string path) => OutputFile.Write(path, ResultKind.Json, JsonSerializer.SerializeToUtf8Bytes(this, Json));

    /// <summary>Reads a file.</summary>
    /// <exception cref="NetVizException">It is missing, cannot be read, or is none.</exception>
    public static ShardFile ReadFrom(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<ShardFile>(UntrustedFile.ReadBytes(path, FileKind.Shard), Json) is { } read
                && read.Index >= 1 && read.Index <= read.Count && read.Shard.RangeOf(read.Total) == (read.First, read.End)
                ? read with { Path = path }
                : throw new NetVizException($"{path} is no manifest of a shard: its part and its pictures contradict each other");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new NetVizException($"{path} is no manifest of a shard: {error.Message}", "run the shard again", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path} cannot be read: {error.Message}", inner: error);
        }
    }
}
