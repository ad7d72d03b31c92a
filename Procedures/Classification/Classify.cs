using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Execution;

namespace NetViz.Procedures;

/// <summary>How many classes <see cref="Explainer.Classify"/> names.</summary>
public sealed record ClassifyOptions
{
    /// <summary>How many, at least 1.</summary>
    public int Top { get; init; } = 5;

    /// <summary>Refuses what makes no sense, before a model is loaded.</summary>
    /// <exception cref="NetVizException">A number is out of range.</exception>
    public void Check()
    {
        if (Top < 1) throw new NetVizException($"`{nameof(Top)}` {Top}; at least 1 is supported");
    }
}

/// <summary>The classes of one image.</summary>
/// <param name="Image">Its file; of an array of several images with the index in brackets.</param>
/// <param name="Top">The classes with the highest scores, the highest first.</param>
public sealed record ClassifiedImage(string Image, IReadOnlyList<RankedClass> Top)
{
    [System.Text.Json.Serialization.JsonInclude]
    internal CompiledKernels? Compilation { get; init; }
}

public sealed partial class Explainer
{
    /// <summary>The classes with the highest scores.</summary>
    /// <param name="image">A picture, or an array that is already preprocessed.</param>
    /// <param name="options">How many classes; null for five.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="token">Cancels it.</param>
    /// <returns>One result for a picture, one for each image of an array.</returns>
    /// <exception cref="NetVizException">The image cannot be read, or does not fit the network.</exception>
    public IReadOnlyList<ClassifiedImage> Classify(InputFile image, ClassifyOptions? options = null,
        IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        using InvariantCulture culture = InvariantCulture.Begin();
        ArgumentNullException.ThrowIfNull(image);
        options ??= new ClassifyOptions();
        options.Check();
        var run = new ProcedureRun(progress, token);
        Tensor<float> input = image.IsArray ? ReadArray(image, run) : ReadPicture(image, run).Input;
        token.ThrowIfCancellationRequested();
        using ForwardRecord record = Prepared.Forward(input, progress: null, token);
        CheckScores(image, record, run);
        int count = record.InputShape.N;
        return [.. Enumerable.Range(0, count).Select(n => new ClassifiedImage(count > 1 ? $"{image.Path}[{n}]" : image.Path,
            Ranking.Top(this, record, n, options.Top)) { Compilation = Compiled })];
    }
}
