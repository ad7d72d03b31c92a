using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Training;
using NetViz.Visualisation.Datasets;
using static System.FormattableString;

namespace NetViz.Procedures;

/// <summary>What a network is trained from, and how.</summary>
public sealed record TrainOptions
{
    /// <summary>The pictures: a folder with a folder of pictures for each class, or a .tar or .tar.gz of one.</summary>
    public required string Data { get; init; }

    /// <summary>The ONNX file to write; checkpoint, log and plot lie beside it.</summary>
    public required string Output { get; init; }

    /// <summary>Architecture, epochs, rates, augmentation.</summary>
    public TrainingConfig Config { get; init; } = new();

    /// <summary>Whether to go on from the checkpoint, where there is one.</summary>
    public bool Resume { get; init; }

    /// <summary>The device, as <see cref="ModelOptions.Device"/> has it.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Threads of the processor; 0 for one a core.</summary>
    public int Threads { get; init; }

    /// <summary>The arithmetic of products on a GPU.</summary>
    public GpuPrecision Precision { get; init; } = GpuPrecision.Float32;
}

/// <summary>One more epoch is done, and its checkpoint is written.</summary>
/// <param name="Log">Loss and accuracy.</param>
/// <param name="Epochs">Epochs in all.</param>
public sealed record EpochEnded(EpochLog Log, int Epochs) : ProcedureEvent;

/// <summary>The result of a training run.</summary>
/// <param name="Files">The files written.</param>
/// <param name="Network">The network.</param>
/// <param name="Log">Epoch by epoch.</param>
/// <param name="Validation">The result on the validation set; null where pictures were held out or there is none.</param>
/// <param name="PictureCount">The pictures that it learned from.</param>
/// <param name="ClassCount">The classes.</param>
/// <param name="Device">The device's name.</param>
/// <param name="DeviceDescription">The device in words.</param>
public sealed record TrainResult(TrainingFiles Files, Network Network, IReadOnlyList<EpochLog> Log, Evaluation? Validation,
    int PictureCount, int ClassCount, string Device, string DeviceDescription);

/// <summary>Trains a VGG network on labelled pictures, from random weights.</summary>
public static class TrainingRun
{
    private const string TrainingSplit = "train", ValidationSplit = "val";

    /// <summary>
    /// Trains to the end, with a checkpoint after each epoch. The same options on the same device give the same network, whatever
    /// the number of threads.
    /// </summary>
    /// <param name="options">From what and how.</param>
    /// <param name="progress">Receives an event for each step and each epoch.</param>
    /// <param name="token">Cancels it between steps; the last checkpoint is kept.</param>
    /// <exception cref="NetVizException">The pictures cannot be read, a number is out of range, or a file must not be written.
    /// </exception>
    public static TrainResult Train(TrainOptions options, IProgress<ProcedureEvent>? progress = null,
        CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        var run = new ProcedureRun(progress, token);
        Device device = Device.Parse(options.Device, options.Threads, precision: options.Precision);
        TrainingConfig config = options.Config;
        var files = new TrainingFiles(options.Output);
        files.RequireFree(options.Resume);

        LabelledSet set = InputFile.OpenSet(options.Data, run.Note);
        LabelledImages all = Load(set, set.Splits.Contains(TrainingSplit) ? TrainingSplit : set.Splits[0], config, run);
        if (config.HeldOut >= all.Count)
        {
            throw new NetVizException($"`HeldOut` {config.HeldOut} of {all.Count} training pictures leaves none to learn from");
        }

        (LabelledImages pictures, LabelledImages heldOut) = all.Split(config.HeldOut, config.Seed);
        using var trainer = new Trainer(config, pictures, heldOut, options.Threads, device);
        DeviceEvents.Follow(device, trainer.Kernels, run);
        if (options.Resume && files.HasCheckpoint)
        {
            trainer.Restore(Checkpoint.Read(files.Checkpoint), files.Checkpoint);
            files.WriteLog(trainer.Log);
        }

        Train(trainer, files, run);
        Network network = trainer.ToNetwork(Path.GetFileNameWithoutExtension(files.Model));
        files.WriteModel(network, trainer);
        // The pictures held out were looked at all along; the validation set is looked at once, here.
        Evaluation? validation = trainer.Config.HeldOut == 0 && set.Splits.Contains(ValidationSplit)
            ? trainer.Evaluate(Load(set, ValidationSplit, trainer.Config, run), token)
            : null;
        return new TrainResult(files, network, [.. trainer.Log], validation, trainer.PictureCount, set.ClassNames.Count,
            trainer.Kernels.Name, trainer.Kernels.Description);
    }

    private static LabelledImages Load(LabelledSet set, string split, TrainingConfig config, ProcedureRun run)
    {
        int size = config.Architecture.InputSize;
        return run.Do($"reading {split} of {Path.GetFileName(Path.GetFullPath(set.Path))}", set.CountOf(split),
            bar => set.Load(split, size, size, ready => bar.Report(ready)));
    }

    private static void Train(Trainer trainer, TrainingFiles files, ProcedureRun run)
    {
        int epochs = trainer.Config.Epochs;
        int before = trainer.Log.Count;
        run.Do("training", epochs - before, bar =>
        {
            trainer.Run(
                now =>
                {
                    bar.Report(now.Epoch - 1 - before + (double)now.Step / now.Steps);
                    bar.Note(Invariant($"epoch {now.Epoch} of {epochs}, loss {now.Loss:0.000}, {now.Top1:0.0 %}, ")
                        + Invariant($"{now.ImagesPerSecond:0} images/s, {Duration(now.Remaining)} left"));
                },
                epoch =>
                {
                    trainer.Save().Write(files.Checkpoint);
                    files.WriteLog(trainer.Log);
                    run.Report(new EpochEnded(epoch, epochs));
                }, run.Token);
            return true;
        });
    }

    private static string Duration(TimeSpan time) => time.TotalMinutes >= 60
        ? $"{(int)time.TotalHours} h {time.Minutes} min"
        : time.TotalSeconds >= 100 ? Invariant($"{time.TotalMinutes:0} min") : Invariant($"{time.TotalSeconds:0} s");
}
