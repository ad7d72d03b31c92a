using NetViz.Engine;
using NetViz.Weights.ClassLabels;
using NetViz.Weights.Export;
using NetViz.Weights.Import;
using NetViz.Weights.InputPreprocessing;
using NetViz.Weights.Onnx;

namespace NetViz.Weights;

/// <summary>
/// Preprocessing and labels of a model, from the first that has them: an option, the side-car beside the model, the model's
/// own metadata, the table of known files; labels at last from the number of classes.
/// </summary>
internal sealed class ModelKnowledge
{
    private string _source = "";
    private Labels? _labels;
    private bool _labelsWereChosen, _labelsAreOption;
    private ModelKnowledge? _overridden;

    /// <summary>The preprocessing's settings, or null.</summary>
    public PreprocessingSettings? Preprocessing { get; private set; }

    /// <summary>Collects what is known of a model.</summary>
    public static ModelKnowledge Gather(OnnxFile file, OnnxOptions options)
    {
        var knowledge = new ModelKnowledge();
        if (options.Preprocess is { } preprocess)
        {
            knowledge.Add(FromOption(preprocess), "option");
            knowledge._overridden = new ModelKnowledge();
        }

        if (options.LabelsPath is { } labels) knowledge._labels = Labels.Read(labels);
        knowledge._labelsAreOption = knowledge._labels is not null;
        string sideCar = ModelFacts.SideCarOf(file.Path);
        if (!file.IsInMemory && File.Exists(sideCar))
        {
            ModelFacts facts = ModelFacts.Read(sideCar);
            knowledge.Add(facts, "side-car");
            knowledge._overridden?.Add(facts, "side-car");
        }

        knowledge._labelsWereChosen = knowledge._labels is not null;
        if (PreprocessingInside(file, isNeeded: knowledge.Preprocessing is null) is { } carried)
        {
            var facts = new ModelFacts { Preprocessing = carried };
            knowledge.Add(facts, "metadata");
            knowledge._overridden?.Add(facts, "metadata");
        }

        knowledge._labels ??= ModelMetadata.LabelsOf(file.Model, file.Path);
        bool isOpen = knowledge.Preprocessing is null || knowledge._labels is null
            || knowledge._overridden is { Preprocessing: null };
        if (isOpen && KnownModels.Find(file) is { } known)
        {
            knowledge.Add(known, "known file");
            knowledge._overridden?.Add(known, "known file");
        }

        return knowledge;
    }

    /// <summary>The preprocessing for the network's input; null where nothing is known, or the input is no image.</summary>
    public Preprocessing? PreprocessingFor(GraphInput input) =>
        input.Image is ({ } channels, { } height, { } width) && channels is 1 or 3
            ? Preprocessing?.ForInput(channels, height, width, _source, input.Layout)
            : null;

    /// <summary>What the user should know: where an option contradicts what is known otherwise.</summary>
    public IReadOnlyList<string> WarningsFor(GraphInput input) =>
        PreprocessingFor(input) is { } chosen && _overridden?.PreprocessingFor(input) is { } known
        && InputCheck.Contradiction(chosen, known) is { } warning
            ? [warning]
            : [];

    /// <summary>The labels for a number of classes; null where none are known.</summary>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="path">The model's file, for messages.</param>
    /// <param name="isHeadChosen">Whether the user named the output: labels in files may be of another one.</param>
    /// <exception cref="NetVizException">Labels that the user chose are more or fewer than the classes.</exception>
    public Labels? LabelsFor(int classes, string path, bool isHeadChosen)
    {
        if (_labels?.Count == classes) return _labels;
        if (_labelsAreOption || (_labelsWereChosen && !isHeadChosen))
            throw new NetVizException($"{_labels!.Source} holds {Counted.Of(_labels.Count, "class name")}; {path} has "
                + $"{Counted.Of(classes, "class")}",
                "one name a line is needed for each");
        return classes == Labels.ImageNet.Count ? Labels.ImageNet : null;
    }

    /// <summary>What is known, without guesses from the number of classes: what a file of the model should carry.</summary>
    public ModelMetadata ForExport(int classes, TrainingMean? mean) =>
        new() { Preprocessing = Preprocessing, Labels = _labels?.Count == classes ? _labels : null, TrainingMean = mean };

    /// <summary>What the file says of its preprocessing; where something else has precedence, nonsense is passed over.</summary>
    private static PreprocessingSettings? PreprocessingInside(OnnxFile file, bool isNeeded)
    {
        try
        {
            return ModelMetadata.PreprocessingOf(file.Model, file.Path);
        }
        catch (NetVizException) when (!isNeeded)
        {
            return null;
        }
    }

    private static ModelFacts FromOption(string preprocess) => preprocess.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
        ? ModelFacts.Read(preprocess)
        : new ModelFacts { Preprocessing = PreprocessingPresets.Find(preprocess) };

    private void Add(ModelFacts facts, string source)
    {
        if (Preprocessing is null && facts.Preprocessing is not null) (Preprocessing, _source) = (facts.Preprocessing, source);
        _labels ??= facts.Labels;
    }
}
