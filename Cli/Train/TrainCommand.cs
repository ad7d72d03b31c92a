using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels.Gpu;
using NetViz.Training;
using NetViz.Visualisation.Datasets;

namespace NetViz.Cli.Train;

/// <summary><c>netviz train</c>: a network from labelled pictures.</summary>
internal static class TrainCommand
{
    private static readonly Option<string> Data = new("--data")
    {
        Description = "The pictures: a folder with a folder of pictures for each class (below train/ and val/, or just so), or "
            + "an archive .tar.gz with classes.txt, train.tsv and val.tsv; or pictures with annotations in PASCAL VOC's XML, of "
            + "which one with several classes is an example of each.",
        HelpName = "DIR|TAR.GZ",
        Required = true,
    };

    private static readonly Option<string> OutputFile = new("--output", "-o")
    {
        Description = "The ONNX file to write. Beside it: .checkpoint, .training.jsonl (a line an epoch) and .training.png.",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<bool> Resume = new("--resume")
    {
        Description = "Go on from the checkpoint, where there is one; the network becomes the same, bit for bit, as without the "
            + "interruption, on the same device.",
    };

    private const string TrainingSplit = "train", ValidationSplit = "val";

    public static Command Create() => CommonOptions.CreatePlain("train",
        "Trains a VGG network on labelled pictures, from random weights; the same options on the same device give the same "
        + "network, whatever the number of threads. Killed at any time, it goes on with --resume from the last whole epoch.",
        [
            Data, OutputFile, .. TrainOptions.All, Resume, CommonOptions.DeviceName, CommonOptions.Threads,
            CommonOptions.Precision,
        ], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet);
        int threads = parsed.GetValue(CommonOptions.Threads);
        Device device = Device.Parse(parsed.GetValue(CommonOptions.DeviceName)!, threads,
            precision: CommonOptions.ParseChoice<GpuPrecision>("--precision", parsed.GetValue(CommonOptions.Precision)!));
        TrainingConfig config = TrainOptions.ConfigOf(parsed);
        var files = new TrainingFiles(parsed.GetValue(OutputFile)!);
        bool resume = parsed.GetValue(Resume);
        files.RequireFree(resume);

        LabelledSet set = InputFile.OpenSet(parsed.GetValue(Data)!);
        LabelledImages all = Load(set, set.Splits.Contains(TrainingSplit) ? TrainingSplit : set.Splits[0], config, quiet);
        if (config.HeldOut >= all.Count)
        {
            throw new NetVizException($"--held-out {config.HeldOut} of {all.Count} training pictures leaves none to learn from");
        }

        (LabelledImages pictures, LabelledImages heldOut) = all.Split(config.HeldOut, config.Seed);
        using var trainer = new Trainer(config, pictures, heldOut, threads, device);
        DeviceProgress.Follow(device, trainer.Kernels, quiet);
        if (resume && files.HasCheckpoint)
        {
            trainer.Restore(Checkpoint.Read(files.Checkpoint), files.Checkpoint);
            files.WriteLog(trainer.Log);
        }

        // Where no bar is shown, each epoch has a line instead.
        Train(trainer, files, quiet, lines: Console.IsErrorRedirected && !quiet && !parsed.GetValue(CommonOptions.Json));
        return Finish(parsed, trainer, set, files);
    }

    private static LabelledImages Load(LabelledSet set, string split, TrainingConfig config, bool quiet)
    {
        int size = config.Architecture.InputSize;
        return JobProgress.Run($"reading {split} of {Path.GetFileName(Path.GetFullPath(set.Path))}", set.CountOf(split), quiet,
            progress => set.Load(split, size, size, ready => progress.Report(ready)));
    }

    private static void Train(Trainer trainer, TrainingFiles files, bool quiet, bool lines)
    {
        int epochs = trainer.Config.Epochs;
        int before = trainer.Log.Count;
        JobProgress.Run("training", epochs - before, quiet, bar =>
        {
            trainer.Run(
                now =>
                {
                    bar.Report(now.Epoch - 1 - before + (double)now.Step / now.Steps);
                    bar.Note($"epoch {now.Epoch} of {epochs}, loss {now.Loss:0.000}, {now.Top1:0.0 %}, "
                        + $"{now.ImagesPerSecond:0} images/s, {Duration(now.Remaining)} left");
                },
                epoch =>
                {
                    trainer.Save().Write(files.Checkpoint);
                    files.WriteLog(trainer.Log);
                    if (lines) Console.WriteLine(Line(epoch, epochs));
                });
            return true;
        });
    }

    private static int Finish(ParseResult parsed, Trainer trainer, LabelledSet set, TrainingFiles files)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet);
        Network network = trainer.ToNetwork(Path.GetFileNameWithoutExtension(files.Model));
        files.WriteModel(network, trainer);
        // The pictures held out were looked at all along; the validation set is looked at once, here.
        EpochLog last = trainer.Log[^1];
        Evaluation? validation = trainer.Config.HeldOut == 0 && set.Splits.Contains(ValidationSplit)
            ? trainer.Evaluate(Load(set, ValidationSplit, trainer.Config, quiet))
            : null;
        int learnedFrom = trainer.PictureCount;
        if (parsed.GetValue(CommonOptions.Json))
        {
            Output.PrintJson(new
            {
                Output = files.Model,
                files.Checkpoint,
                files.Log,
                files.Plot,
                Parameters = network.ParameterCount,
                Classes = set.ClassNames.Count,
                Device = trainer.Kernels.Name,
                DeviceDescription = trainer.Kernels.Description,
                TrainingPictures = learnedFrom,
                Last = last,
                Validation = validation,
                Output.Version,
            });
        }
        else if (!quiet)
        {
            Console.WriteLine($"{files.Model}: {Counted.Of(network.ParameterCount, "parameter")}, "
                + $"{Counted.Of(set.ClassNames.Count, "class")}, "
                + $"{Counted.Of(trainer.Log.Count, "epoch")} of {Counted.Of(learnedFrom, "picture")}");
            if (!Console.IsErrorRedirected) Console.WriteLine(Line(last, trainer.Config.Epochs));
            if (validation is not null)
            {
                Console.WriteLine($"validation, {Counted.Of(validation.Count, "picture")}: top-1 {validation.Top1:0.00 %}, top-5 "
                    + $"{validation.Top5:0.00 %}, loss {validation.Loss:0.000}");
            }
        }

        return 0;
    }

    private static string Line(EpochLog epoch, int epochs)
    {
        string line = $"epoch {epoch.Epoch} of {epochs}: loss {epoch.TrainingLoss:0.000}, top-1 {epoch.TrainingTop1:0.0 %}";
        if (epoch.ValidationLoss is { } loss)
        {
            line += $"; held out: loss {loss:0.000}, top-1 {epoch.ValidationTop1:0.0 %}, top-5 {epoch.ValidationTop5:0.0 %}";
        }

        return $"{line}; {epoch.ImagesPerSecond:0} images/s, {epoch.Seconds:0} s";
    }

    private static string Duration(TimeSpan time) => time.TotalMinutes >= 60
        ? $"{(int)time.TotalHours} h {time.Minutes} min"
        : time.TotalSeconds >= 100 ? $"{time.TotalMinutes:0} min" : $"{time.TotalSeconds:0} s";
}
