using NetViz.Analysis.LinearRegions;
using NetViz.Analysis.Proofs;
using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// What analyses know of one type of layer: its equations in words, and in double, written from the equations without the
/// kernels, what
/// it computes forward and backward. Each type of layer has one, in a file of its own; analyses only drive them.
/// </summary>
internal abstract class LayerAnalysis
{
    /// <summary>The layers' type. Layers of derived types have the same analysis.</summary>
    public abstract Type LayerType { get; }

    /// <summary>
    /// Whether Zeiler and Fergus do not have such a layer, so that DeconvNet passes it by extension: by its transposed linear
    /// map.
    /// </summary>
    public virtual bool IsByExtension(Layer layer) => true;

    /// <summary>
    /// Whether the layer bends: it is neither linear nor linear between kinks that the forward pass records.
    /// </summary>
    public virtual bool IsCurved => false;

    /// <summary>Returns what the layer does to the signal, in a line of plain text, and a remark on it.</summary>
    public abstract (string Equation, string Remark) EquationOf(Layer layer, ReluRule rule, Unpooling unpooling);

    /// <summary>Returns what the layer zeroed of a signal and why, in sentences with counts.</summary>
    public abstract IReadOnlyList<string> ReasonsOf(Layer layer, Passage passage);

    /// <summary>Returns the sum that makes one element of the layer's output.</summary>
    public abstract TracePart ForwardOf(Layer layer, ForwardElement element);

    /// <summary>Returns the sum that the layer sends down to one element of one of its inputs.</summary>
    public abstract TracePart BackwardOf(Layer layer, BackwardElement element);

    /// <summary>
    /// Computes DeconvNet's signal below the layer literally: R_n for each input, null where DeconvNet cannot be extended to it.
    /// </summary>
    public abstract LiteralSignal[]? TransposeOf(Layer layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r);

    /// <summary>
    /// Computes J v, or J^T v, J the derivative at what the forward pass kept; null for a layer that is linear.
    /// </summary>
    public abstract LiteralSignal? DerivativeOf(Layer layer, Shape input, Shape output, PortableLayer kept, double[] v,
        bool transposed);

    /// <summary>Computes the tangent at the layer's output from those at its inputs.</summary>
    public abstract double[] TangentOf(Layer layer, TangentStep step, double[][] inputs);

    /// <summary>Adds the inputs on which chosen outputs can depend to the sets below. Row-major, of one image.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="above">The chosen outputs.</param>
    /// <param name="output">The output's shape.</param>
    /// <param name="below">For each input the set to add to.</param>
    /// <param name="inputs">The inputs' shapes.</param>
    public abstract void FieldOf(Layer layer, bool[] above, Shape output, bool[][] below, Shape[] inputs);

    /// <summary>Returns the layer without the constants that it adds: f(x) = A x + b becomes A x. Weights are shared.</summary>
    public abstract Layer WithoutConstantsOf(Layer layer);

    /// <summary>
    /// Returns the constant that the layer adds to each element of its output, numbered row-major; null for a layer that adds
    /// none.
    /// </summary>
    public abstract (string Name, Func<long, double> At)? ConstantsOf(Layer layer, ForwardRecord record, Node node, Shape output);

    /// <summary>Returns what is wrong with the bits or switches that a forward pass recorded; null for nothing.</summary>
    public abstract string? RecordedFaultOf(Layer layer, Shape input, Shape output, PortableLayer kept, double[] x);

    /// <summary>Whether the forward pass records bits or switches of the layer that can be checked against its input.</summary>
    public virtual bool HasRecordedState => false;

    /// <summary>Compares the engine's rules at the layer with their formulas.</summary>
    public abstract LayerFindings ProveOf(Layer layer, ProvenLayer at);

    /// <summary>Returns the layer in a few words, for example <c>Conv 3x3 / 2</c>.</summary>
    public abstract string DescriptionOf(Layer layer);
}
