using NetViz.Analysis.Layers;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
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
        Shape output = record.ShapeOf(node.Output);
        switch (node.Layer)
        {
            case RectifierLayer rectifier: return new ForwardMap(LiteralDerivative.Times(rectifier, kept, x[0]), 0);
            case MaxPool pool: return new ForwardMap(Gather(pool, inputs[0], output, kept.Switches, x[0]), 0);
            case Lrn lrn:
                return new ForwardMap(LiteralDerivative.Times(lrn.Parameters, output, kept.Input, x[0], transposed: false), 0);
            case SoftmaxLayer softmax:
                return new ForwardMap(LiteralDerivative.Times(softmax, output, kept.Output, x[0], transposed: false).Values, 0);
        }

        double[] product = LayerAlone.Forward(record.Prepared, node, inputs, x);
        double[] bias = LayerAlone.Forward(record.Prepared, node, inputs, [.. x.Select(part => new double[part.Length])]);
        for (int i = 0; i < product.Length; i++) product[i] -= bias[i];
        return new ForwardMap(product, Math.Sqrt(bias.Sum(b => b * b)));
    }

    /// <summary>(A x)(p) = x at the place of p's switch.</summary>
    private static double[] Gather(MaxPool pool, Shape input, Shape output, int[] switches, double[] x)
    {
        var gathered = new double[output.Count];
        for (int p = 0; p < gathered.Length; p++)
            gathered[p] = LiteralDeconvNet.PlaceOf(pool, input, output, switches, p) is int q ? x[q] : 0;
        return gathered;
    }
}
