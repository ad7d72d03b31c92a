using System.CommandLine;
using System.Runtime.InteropServices;
using NetViz.Procedures;
using Spectre.Console;

namespace NetViz.Cli.Common;

/// <summary>
/// The events of procedures on standard error: remarks as lines, and a progress bar for work that takes over a second, unless
/// standard error is no terminal or --quiet was given.
/// </summary>
/// <param name="quiet">Whether to show nothing.</param>
internal sealed class ConsoleProgress(bool quiet) : IProgress<ProcedureEvent>
{
    private readonly Stack<Bar?> _bars = [];

    /// <summary>For a command that was called so.</summary>
    public static ConsoleProgress Of(ParseResult parsed) => new(parsed.GetValue(CommonOptions.Quiet));

    /// <inheritdoc/>
    public void Report(ProcedureEvent value)
    {
        switch (value)
        {
            case WorkStarted started:
                _bars.Push(quiet || Console.IsErrorRedirected ? null : new Bar(started.Title, started.Total));
                break;
            case WorkAdvanced advanced when _bars.TryPeek(out Bar? bar):
                if (bar is not null) Volatile.Write(ref bar.Done, advanced.Done);
                break;
            case WorkNoted noted when _bars.TryPeek(out Bar? bar):
                if (bar is not null) Volatile.Write(ref bar.Note, noted.Text);
                break;
            case WorkEnded when _bars.TryPop(out Bar? bar):
                bar?.Dispose();
                break;
            case Remark remark when !quiet:
                if (remark.IsWarning) Output.Warn(remark.Text);
                else Output.Note(remark.Text);
                break;
        }
    }

    /// <summary>Does work of the command itself with a bar.</summary>
    /// <param name="title">What is done.</param>
    /// <param name="total">The amount; 0 where it is not known.</param>
    /// <param name="work">The work.</param>
    public T Do<T>(string title, double total, Func<ConsoleProgress, T> work)
    {
        Report(new WorkStarted(title, total));
        try
        {
            return work(this);
        }
        finally
        {
            Report(new WorkEnded());
        }
    }

    /// <summary>How much of the innermost work is done.</summary>
    public void Advance(double done) => Report(new WorkAdvanced(done));

    /// <summary>One bar, which a thread of its own draws.</summary>
    private sealed class Bar : IDisposable
    {
        private readonly ManualResetEventSlim _ended = new();
        private readonly Task _shown;

        public Bar(string title, double total) => _shown = Task.Run(() =>
        {
            if (!_ended.Wait(TimeSpan.FromSeconds(1))) Show(title, total);
        });

        public double Done;
        public string? Note;

        public void Dispose()
        {
            _ended.Set();
            _shown.Wait();
            _ended.Dispose();
        }

        private void Show(string title, double total)
        {
            IAnsiConsole console = TerminalOutput.OnError();
            // A signal ends the process before the bar is taken away, which hides the cursor.
            using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ =>
            {
                if (console.Profile.Capabilities.Ansi) PrintableWriter.Behind(Console.Error).Write("\e[?25h");
            });
            ProgressColumn[] columns = total > 0
                ? [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()]
                : [new SpinnerColumn(), new TaskDescriptionColumn(), new ElapsedTimeColumn()];
            console.Progress().AutoClear(true).Columns(columns).Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(Printable.Line(title)), maxValue: total > 0 ? total : 1);
                task.IsIndeterminate = total <= 0;
                while (!_ended.Wait(TimeSpan.FromMilliseconds(100)))
                {
                    task.Value = Volatile.Read(ref Done);
                    task.Description = Markup.Escape(Printable.Line(
                        Volatile.Read(ref Note) is { } note ? $"{title} ({note})" : title));
                }
            });
        }
    }
}
