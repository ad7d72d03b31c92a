using NetViz.Engine;
using NetViz.Engine.Imaging;

namespace NetViz.Procedures;

/// <summary>
/// Many pictures at once: while the network computes one, later ones are decoded and earlier ones drawn, encoded and written, on
/// all cores. The network's passes follow each other, and so do results: files and reports do not depend on the number of threads.
/// </summary>
/// <param name="job">What is the same for all pictures.</param>
/// <param name="look">How results look, and what is written.</param>
/// <param name="folder">Where they go.</param>
internal sealed class SaliencyPipeline(SaliencyJob job, Look look, string folder)
{
    // A picture in flight holds its pixels and its signals. This bounds how many wait before the network and after it.
    private static readonly int InFlight = Environment.ProcessorCount + 1;

    /// <summary>Receives each result in order, before it is written; null if not needed.</summary>
    public Action<InputFile, SaliencyResult>? Computed { get; init; }

    /// <summary>The side of the little pictures of each result; 0 for none.</summary>
    public int ThumbnailSide { get; init; }

    /// <summary>Computes and writes the results of all pictures.</summary>
    /// <param name="files">The pictures.</param>
    /// <param name="broken">Takes those that cannot be read.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="advance">Receives how many pictures are done.</param>
    /// <param name="token">Cancels it between pictures.</param>
    /// <returns>What each picture's .json holds, in order.</returns>
    /// <exception cref="NetVizException">No picture can be read, or a file cannot be written.</exception>
    public IReadOnlyList<WrittenPicture> Run(IReadOnlyList<InputFile> files, BrokenPictures broken,
        IProgress<ProcedureEvent>? progress = null, Action<int>? advance = null, CancellationToken token = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        using var slots = new SemaphoreSlim(InFlight);
        var read = new Queue<Task<ReadInput>>();
        var written = new List<Task<WrittenPicture>>();
        int next = 0, done = 0;
        try
        {
            for (int i = 0; i < files.Count; i++)
            {
                for (; next < files.Count && read.Count < InFlight; next++)
                {
                    InputFile file = files[next];
                    var run = new ProcedureRun(progress, stop.Token);
                    read.Enqueue(Task.Run(() => job.Read(file, run), stop.Token));
                }

                Task<ReadInput> input = read.Dequeue();
                if (written.Find(task => task.IsFaulted) is { } failed) failed.GetAwaiter().GetResult();
                broken.Try(files[i], () =>
                {
                    SaliencyResult result = job.Explain(input.GetAwaiter().GetResult());
                    Computed?.Invoke(files[i], result);
                    slots.Wait(stop.Token);
                    written.Add(Task.Run(() => Write(result, slots), stop.Token));
                });
                advance?.Invoke(++done);
            }

            return [.. written.Select(task => task.GetAwaiter().GetResult())];
        }
        catch
        {
            // What is under way comes to its end, so that nothing is half-written and nothing is used that is disposed.
            stop.Cancel();
            foreach (Task task in written.Cast<Task>().Concat(read)) Quietly(task);
            throw;
        }
    }

    private WrittenPicture Write(SaliencyResult result, SemaphoreSlim slots)
    {
        try
        {
            var writer = new ResultWriter(folder, look);
            SaliencyReport report = result.Write(writer);
            return new WrittenPicture(report, ThumbnailSide > 0 ? result.ThumbnailOf(ThumbnailSide, look) : null);
        }
        finally
        {
            slots.Release();
        }
    }

    private static void Quietly(Task task)
    {
        try
        {
            task.GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is OperationCanceledException or NetVizException or IOException or UnauthorizedAccessException)
        {
            // The first error is the one that is rethrown.
        }
    }
}

/// <summary>A picture whose results are written.</summary>
/// <param name="Report">What its .json holds.</param>
/// <param name="Thumbnail">The first map over the picture, small; null where none is wanted.</param>
internal sealed record WrittenPicture(SaliencyReport Report, Photo? Thumbnail);
