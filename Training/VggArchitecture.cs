using NetViz.Engine;

namespace NetViz.Training;

/// <summary>
/// The layers of a VGG network (Simonyan and Zisserman 2014): stages of 3x3 convolutions of stride 1 and padding 1, each
/// with a ReLU behind it, and a 2x2 max-pool at the end of each stage; then hidden fully connected layers, each with a ReLU
/// and Dropout, and the fully connected layer of the scores.
/// </summary>
public sealed record VggArchitecture
{
    private const int MostChannels = 4096, MostNeurons = 65536, MostConvolutions = 64;

    /// <summary>Rows and columns of the input.</summary>
    public int InputSize { get; init; } = 64;

    /// <summary>Channels of the input.</summary>
    public int InputChannels { get; init; } = 3;

    /// <summary>Of each stage, the channels of each of its convolutions; a 2x2 max-pool ends a stage.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Stages { get; init; } = [];

    /// <summary>The neurons of each hidden fully connected layer; none is allowed.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [];

    /// <summary>Classes: the neurons of the last layer.</summary>
    public int Classes { get; init; }

    /// <summary>Whether a batch normalisation stands between each convolution and its ReLU.</summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>The part of each hidden layer's neurons that Dropout silences in training, 0 to less than 1.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>
    /// The plain form: stages of two convolutions until the maps have 4x4 pixels, each stage twice as wide as the one before
    /// but none more than 8 times the first, and one hidden layer of 16 times that width.
    /// </summary>
    /// <param name="width">Channels of the first stage.</param>
    /// <param name="inputSize">Rows and columns of the input.</param>
    /// <exception cref="NetVizException">The numbers make no network.</exception>
    public static VggArchitecture OfWidth(int width, int inputSize = 64)
    {
        RequireWithin("stages", width, 1, MostChannels / 16);
        RequireWithin("inputSize", inputSize, 8, 1024);
        var stages = new List<IReadOnlyList<int>>();
        for (int side = inputSize; side > 4; side /= 2)
        {
            int channels = width << Math.Min(3, stages.Count);
            stages.Add([channels, channels]);
        }

        return new VggArchitecture { InputSize = inputSize, Stages = stages, Hidden = [16 * width] };
    }

    /// <summary>Refuses what is no network.</summary>
    /// <exception cref="NetVizException">A number is out of its range; the message names it as the configuration
    /// does.</exception>
    public void Validate()
    {
        if (Stages is null || Stages.Count == 0)
            throw new NetVizException("the architecture has no \"stages\"", "such as [[32, 32], [64, 64], [128, 128]]");
        if (Hidden is null) throw new NetVizException("the architecture's \"hidden\" is null", "[] is no hidden layer");
        if (InputChannels is not (1 or 3))
            throw new NetVizException($"the architecture's \"inputChannels\" is {InputChannels}; 1 or 3 is supported");
        int convolutions = 0;
        foreach (IReadOnlyList<int>? stage in Stages)
        {
            if (stage is null || stage.Count == 0)
                throw new NetVizException("a stage of the architecture's \"stages\" has no convolution");
            convolutions += stage.Count;
            if (convolutions > MostConvolutions)
                throw new NetVizException($"the architecture has more than {MostConvolutions} convolutions");
            foreach (int channels in stage) RequireWithin("stages", channels, 1, MostChannels);
        }

        foreach (int neurons in Hidden) RequireWithin("hidden", neurons, 1, MostNeurons);
        RequireWithin("classes", Classes, 2, MostNeurons);
        RequireWithin("inputSize", InputSize, 1, 1024);
        if (Stages.Count > 10 || InputSize >> Stages.Count < 1)
            throw new NetVizException($"{Counted.Of(Stages.Count, "stage")} {Counted.Form(Stages.Count, "halves", "halve")} "
                + $"an input of {InputSize}x{InputSize} to nothing",
                "take fewer \"stages\" or a larger \"inputSize\"");
        if (!(Dropout >= 0 && Dropout < 1))
            throw new NetVizException($"the architecture's \"dropout\" is {Dropout}; 0 to less than 1 is supported");
    }

    /// <summary>Whether both describe the same layers.</summary>
    public bool Equals(VggArchitecture? other) =>
        other is not null && InputSize == other.InputSize && InputChannels == other.InputChannels && Classes == other.Classes
        && BatchNorm == other.BatchNorm && Dropout.Equals(other.Dropout) && Hidden.SequenceEqual(other.Hidden)
        && Stages.Count == other.Stages.Count && Stages.Zip(other.Stages).All(pair => pair.First.SequenceEqual(pair.Second));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(InputSize, InputChannels, Stages.Count, Hidden.Count, Classes);

    private static void RequireWithin(string name, int value, int least, int most)
    {
        if (value < least || value > most)
            throw new NetVizException($"the architecture's \"{name}\" holds {value}; {least} to {most} is supported");
    }
}
