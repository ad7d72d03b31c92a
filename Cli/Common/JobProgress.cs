using System.Runtime.InteropServices;
using Spectre.Console;

namespace NetViz.Cli.Common;

/// <summary>
/// A progress bar on standard error for work that takes over a second; none where standard error is no terminal or
/// --quiet was given.
/// </summary>
internal sealed class JobProgress
{
    private static JobProgress? _running;

    private double _done;
    private string? _note;

    private JobProgress()
    {
    }

    /// <summary>Tells how much is done, from 0 to the total.</summary>
    public void Report(double done) => Volatile.Write(ref _done, done);

    /// <summary>Tells what is waited for; null for nothing.</summary>
    public void Note(string? note) => Volatile.Write(ref _note, note);

    /// <summary>The same for whatever bar is shown now, for what does not know it.</summary>
    public static void NoteInRunning(string? note) => Volatile.Read(ref _running)?.Note(note);

    /// <summary>Runs work and shows how far it is.</summary>
    /// <param name="title">What is going on.</param>
    /// <param name="total">The amount at the end; 0 where nobody knows.</param>
    /// <param name="quiet">Whether to show nothing.</param>
    /// <param name="work">The work.</param>
    public static T Run<T>(string title, double total, bool quiet, Func<JobProgress, T> work)
    {
        var progress = new JobProgress();
        if (quiet || Console.IsErrorRedirected) return work(progress);
        using var ended = new ManualResetEventSlim();
        JobProgress? outer = Interlocked.Exchange(ref _running, progress);
        var shown = Task.Run(() =>
        {
            if (!ended.Wait(TimeSpan.FromSeconds(1))) progress.Show(title, total, ended);
        });
        try
        {
            return work(progress);
        }
        finally
        {
            Volatile.Write(ref _running, outer);
            ended.Set();
            shown.Wait();
        }
    }

    private void Show(string title, double total, ManualResetEventSlim ended)
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
            while (!ended.Wait(TimeSpan.FromMilliseconds(100)))
            {
                task.Value = Volatile.Read(ref _done);
                task.Description = Markup.Escape(Printable.Line(
                    Volatile.Read(ref _note) is { } note ? $"{title} ({note})" : title));
            }
        });
    }
}
