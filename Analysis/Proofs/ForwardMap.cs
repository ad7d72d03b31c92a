using NetViz.Analysis.Layers;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Analysis.Proofs;

/// <summary>
/// A, the linear part of a layer at one image, run forward: what the adjoint identity &lt;A x, y&gt; = &lt;x, A^T y&gt; is
/// tried with. A layer that is linear but for its bias runs on the back-end, A x = f(x) - f(0); of the others A is the
/// derivative at the image: a max-pooling gathers at its recorded switches, a rectifier multiplies by its slopes.
/// </summary>
/// <param name="Product">A x.</param>
/// <param name="BiasNorm">The Euclidean norm of f(0), whose rounding is in A x.</param>
internal sealed record ForwardMap(double[] Product, double BiasNorm)
{
    /// <summary>A x at a node.</summary>
    /// <param name="record">The forward pass of the image.</param>
    /// <param name="node">The node.</param>
    /// <param name="kept">What the node kept.</param>
    /// <param name="x">One array for each input.</param>
    public static ForwardMap Run(ForwardRecord record, Node node, PortableLayer kept, double[][] x)
    {
        Shape[] inputs = [.. node.Inputs.Select(record.ShapeOf)];
        LayerAnalysis analysis = LayerAnalyses.Of(node.Layer);
        Shape output = record.ShapeOf(node.Output);
        if (analysis.DirectionalOf(node.Layer, inputs, output, kept, x) is { } directional) return new ForwardMap(directional, 0);
        if (analysis.DerivativeOf(node.Layer, inputs[0], output, kept, x[0], transposed: false) is { } derivative)
            return new ForwardMap(derivative.Values, 0);

        double[] product = SingleLayer.Forward(record.Prepared, node, inputs, x);
        double[] bias = SingleLayer.Forward(record.Prepared, node, inputs, [.. x.Select(part => new double[part.Length])]);
        for (int i = 0; i < product.Length; i++) product[i] -= bias[i];
        return new ForwardMap(product, Math.Sqrt(bias.Sum(b => b * b)));
    }
}
