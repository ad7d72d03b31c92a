using System.Text.Json;

namespace NetViz.Tests.Common;

/// <summary>What Tests/Fixtures/Zoo/zoo.json says of one file; see builder.py beside it.</summary>
internal sealed record ZooEntry(string File, string Exporter, string Form, string Mirrors, string Expectation)
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Texts that the refusal has to contain.</summary>
    public string[] Refusal { get; init; } = [];

    /// <summary>Whether the file itself allows a single image only.</summary>
    public bool FixedBatch { get; init; }

    /// <summary>Names of layers that must be found.</summary>
    public string[] Layers { get; init; } = [];

    /// <summary>The input's layout, NCHW or NHWC.</summary>
    public string Layout { get; init; } = "";

    /// <summary>Columns and rows for an input that leaves them open.</summary>
    public int[]? Size { get; init; }

    /// <summary>The file with the same network that ONNX Runtime runs in this one's stead.</summary>
    public string? Twin { get; init; }

    /// <summary>Why it does not run this one.</summary>
    public string? WhyTwin { get; init; }

    /// <summary>All files of the zoo.</summary>
    public static ZooEntry[] All { get; } = JsonSerializer.Deserialize<ZooEntry[]>(
        System.IO.File.ReadAllBytes(PathOf("zoo.json")), Options)!;

    /// <summary>The path of a file of the zoo.</summary>
    public static string PathOf(string file) => RepositoryRoot.File(["Tests", "Fixtures", "Zoo", .. file.Split('/')]);

    public override string ToString() => File;
}
