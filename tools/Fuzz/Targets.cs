using System.Numerics.Tensors;
using Google.Protobuf;
using NetViz.Procedures;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Tests.Common;
using NetViz.Training;
using NetViz.Visualisation;
using NetViz.Visualisation.Datasets;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using NetViz.Weights.Catalogue;
using NetViz.Weights.ClassLabels;
using NetViz.Weights.InputPreprocessing;

namespace NetViz.Fuzz;

/// <summary>How far a case came before it was refused or ended well.</summary>
internal enum Reach
{
    /// <summary>Refused as no file of its kind.</summary>
    Refused,

    /// <summary>A model: taken apart by the protobuf parser. A picture or array: its header was read.</summary>
    Parsed,

    /// <summary>A network was made of it. A picture or array: read whole.</summary>
    Loaded,

    /// <summary>A forward pass ran.</summary>
    Forward,

    /// <summary>A backward pass ran too.</summary>
    Backward,
}

/// <summary>
/// What is done with a mutated file. Everything but <see cref="NetVizException"/> that comes out is a fault of the program.
/// </summary>
internal static class Targets
{
    /// <summary>Loads a model, runs it forward and backward.</summary>
    public static Reach Model(string path, Random random)
    {
        Reach reach = Reach.Refused;
        try
        {
            using OnnxModel model = OnnxModel.Load(path, new OnnxOptions { AllowNonFinite = random.Next(4) == 0 });
            reach = Reach.Loaded;
            Shape shape = model.InputShape(model.Network.Input.Dimensions[0] is int batch and < 8 ? batch : 1);
            var values = new float[shape.Count];
            for (int i = 0; i < values.Length; i++) values[i] = random.NextSingle() * 2 - 1;
            Tensor<float> images = Tensor.Create(values, [.. shape.Lengths.ToArray().Select(length => (nint)length)]);
            using PreparedNetwork prepared = model.Network.On(Device.Cpu(threads: random.Next(8) == 0 ? 2 : 1));
            using ForwardRecord record = prepared.Forward(images);
            _ = record.Probabilities;
            reach = Reach.Forward;
            record.Backward(Seed.Class(random.Next(model.ClassCount)), BackwardRule.All[random.Next(3)]);
            return Reach.Backward;
        }
        catch (NetVizException e)
        {
            bool isParsed =
                e.InnerException is not (InvalidProtocolBufferException or InvalidDataException or EndOfStreamException)
                && !e.Message.Contains("is not an ONNX file", StringComparison.Ordinal)
                && !e.Message.Contains("is empty (0 bytes)", StringComparison.Ordinal);
            return reach == Reach.Refused && isParsed ? Reach.Parsed : reach;
        }
    }

    /// <summary>Reads a document of any kind that <see cref="DocumentMutator"/> makes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">A small model in the same folder, whose side-car's name the path may have.</param>
    /// <param name="network">Its network, for rules.</param>
    public static Reach Document(string path, string model, Network network)
    {
        string folder = Path.Combine(Path.GetDirectoryName(path)!, "set");
        try
        {
            if (path.EndsWith(DocumentMutator.SideCar, StringComparison.Ordinal)) OnnxModel.Load(model).Dispose();
            else if (path.EndsWith(DocumentMutator.Labels, StringComparison.Ordinal)) _ = Labels.Read(path).Count;
            else if (path.EndsWith(DocumentMutator.Rules, StringComparison.Ordinal)) RuleExpression.ReadFile(path, network);
            else if (path.EndsWith(DocumentMutator.Catalogue, StringComparison.Ordinal)) ModelCatalogue.Read(path);
            else if (path.EndsWith(DocumentMutator.Checkpoint, StringComparison.Ordinal)) Checkpoint.Read(path);
            else if (path.EndsWith(DocumentMutator.Config, StringComparison.Ordinal))
                TrainingConfig.Parse(System.IO.File.ReadAllText(path), path);
            else if (path.EndsWith(DocumentMutator.Archive, StringComparison.Ordinal)) ReadSet(path);
            else if (path.EndsWith(DocumentMutator.Journal, StringComparison.Ordinal)) ReadJournal(path);
            else ReadSet(SetWith(path, folder));
            return Reach.Loaded;
        }
        catch (NetVizException)
        {
            return Reach.Parsed;
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    // As netviz evaluate goes on from it: looked at before the work, then read and added to, and read again.
    private static void ReadJournal(string path)
    {
        string output = path[..^".part".Length];
        MetricJournal.Check(output);
        int found;
        using (MetricJournal journal = MetricJournal.Open(output, DocumentMutator.JournalKey, DocumentMutator.JournalValues))
        {
            found = journal.Found.Count;
            journal.Write([new MeasuredPicture("last.png", 0, 0, new double[DocumentMutator.JournalValues])]);
        }

        using MetricJournal again = MetricJournal.Open(output, DocumentMutator.JournalKey, DocumentMutator.JournalValues);
        if (again.Found.Count != found + 1) throw new InvalidOperationException("A line that was written is not there.");
    }

    private static void ReadSet(string path)
    {
        LabelledSet set = LabelledSet.Open(path);
        foreach (string split in set.Splits) _ = set.ReadPhotos(split).Count();
    }

    // A set of two pictures in which the file is the table that its ending names.
    private static string SetWith(string path, string folder)
    {
        foreach (string name in (string[])["n0/a.png", "n1/b.png"])
        {
            Directory.CreateDirectory(Path.Combine(folder, Path.GetDirectoryName(name)!));
            ImageFile.WritePng(Pictures.Gradient(24, 18), Path.Combine(folder, name));
        }

        Directory.CreateDirectory(Path.Combine(folder, "Annotations"));
        string table = path.EndsWith(DocumentMutator.Classes, StringComparison.Ordinal) ? "classes.txt"
            : path.EndsWith(DocumentMutator.Table, StringComparison.Ordinal) ? "all.tsv"
            : "Annotations/a.xml";
        System.IO.File.Copy(path, Path.Combine(folder, table));
        return folder;
    }

    /// <summary>Reads a picture and prepares it for a network, or reads an array.</summary>
    public static Reach File(string path, Random random)
    {
        try
        {
            if (path.EndsWith(".npy", StringComparison.Ordinal))
            {
                if (random.Next(3) == 0) Npy.ReadDouble(path);
                else if (random.Next(3) == 0) Npy.ReadInt64(path);
                else Npy.Read(path);
                return Reach.Loaded;
            }

            Photo photo = ImageFile.Read(path);
            PreprocessingSettings settings =
                PreprocessingPresets.Find(PreprocessingPresets.Names[random.Next(PreprocessingPresets.Names.Count)]);
            settings.ForInput(3, 32, 32, "fuzz").Apply(photo);
            return Reach.Loaded;
        }
        catch (NetVizException e)
        {
            return e.Message.Contains("is not a", StringComparison.Ordinal) ? Reach.Refused : Reach.Parsed;
        }
    }
}
