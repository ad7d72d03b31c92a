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
/// The analysis of one type of layer. What is not overridden holds for a linear layer without constants that works element by
/// element.
/// </summary>
internal abstract class LayerAnalysis<T> : LayerAnalysis
    where T : Layer
{
    /// <summary>Ends the remark on a layer that all three rules pass alike.</summary>
    protected const string Same = "the same under all rules";

    /// <summary>The same for a layer that Zeiler and Fergus do not have.</summary>
    protected const string ByExtension = "the same under all rules, for DeconvNet by extension";

    /// <inheritdoc/>
    public sealed override Type LayerType => typeof(T);

    /// <inheritdoc/>
    public sealed override (string Equation, string Remark) EquationOf(Layer layer, ReluRule rule, Unpooling unpooling) =>
        Equation((T)layer, rule, unpooling);

    /// <inheritdoc/>
    public sealed override IReadOnlyList<string> ReasonsOf(Layer layer, Passage passage) => Reasons((T)layer, passage);

    /// <inheritdoc/>
    public sealed override TracePart ForwardOf(Layer layer, ForwardElement element) => Forward((T)layer, element);

    /// <inheritdoc/>
    public sealed override TracePart BackwardOf(Layer layer, BackwardElement element) => Backward((T)layer, element);

    /// <inheritdoc/>
    public sealed override LiteralSignal[]? TransposeOf(Layer layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r) => Transpose((T)layer, inputs, output, kept, r);

    /// <inheritdoc/>
    public sealed override LiteralSignal? DerivativeOf(Layer layer, Shape input, Shape output, PortableLayer kept, double[] v,
        bool transposed) => Derivative((T)layer, input, output, kept, v, transposed);

    /// <inheritdoc/>
    public sealed override double[]? DirectionalOf(Layer layer, Shape[] inputs, Shape output, PortableLayer kept, double[][] v) =>
        Directional((T)layer, inputs, output, kept, v);

    /// <inheritdoc/>
    public sealed override double[] TangentOf(Layer layer, TangentStep step, double[][] inputs) =>
        Tangent((T)layer, step, inputs);

    /// <inheritdoc/>
    public sealed override void FieldOf(Layer layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        Field((T)layer, above, output, below, inputs);

    /// <inheritdoc/>
    public sealed override Layer WithoutConstantsOf(Layer layer) => WithoutConstants((T)layer);

    /// <inheritdoc/>
    public sealed override (string Name, Func<long, double> At)? ConstantsOf(Layer layer, ForwardRecord record, Node node,
        Shape output) => Constants((T)layer, record, node, output);

    /// <inheritdoc/>
    public sealed override string? RecordedFaultOf(Layer layer, Shape input, Shape output, PortableLayer kept, double[] x) =>
        RecordedFault((T)layer, input, output, kept, x);

    /// <inheritdoc/>
    public sealed override LayerFindings ProveOf(Layer layer, ProvenLayer at) => Prove((T)layer, at);

    /// <inheritdoc/>
    public sealed override string DescriptionOf(Layer layer) => Description((T)layer);

    /// <inheritdoc cref="EquationOf"/>
    protected abstract (string Equation, string Remark) Equation(T layer, ReluRule rule, Unpooling unpooling);

    /// <inheritdoc cref="ReasonsOf"/>
    protected virtual IReadOnlyList<string> Reasons(T layer, Passage passage) => ["Nothing is zeroed."];

    /// <inheritdoc cref="ForwardOf"/>
    protected abstract TracePart Forward(T layer, ForwardElement e);

    /// <inheritdoc cref="BackwardOf"/>
    protected abstract TracePart Backward(T layer, BackwardElement e);

    /// <inheritdoc cref="TransposeOf"/>
    protected abstract LiteralSignal[]? Transpose(T layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept,
        double[] r);

    /// <inheritdoc cref="DerivativeOf"/>
    protected virtual LiteralSignal? Derivative(T layer, Shape input, Shape output, PortableLayer kept, double[] v,
        bool transposed) => null;

    /// <inheritdoc cref="DirectionalOf"/>
    protected virtual double[]? Directional(T layer, Shape[] inputs, Shape output, PortableLayer kept, double[][] v) => null;

    /// <inheritdoc cref="TangentOf"/>
    protected virtual double[] Tangent(T layer, TangentStep step, double[][] inputs) =>
        Derivative(layer, step.InputShapes[0], step.OutputShape, step.Kept, inputs[0], transposed: false)?.Values
            ?? SingleLayer.Forward(step.Linear, step.Node, step.InputShapes, inputs);

    /// <inheritdoc cref="FieldOf"/>
    protected virtual void Field(T layer, bool[] above, Shape output, bool[][] below, Shape[] inputs) =>
        FieldSets.Elementwise(above, below);

    /// <inheritdoc cref="WithoutConstantsOf"/>
    protected virtual Layer WithoutConstants(T layer) => layer;

    /// <inheritdoc cref="ConstantsOf"/>
    protected virtual (string Name, Func<long, double> At)? Constants(T layer, ForwardRecord record, Node node, Shape output) =>
        null;

    /// <inheritdoc cref="RecordedFaultOf"/>
    protected virtual string? RecordedFault(T layer, Shape input, Shape output, PortableLayer kept, double[] x) => null;

    /// <inheritdoc cref="ProveOf"/>
    protected virtual LayerFindings Prove(T layer, ProvenLayer at) => LinearProof.Find(at);

    /// <inheritdoc cref="DescriptionOf"/>
    protected virtual string Description(T layer) => layer.Operator;

    /// <summary>Returns an operator with its window, for example <c>Conv 3x3 / 2</c>.</summary>
    protected static string WithWindow(string operatorName, Window w) =>
        $"{operatorName} {w.KH}x{w.KW}" + (w.StrideH > 1 || w.StrideW > 1
            ? w.StrideH == w.StrideW ? $" / {w.StrideH}" : $" / {w.StrideH}x{w.StrideW}"
            : "");
}
