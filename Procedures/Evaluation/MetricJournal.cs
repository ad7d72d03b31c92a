using NetViz.Engine;

namespace NetViz.Procedures;

/// <summary>
/// What a long evaluation has measured so far, in a file beside the table: a <see cref="LineJournal{T}"/> with a line a picture.
/// </summary>
internal sealed class MetricJournal : IDisposable
{
    private const string Command = "evaluate";

    private readonly LineJournal<MeasuredPicture> _lines;

    private MetricJournal(LineJournal<MeasuredPicture> lines) => _lines = lines;

    /// <summary>The pictures that an earlier run measured.</summary>
    public IReadOnlyList<MeasuredPicture> Found => _lines.Found;

    /// <summary>Whether there was a file of another measurement, which is gone now.</summary>
    public bool WasOther => _lines.WasOther;

    /// <summary>
    /// Tells before the work whether the journal's file may be written: one that netviz evaluate did not begin may not.
    /// </summary>
    /// <param name="output">The table.</param>
    /// <exception cref="NetVizException">There is something else of its name.</exception>
    public static void Check(string output) => LineJournal<MeasuredPicture>.Check(PathOf(output), Command);

    /// <summary>Opens the journal of a measurement.</summary>
    /// <param name="output">The table.</param>
    /// <param name="key">All that the numbers depend on.</param>
    /// <param name="values">Numbers a picture.</param>
    /// <exception cref="NetVizException">The file cannot be written, is no journal, or was changed by somebody else.</exception>
    public static MetricJournal Open(string output, string key, int values) =>
        new(LineJournal<MeasuredPicture>.Open(PathOf(output), Command, key,
            picture => picture.Name is not null && picture.Values?.Length == values));

    /// <summary>Adds pictures; after this they survive the end of the program.</summary>
    public void Write(IReadOnlyList<MeasuredPicture> pictures) => _lines.Write(pictures);

    /// <summary>Removes the file, everything being in its place.</summary>
    public void Finish() => _lines.Finish();

    public void Dispose() => _lines.Dispose();

    /// <summary>The first line of a measurement's journal.</summary>
    internal static string HeadOf(string key) => LineJournal<MeasuredPicture>.HeadOf(Command, key);

    /// <summary>The check of a line behind the one before it.</summary>
    internal static string CheckOf(string before, string json) => LineJournal<MeasuredPicture>.CheckOf(before, json);

    private static string PathOf(string output) => $"{output}.part";
}
