using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Kernels;
using NetViz.Procedures;
using NetViz.Training;

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

    public static Command Create() => CommonOptions.CreatePlain("train",
        "Trains a VGG network on labelled pictures, from random weights; the same options on the same device give the same "
        + "network, whatever the number of threads. Killed at any time, it goes on with --resume from the last whole epoch.",
        [
            Data, OutputFile, .. TrainArguments.All, Resume, CommonOptions.DeviceName, CommonOptions.Threads,
            CommonOptions.Precision,
        ], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        ConsoleProgress console = ConsoleProgress.Of(parsed);
        // Where no bar is shown, each epoch has a line instead.
        bool lines = Console.IsErrorRedirected && !quiet && !json;
        TrainResult result = TrainingRun.Train(new TrainOptions
        {
            Data = parsed.GetValue(Data)!,
            Output = parsed.GetValue(OutputFile)!,
            Config = TrainArguments.ConfigOf(parsed),
            Resume = parsed.GetValue(Resume),
            Device = parsed.GetValue(CommonOptions.DeviceName)!,
            Threads = parsed.GetValue(CommonOptions.Threads),
            Precision = CommonOptions.ParseChoice<GpuPrecision>("--precision", parsed.GetValue(CommonOptions.Precision)!),
        }, new Epochs(console, lines));
        EpochLog last = result.Log[^1];
        if (json)
        {
            Output.PrintJson(new
            {
                Output = result.Files.Model,
                result.Files.Checkpoint,
                result.Files.Log,
                result.Files.Plot,
                Parameters = result.Network.ParameterCount,
                Classes = result.ClassCount,
                result.Device,
                result.DeviceDescription,
                TrainingPictures = result.PictureCount,
                Last = last,
                result.Validation,
                ResultFiles.Version,
            });
        }
        else if (!quiet)
        {
            Console.WriteLine($"{result.Files.Model}: {Counted.Of(result.Network.ParameterCount, "parameter")}, "
                + $"{Counted.Of(result.ClassCount, "class")}, "
                + $"{Counted.Of(result.Log.Count, "epoch")} of {Counted.Of(result.PictureCount, "picture")}");
            if (!Console.IsErrorRedirected) Console.WriteLine(Line(last, last.Epoch));
            if (result.Validation is { } validation)
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

    private sealed class Epochs(ConsoleProgress console, bool lines) : IProgress<ProcedureEvent>
    {
        public void Report(ProcedureEvent value)
        {
            if (value is EpochEnded ended && lines) Console.WriteLine(Line(ended.Log, ended.Epochs));
            console.Report(value);
        }
    }
}
