using NetViz.Weights.ClassLabels;
using NetViz.Weights.InputPreprocessing;
using NetViz.Weights.Onnx;

namespace NetViz.Weights;

/// <summary>What a user may say about a model beyond its file. Everything given here overrides what is known otherwise.</summary>
public sealed record OnnxOptions
{
    /// <summary>
    /// The preprocessing: the name of a preset (see <see cref="PreprocessingPresets"/>), or the path of a .json file in the
    /// form of a side-car.
    /// </summary>
    public string? Preprocess { get; init; }

    /// <summary>A file of class names, see <see cref="Labels.Read"/>.</summary>
    public string? LabelsPath { get; init; }

    /// <summary>
    /// Columns and rows of the input, in place of the file's. Networks with fully connected layers take only their own.
    /// </summary>
    public (int Width, int Height)? Size { get; init; }

    /// <summary>Whether NaN and infinities among the weights are let through.</summary>
    public bool AllowNonFinite { get; init; }

    /// <summary>Bytes that loading and one pass may take; null for <see cref="ResourceLimits.ForFile"/>.</summary>
    public double? MemoryLimit { get; init; }

    /// <summary>Operations that one pass in both directions may take; null for <see cref="ResourceLimits.ForFile"/>.</summary>
    public double? OperationLimit { get; init; }

    /// <summary>Values for inputs of the graph, which become constants: all inputs but the image need one.</summary>
    public IReadOnlyDictionary<string, OnnxTensor> BindInputs { get; init; } = new Dictionary<string, OnnxTensor>();

    /// <summary>
    /// Whether an output loads whose first axis is not the batch, though no score of it belongs to one image: for programs that
    /// look at single operators.
    /// </summary>
    public bool AllowAnyOutput { get; init; }

    /// <summary>
    /// The graph's output to take, by its name, by the name of anything that a node writes, or by a node's name; null for the
    /// first on which no other output depends.
    /// </summary>
    public string? Output { get; init; }
}
