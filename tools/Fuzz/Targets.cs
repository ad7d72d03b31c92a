using System.Numerics.Tensors;
using Google.Protobuf;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Kernels;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;

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
