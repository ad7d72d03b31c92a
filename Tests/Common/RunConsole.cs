using System.Globalization;
using System.Text;

namespace NetViz.Tests.Common;

/// <summary>
/// A console stream of this process in which each run of the command line writes to a text of its own, so that runs of several
/// fixtures do not mix. What no run writes goes to the stream that was there.
/// </summary>
internal sealed class RunConsole : TextWriter
{
    private static readonly RunConsole Output = new(Console.Out), Error = new(Console.Error);

    // Follows the run into the tasks and threads that it starts.
    private readonly AsyncLocal<StringWriter?> _text = new();
    private readonly TextWriter _outside;

    static RunConsole()
    {
        Console.SetOut(Output);
        Console.SetError(Error);
    }

    private RunConsole(TextWriter outside)
        : base(CultureInfo.InvariantCulture) => _outside = outside;

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    private TextWriter Target => _text.Value ?? _outside;

    /// <summary>Runs a program and returns its exit code and what it wrote to standard output and standard error.</summary>
    /// <param name="program">The program.</param>
    public static (int ExitCode, string Out, string Error) Capture(Func<int> program)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture), error = new(CultureInfo.InvariantCulture);
        (Output._text.Value, Error._text.Value) = (output, error);
        try
        {
            return (program(), output.ToString(), error.ToString());
        }
        finally
        {
            (Output._text.Value, Error._text.Value) = (null, null);
        }
    }

    /// <inheritdoc/>
    public override void Write(char value) => Target.Write(value);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Target.Write(buffer, index, count);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => Target.Write(buffer);

    /// <inheritdoc/>
    public override void Write(string? value) => Target.Write(value);

    /// <inheritdoc/>
    public override void Flush() => Target.Flush();
}
