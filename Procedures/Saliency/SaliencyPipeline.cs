using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;

namespace NetViz.Procedures;

/// <summary>
/// Processes many pictures. Each core decodes, computes, draws, encodes and writes pictures of its own, so that no thread waits for
/// another one within an operation. Maps of many passes and other devices compute one picture at a time, and cores decode and write
/// beside it. Results are taken in the order of the pictures: files, reports and messages do not depend on the number of threads.
/// </summary>
/// <param name="job">What is the same for all pictures.</param>
/// <param name="look">How results look, and what is written.</param>
/// <param name="folder">Where they go.</param>
internal sealed class SaliencyPipeline(SaliencyJob job, Look look, string folder)
{
    // A picture in flight holds its pixels and its signals. This bounds how many wait before they are drawn and after it.
    private static readonly int InFlight = Environment.ProcessorCount + 1;

    // The share of the memory that passes beside the first may take.
    private const double MemoryShare = 0.25;

    /// <summary>Receives each result in order, before it is written; null if not needed.</summary>
    public Action<InputFile, SaliencyResult>? Computed { get; init; }

    /// <summary>Receives each report in order, once its files are written; null if not needed.</summary>
    public Action<InputFile, SaliencyReport>? Written { get; init; }

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
        int passes = Math.Min(PassesAtOnce(), files.Count);
        using var computing = new SemaphoreSlim(passes);
        var computed = new Queue<(Task<Func<SaliencyResult>> Result, HeldEvents Events)>();
        var written = new List<(InputFile File, Task<WrittenPicture> Result)>();
        int next = 0, done = 0, told = 0;
        try
        {
            for (int i = 0; i < files.Count; i++)
            {
                for (; next < files.Count && computed.Count < InFlight; next++)
                {
                    InputFile file = files[next];
                    // The last pictures have cores to spare.
                    bool isAlone = passes > 1 && files.Count - next >= passes;
                    var events = new HeldEvents();
                    var run = new ProcedureRun(events, stop.Token);
                    computed.Enqueue((Task.Run(() => Prepare(file, isAlone, run, passes > 1 ? computing : null), stop.Token), events));
                }

                (Task<Func<SaliencyResult>> result, HeldEvents held) = computed.Dequeue();
                Tell(waits: false);
                broken.Try(files[i], () =>
                {
                    Func<SaliencyResult> find;
                    try
                    {
                        find = result.GetAwaiter().GetResult();
                    }
                    finally
                    {
                        held.PassOnTo(progress);
                    }

                    SaliencyResult found = find();
                    Computed?.Invoke(files[i], found);
                    slots.Wait(stop.Token);
                    written.Add((files[i], Task.Run(() => Write(found, slots), stop.Token)));
                });
                advance?.Invoke(++done);
            }

            Tell(waits: true);
            return [.. written.Select(one => one.Result.GetAwaiter().GetResult())];
        }
        catch
        {
            // What is under way comes to its end, so that nothing is half-written and nothing is used that is disposed.
            stop.Cancel();
            foreach (Task task in written.Select(one => (Task)one.Result).Concat(computed.Select(one => one.Result))) Quietly(task);
            throw;
        }

        // The reports that are there, in order; a failure as soon as it is known.
        void Tell(bool waits)
        {
            foreach ((_, Task<WrittenPicture> task) in written.Skip(told))
                if (task.IsFaulted) task.GetAwaiter().GetResult();
            for (; told < written.Count && (waits || written[told].Result.IsCompleted); told++)
            {
                WrittenPicture picture = written[told].Result.GetAwaiter().GetResult();
                Written?.Invoke(written[told].File, picture.Report);
            }
        }
    }

    /// <summary>
    /// How many pictures the network computes at once: on the processor one a core, as far as their memory is a small part of what
    /// there is. Maps of many passes have a batch of their own, and a card serves one pass at a time.
    /// </summary>
    private int PassesAtOnce()
    {
        PreparedNetwork prepared = job.Model.Prepared;
        if (prepared.Kernels is not CpuKernels || !job.Options.Maps.Kinds.All(kind => kind is MapKind.Signal or MapKind.InputXGradient)
            || job.Options.Maps.TenCrops || job.Rules.Any(rule => rule.Relevance is not null)
            || job.Model.Model.Preprocessing is not { } preprocessing) return 1;
        double bytes = ResourceDemand.Of(job.Model.Network, new Shape([.. preprocessing.InputShape])).Bytes;
        double beside = MemoryShare * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Math.Max(1, bytes);
        return (int)Math.Clamp(1 + beside, 1, Math.Min(prepared.MaxPasses, prepared.Kernels.Threads));
    }

    /// <summary>
    /// Reads a picture, and computes its result if pictures are computed at once. Returns what gives the result: otherwise it is
    /// computed then, so that what it reports, such as its progress, is shown meanwhile.
    /// </summary>
    private Func<SaliencyResult> Prepare(InputFile file, bool isAlone, ProcedureRun run, SemaphoreSlim? computing)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ReadInput read = job.Read(file, run);
        if (computing is null) return () => job.Explain(read);
        computing.Wait(run.Token);
        try
        {
            using OwnThread? own = isAlone ? OwnThread.Begin() : null;
            SaliencyResult result = job.Explain(read);
            return () => result;
        }
        finally
        {
            computing.Release();
        }
    }

    private WrittenPicture Write(SaliencyResult result, SemaphoreSlim slots)
    {
        try
        {
            using InvariantCulture culture = InvariantCulture.Begin();
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
