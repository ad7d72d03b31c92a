namespace NetViz.Engine.Files;

/// <summary>
/// The kinds of files that netviz writes. The mark of its kind distinguishes an earlier result from a user's file.
/// </summary>
public enum ResultKind
{
    /// <summary>A picture of a result, PNG: its first chunk is a text "Software: NetViz".</summary>
    Picture,

    /// <summary>
    /// A sample, an input for commands, PNG: its first chunk is "Software: NetViz scene".
    /// </summary>
    Scene,

    /// <summary>An animation, WebP: its last chunk is NVIZ.</summary>
    Animation,

    /// <summary>A drawing, SVG: a comment near its beginning says that NetViz made it.</summary>
    Drawing,

    /// <summary>A page on paper, PDF: its last line is a comment, %NetViz.</summary>
    Document,

    /// <summary>Arrays, .npz: the first of them is netviz.npy.</summary>
    Arrays,

    /// <summary>An array, .npy: the padding of its header begins with a tab.</summary>
    Array,

    /// <summary>A report, JSON: its first member is "netviz", the version.</summary>
    Json,

    /// <summary>A page, HTML: "NetViz" is its generator.</summary>
    Page,

    /// <summary>A chapter, Markdown: its last line is a comment that says so.</summary>
    Chapter,

    /// <summary>A table, comma-separated values: its heading is that of netviz evaluate or of summary.csv.</summary>
    Table,

    /// <summary>A model, ONNX: "NetViz" is its producer.</summary>
    Model,

    /// <summary>A forward record, a zip archive: its first member is record.json.</summary>
    Record,

    /// <summary>The checkpoint of a training: it begins with "NetVizCk".</summary>
    Checkpoint,

    /// <summary>The log of a training, a JSON object a line: the first is that of an epoch.</summary>
    TrainingLog,

    /// <summary>A script for a cluster: its second line is "# Written by netviz cluster.".</summary>
    Script,
}
