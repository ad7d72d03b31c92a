using System.Collections.Immutable;
using System.Globalization;
using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.ClassModels;
using NetViz.Weights.InputPreprocessing;

namespace NetViz.Procedures;

/// <summary>
/// An image in which nothing is to be seen: integrated gradients' baseline, and what occlusion's square is filled with.
/// </summary>
/// <param name="Name">As settings name it: black, or a file.</param>
/// <param name="Description">What it is, with where its numbers come from.</param>
/// <param name="Values">As many images as the input has, in its layout.</param>
/// <param name="Colour">A number for each channel; null where pixels differ.</param>
public sealed record ReferenceImage(string Name, string Description, float[] Values, float[]? Colour)
{
    /// <summary>What integrated gradients start from where nothing is said: the input 0.</summary>
    public const string Zero = "zero";

    /// <summary>What occlusion's square is filled with where nothing is said [ours; the paper says grey].</summary>
    public const string Grey = "grey";

    /// <summary>The names that are known, as help has them.</summary>
    public const string Names = "zero|grey|black|white|mean|blur|FILE";

    /// <summary>What the names mean, for help.</summary>
    public const string Meaning = "zero (the input 0), grey (sample 128 of 0 to 255), black (sample 0), white (sample 255), mean "
        + "(the mean colour of the model's preprocessing or of its training set), blur (the picture itself under a Gaussian of a "
        + "sixteenth of its columns [ours]), or a picture or .npy file, prepared like the input";

    private const float GreySample = 128, WhiteSample = 255;

    // The deviation of blur as a share of the columns, as insertion has it [ours].
    private const double BlurShare = 1 / 16.0;

    /// <summary>Makes one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="option">The setting that names it, for messages.</param>
    /// <param name="text">What the setting says.</param>
    /// <param name="input">The input whose place it takes.</param>
    /// <param name="run">Receives warnings.</param>
    /// <exception cref="NetVizException">There is none of that name, or it does not fit the input.</exception>
    internal static ReferenceImage Of(Explainer model, string option, string text, Tensor<float> input, ProcedureRun run)
    {
        string name = text.ToLowerInvariant();
        switch (name)
        {
            case Zero:
                bool isMean = model.Model.Preprocessing is { } p && p.Mean.Any(mean => mean != 0);
                return new ReferenceImage(Zero,
                    isMean ? "the input 0, the mean colour that preprocessing subtracts" : "the input 0",
                    new float[input.FlattenedLength], new float[ChannelsOf(model, input)]);
            case Grey when model.Model.Preprocessing is null:
                // As an array without pixels has always been filled.
                return new ReferenceImage(Grey, "ours: the input 0, since no preprocessing tells what grey is",
                    new float[input.FlattenedLength], new float[ChannelsOf(model, input)]);
            case Grey:
                return OfSamples(model, option, name, "ours: sample 128 of 0 to 255", input, _ => GreySample);
            case "black":
                return OfSamples(model, option, name, "sample 0 of 0 to 255", input, _ => 0);
            case "white":
                return OfSamples(model, option, name, "sample 255 of 0 to 255", input, _ => WhiteSample);
            case "mean":
                return OfMean(model, option, input);
            case "blur":
                return OfBlur(model, option, input);
            default:
                return OfFile(model, option, text, input, run);
        }
    }

    private static ReferenceImage OfMean(Explainer model, string option, Tensor<float> input)
    {
        Preprocessing p = Needed(model, option, "mean");
        if (p.Mean.Any(mean => mean != 0))
            return OfSamples(model, option, "mean", "the colour that preprocessing subtracts", input, c => p.Mean[c] * p.Divisor);
        if (model.Model.TrainingMean is { } training && training.Shape[0] == p.Channels)
        {
            ImmutableArray<float> mean = ModelUnits.Channels(training);
            return OfSamples(model, option, "mean", "the training-set mean in the file", input, c => mean[c]);
        }

        throw new NetVizException($"{option} mean: the preprocessing of {model.Model.Path} subtracts nothing, and the file "
                + "carries no mean of its training set", "take grey, black, white, blur or a file");
    }

    private static ReferenceImage OfSamples(Explainer model, string option, string name, string description,
        Tensor<float> input, Func<int, float> sample)
    {
        Preprocessing p = Needed(model, option, name);
        int channels = ChannelsOf(model, input);
        float[] colour = [.. Enumerable.Range(0, channels).Select(c => (sample(c) / p.Divisor - p.Mean[c]) / p.Deviation[c])];
        bool last = model.Network.LayoutOf(0) == ImageLayout.Nhwc;
        var values = new float[input.FlattenedLength];
        int plane = (int)(values.Length / input.Lengths[0] / channels);
        for (int i = 0; i < values.Length; i++) values[i] = colour[last ? i % channels : i / plane % channels];
        return new ReferenceImage(name, description, values, colour);
    }

    private static ReferenceImage OfBlur(Explainer model, string option, Tensor<float> input)
    {
        if (input.Rank != 4)
        {
            throw new NetVizException($"{option} blur: the network's input is {model.Network.Input}; a blur needs rows and "
                + "columns");
        }

        Tensor<float> planes = input.ToPlanes(model.Network.LayoutOf(0));
        (int height, int width) = ((int)planes.Lengths[2], (int)planes.Lengths[3]);
        double sigma = width * BlurShare;
        var values = new float[planes.FlattenedLength];
        planes.FlattenTo(values);
        GaussianBlur.Apply(values, height, width, sigma);
        if (model.Network.LayoutOf(0) == ImageLayout.Nhwc)
        {
            Tensor<float> blurred = Tensor.PermuteDimensions(Tensor.Create(values, planes.Lengths), [0, 2, 3, 1]);
            blurred.FlattenTo(values);
        }

        return new ReferenceImage("blur", string.Create(CultureInfo.InvariantCulture,
            $"the input under a Gaussian of deviation {sigma:0.##} pixels, a sixteenth of its columns [ours]"), values, null);
    }

    private static ReferenceImage OfFile(Explainer model, string option, string path, Tensor<float> input,
        ProcedureRun run)
    {
        if (!path.StartsWith(InputFile.SamplePrefix, StringComparison.Ordinal) && !File.Exists(path))
            throw new NetVizException($"{option} '{path}' is neither a known image nor a file", $"there are {Names}");
        InputFile file = InputFile.Expand([path])[0];
        Tensor<float> read;
        try
        {
            read = file.IsArray ? model.ReadArray(file, run) : model.ReadPicture(file, run).Input;
        }
        catch (BrokenPictureException problem)
        {
            // It is no picture of the run, which could be left out.
            throw new NetVizException($"{option}: {problem.Message}", inner: problem);
        }

        nint images = input.Lengths[0];
        if (!read.Lengths[1..].SequenceEqual(input.Lengths[1..]) || (read.Lengths[0] != 1 && read.Lengths[0] != images))
        {
            throw new NetVizException($"{option} '{path}' is [{string.Join(", ", read.Lengths.ToArray())}]; the input is "
                + $"[{string.Join(", ", input.Lengths.ToArray())}]", "one image, or as many as the input has");
        }

        var one = new float[read.FlattenedLength];
        read.FlattenTo(one);
        float[] values = read.Lengths[0] == images ? one
            : [.. Enumerable.Repeat(one, (int)images).SelectMany(image => image)];
        return new ReferenceImage(path, $"the file, SHA-256 {Convert.ToHexStringLower(file.Sha256())}", values, null);
    }

    private static Preprocessing Needed(Explainer model, string option, string name) => model.Model.Preprocessing
        ?? throw new NetVizException($"{option} {name}: it is not known how pixels become the input of {model.Model.Path}",
            "give `Preprocess`, or take zero, blur or a .npy file");

    private static int ChannelsOf(Explainer model, Tensor<float> input) => input.Rank < 2 ? 1
        : (int)input.Lengths[input.Rank == 4 && model.Network.LayoutOf(0) == ImageLayout.Nhwc ? 3 : 1];
}
