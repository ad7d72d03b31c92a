using System.Numerics.Tensors;
using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Procedures;

/// <summary>
/// One picture run forward with all activations kept: any class, any rule, any layer and any element of it can be looked at
/// without a second forward pass.
/// </summary>
/// <remarks>It keeps the forward pass, which <see cref="Dispose"/> frees. An object serves one thread at a time.</remarks>
public sealed class Exploration : IDisposable
{
    private readonly OneImage _image;
    private readonly double[] _pixels;

    internal Exploration(OneImage image, double[] pixels) => (_image, _pixels) = (image, pixels);

    /// <summary>Gets the network.</summary>
    public Network Network => _image.Network;

    /// <summary>Gets the forward pass. Its activations are those of all layers.</summary>
    public ForwardRecord Record => _image.Record;

    /// <summary>Gets the picture.</summary>
    public Photo Photo => _image.Photo!;

    /// <summary>Gets where the network's input lies on the picture.</summary>
    public InputPlacement Placement => _image.Placement!.Value;

    /// <summary>Gets the class with the highest score.</summary>
    public RankedClass Top => _image.Class;

    /// <summary>Gets what the procedure warned of, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; internal init; } = [];

    /// <summary>Gets about how many bytes the activations take.</summary>
    public long Bytes => Enumerable.Range(0, Network.Nodes.Length + 1).Sum(tensor => Record.ShapeOf(tensor).Count) * sizeof(double)
        + 3L * Photo.Width * Photo.Height;

    /// <summary>Returns a class with its score and probability.</summary>
    /// <param name="index">The class's number.</param>
    /// <exception cref="NetVizException">There is no such class.</exception>
    public RankedClass ClassOf(int index) => index >= 0 && index < _image.Model.Model.ClassCount
        ? Ranking.Of(_image.Model, Record, 0, index)
        : throw new NetVizException($"class {index} does not exist; the network has "
            + $"{Counted.Of(_image.Model.Model.ClassCount, "class")}");

    /// <summary>Returns the activations of a tensor, row-major. The array must not be changed.</summary>
    /// <param name="tensor">0 for the network's input, i + 1 for what node i writes.</param>
    public double[] Activation(int tensor) => tensor == 0 ? _pixels : Record.ActivationValues(tensor);

    /// <summary>Returns what the network sees: the input turned back into samples 0 to 255, [H, W, 3].</summary>
    public float[] SeenPixels() => InputPicture.Of(_image.Model.Preprocessing, _pixels);

    /// <summary>Sends a class's score down and keeps the signal at every tensor.</summary>
    /// <param name="index">The class's number.</param>
    /// <param name="rule">The rule as people write it.</param>
    /// <param name="token">Cancels it between layers.</param>
    /// <exception cref="NetVizException">There is no such class, or the rule does not fit the network.</exception>
    public LayerSignals Signals(int index, string rule, CancellationToken token = default)
    {
        ClassOf(index);
        BackwardRule parsed = _image.Model.RuleOf(rule, new StepOptions());
        var signals = new float[]?[Network.Nodes.Length + 1];
        IKernels kernels = Record.Prepared.Kernels;
        Record.Descend(Seed.Class(index), parsed, (tensor, signal) =>
        {
            token.ThrowIfCancellationRequested();
            kernels.Download(signal, signals[tensor] = new float[signal.Shape.Count]);
        });
        return new LayerSignals(index, parsed, LrnNote.Of([parsed], Network), signals);
    }

    /// <summary>Takes one layer's part of a backward pass apart.</summary>
    /// <param name="layer">The layer's name.</param>
    /// <param name="signals">The backward pass.</param>
    /// <exception cref="NetVizException">There is no such layer, or no signal comes to it.</exception>
    public Passage Passage(string layer, LayerSignals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        return Analysis.Stepping.Passage.Of(Record, layer, signals.Rule, signals.InDouble(Network.Find(layer))
            ?? throw new NetVizException($"no signal comes to '{layer}': the class score does not depend on it"));
    }

    /// <summary>Returns the sum that makes one element of a signal or of an activation.</summary>
    /// <param name="layer">The layer at whose output the element stands, or the input's name.</param>
    /// <param name="element">c,y,x or a number; null for the largest in size.</param>
    /// <param name="signals">The backward pass whose signal is traced; null to trace the activation.</param>
    /// <exception cref="NetVizException">There is no such layer or element.</exception>
    public TraceStep Trace(string layer, string? element, LayerSignals? signals)
    {
        int tensor = Network.Find(layer);
        long? at = element is null ? null : ElementText.Parse(element, Record.ShapeOf(tensor), Network.LayoutOf(tensor), layer);
        return signals is null
            ? Analysis.Traces.Trace.Forward(Record, _pixels, layer, at, steps: 1)[0]
            : Analysis.Traces.Trace.Backward(Record, Seed.Class(signals.Class), signals.Rule,
                t => signals.InDouble(t) ?? throw new NetVizException($"no signal comes to '{Network.NameOf(t)}'"), layer, at,
                steps: 1)[0];
    }

    /// <summary>Returns how an element is written: c,y,x in a feature map, one number in a vector.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="index">An index for each axis.</param>
    public string ElementName(int tensor, IReadOnlyList<int> index) =>
        ElementText.Of(index, Record.ShapeOf(tensor), Network.LayoutOf(tensor));

    /// <inheritdoc/>
    public void Dispose() => _image.Dispose();
}

public sealed partial class Explainer
{
    /// <summary>Runs a picture forward and keeps all activations, so that passes can be looked at layer by layer.</summary>
    /// <param name="image">A picture.</param>
    /// <param name="progress">Receives warnings.</param>
    /// <param name="token">Cancels it.</param>
    /// <exception cref="NetVizException">The picture cannot be read, or does not fit the network.</exception>
    public Exploration Explore(InputFile image, IProgress<ProcedureEvent>? progress = null, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.IsArray)
            throw new NetVizException($"'{image.Path}' is an array; the explorer takes pictures", "give the photograph");
        var warnings = new List<string>();
        var run = new ProcedureRun(new WarningList(warnings, progress), token);
        OneImage one = OneImage.Open(image, this, OneImage.TopClass, null, run, [.. Network.Nodes.Select(node => node.Name)]);
        try
        {
            return new Exploration(one, Pixels(one)) { Warnings = warnings };
        }
        catch
        {
            one.Dispose();
            throw;
        }
    }

    private sealed class WarningList(List<string> warnings, IProgress<ProcedureEvent>? next) : IProgress<ProcedureEvent>
    {
        public void Report(ProcedureEvent value)
        {
            if (value is Remark { IsWarning: true } remark) warnings.Add(remark.Text);
            next?.Report(value);
        }
    }
}
