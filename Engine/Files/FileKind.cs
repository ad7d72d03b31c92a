namespace NetViz.Engine.Files;

/// <summary>
/// A kind of file that the program reads, with the most bytes that such a file may have. A file's length is compared with it
/// before anything of the file is read.
/// </summary>
/// <param name="Name">What messages call it.</param>
/// <param name="MaxBytes">The most bytes.</param>
public sealed record FileKind(string Name, long MaxBytes)
{
    private const long MB = 1_000_000, GB = 1000 * MB, TB = 1000 * GB;

    /// <summary>Gets the kind of an ONNX model: a protobuf message, so 2 GB at most.</summary>
    public static FileKind Model { get; } = new("an ONNX model", int.MaxValue)
    {
        Hint = "weights beyond that belong into external data files",
    };

    /// <summary>Gets the kind of a file beside a model that holds values of its initializers.</summary>
    public static FileKind ExternalData { get; } = new("external data", TB);

    /// <summary>Gets the kind of a file that holds a single tensor message.</summary>
    public static FileKind Tensor { get; } = new("a tensor message", int.MaxValue);

    /// <summary>Gets the kind of any file that is only hashed or copied block by block.</summary>
    public static FileKind Hashed { get; } = new("a file", TB);

    /// <summary>Gets the kind of a picture.</summary>
    public static FileKind Picture { get; } = new("a picture", GB);

    /// <summary>Gets the kind of a NumPy array: the longest array of float64, and a header.</summary>
    public static FileKind Array { get; } = new("an array", 8L * System.Array.MaxLength + MB);

    /// <summary>Gets the kind of a side-car: preprocessing and the names of classes.</summary>
    public static FileKind SideCar { get; } = new("a side-car", 16 * MB);

    /// <summary>Gets the kind of a file of class names.</summary>
    public static FileKind Labels { get; } = new("a file of class names", 16 * MB);

    /// <summary>Gets the kind of a file of backward rules.</summary>
    public static FileKind Rules { get; } = new("a file of rules", MB);

    /// <summary>Gets the kind of a catalogue of models.</summary>
    public static FileKind Catalogue { get; } = new("a catalogue", 16 * MB);

    /// <summary>Gets the kind of a chapter's source.</summary>
    public static FileKind Chapter { get; } = new("a chapter", 16 * MB);

    /// <summary>Gets the kind of a command's JSON result.</summary>
    public static FileKind Result { get; } = new("a result", 64 * MB);

    /// <summary>Gets the kind of a training's configuration.</summary>
    public static FileKind Config { get; } = new("a configuration", MB);

    /// <summary>Gets the kind of a training's checkpoint.</summary>
    public static FileKind Checkpoint { get; } = new("a checkpoint", System.Array.MaxLength) { IsOwn = true };

    /// <summary>Gets the kind of the journal of a measurement.</summary>
    public static FileKind Journal { get; } = new("a journal", GB) { IsOwn = true };

    /// <summary>Gets the kind of a shard's manifest and table.</summary>
    public static FileKind Shard { get; } = new("a shard's file", 2 * GB) { IsOwn = true };

    /// <summary>Gets the kind of a partial download.</summary>
    public static FileKind Download { get; } = new("a download", TB) { IsOwn = true };

    /// <summary>Gets the kind of a record of a forward pass.</summary>
    public static FileKind Record { get; } = new("a record", 8 * GB);

    /// <summary>Gets the kind of an archive of pictures.</summary>
    public static FileKind Archive { get; } = new("an archive", TB);

    /// <summary>Gets the kind of a file of a labelled set, in a folder or an archive: a picture, a table or a list.</summary>
    public static FileKind OfSet { get; } = new("a file of a set", 64 * MB);

    /// <summary>Gets what the user can do about a longer file; null where there is nothing to advise.</summary>
    public string? Hint { get; init; }

    /// <summary>
    /// Gets whether the program itself writes such files and continues from them. They are not inputs that results must not
    /// replace.
    /// </summary>
    public bool IsOwn { get; init; }
}
