using System.Globalization;
using System.Text;
using NetViz.Procedures;

namespace NetViz.Cli.Common;

/// <summary>
/// Standard output or standard error for text: whatever a file, a name or a server put into a line, nothing of it commands the
/// terminal. <see cref="Program.Main"/> puts one before both streams, so that no text gets past it; the program's own control
/// sequences go to <see cref="Behind"/>.
/// </summary>
/// <param name="inner">The stream behind it.</param>
internal sealed class PrintableWriter(TextWriter inner) : TextWriter(CultureInfo.InvariantCulture)
{
    private static readonly Lock Installing = new();

    // Runs of one process share the filters: the first puts them in place, and the last takes them away.
    private static Installed? _installed;
    private static int _runs;

    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Puts a filter before standard output and standard error until the result is disposed.</summary>
    public static IDisposable Install()
    {
        lock (Installing)
        {
            _runs++;
            _installed ??= new Installed();
            return new Run();
        }
    }

    /// <summary>Gets the stream behind a writer that filters, else the writer itself.</summary>
    public static TextWriter Behind(TextWriter writer) => _installed?.Behind(writer) ?? writer;

    /// <inheritdoc/>
    public override void Write(char value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_lock)
        {
            int from = 0;
            for (int i = 0; i < buffer.Length; i++)
            {
                if (!Printable.IsHarmful(buffer, i) || buffer[i] is '\n' or '\t' || IsLineEnd(buffer, i)) continue;
                inner.Write(buffer[from..i]);
                inner.Write(Printable.Escape(buffer[i]));
                from = i + 1;
            }

            inner.Write(buffer[from..]);
        }
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value)
    {
        lock (_lock)
        {
            Write(value.AsSpan());
            inner.WriteLine();
        }
    }

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    // A carriage return on its own would let a text overwrite its line.
    private static bool IsLineEnd(ReadOnlySpan<char> text, int index) =>
        text[index] == '\r' && index + 1 < text.Length && text[index + 1] == '\n';

    /// <summary>The console's streams before and behind the filters; the console wraps a stream that it is given.</summary>
    private sealed class Installed
    {
        private readonly TextWriter _output = Console.Out, _error = Console.Error, _filteredOutput, _filteredError;

        public Installed()
        {
            Console.SetOut(new PrintableWriter(_output));
            Console.SetError(new PrintableWriter(_error));
            (_filteredOutput, _filteredError) = (Console.Out, Console.Error);
        }

        public TextWriter? Behind(TextWriter writer) =>
            ReferenceEquals(writer, _filteredOutput) ? _output : ReferenceEquals(writer, _filteredError) ? _error : null;

        public void Remove()
        {
            Console.SetOut(_output);
            Console.SetError(_error);
        }
    }

    /// <summary>One run that needs the filters.</summary>
    private sealed class Run : IDisposable
    {
        private bool _ended;

        public void Dispose()
        {
            lock (Installing)
            {
                if (_ended) return;
                _ended = true;
                if (--_runs > 0) return;
                _installed!.Remove();
                _installed = null;
            }
        }
    }
}
