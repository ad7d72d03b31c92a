using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Analysis.Traces;

/// <summary>
/// One element of a layer's output, to be written as a sum: x_{n+1}(o) = sum over the inputs e that it reads of w x_n(e), + b,
/// each
/// summand with its weight as it stands in the file.
/// </summary>
/// <param name="record">The forward pass.</param>
/// <param name="activation">The activations of the tensors below.</param>
/// <param name="node">The layer.</param>
/// <param name="element">The element of its output, row-major.</param>
internal sealed class ForwardElement(ForwardRecord record, Func<int, double[]> activation, Node node, long element)
{
    /// <summary>The element of the output, row-major.</summary>
    public long Element => element;

    /// <summary>The shapes of the layer's inputs.</summary>
    public Shape[] Inputs { get; } = [.. node.Inputs.Select(record.ShapeOf)];

    /// <summary>The shape of the first input.</summary>
    public Shape Input => Inputs[0];

    /// <summary>The element's index on each axis; a new array at each call.</summary>
    public int[] Index => ElementIndex.Of(record.ShapeOf(node.Output), element);

    /// <summary>Returns the activations of an input.</summary>
    public double[] Activation(int input = 0) => activation(node.Inputs[input]);

    /// <summary>Returns a summand.</summary>
    /// <param name="name">The weight's name; null for a factor without one.</param>
    /// <param name="weight">The weight; null where the product is no weight times x.</param>
    /// <param name="at">The element of the input that it multiplies.</param>
    /// <param name="product">The product; weight times x if null.</param>
    /// <param name="input">Which input.</param>
    public TraceTerm Term(string? name, double? weight, long at, double? product = null, int input = 0)
    {
        double x = Activation(input)[at];
        return new TraceTerm(node.Name, name, weight, record.Prepared.Network.NameOf(node.Inputs[input]), at,
            ElementIndex.Of(Inputs[input], at), x, product ?? weight!.Value * x) { TensorIndex = node.Inputs[input] };
    }

    /// <summary>Returns the sum, its largest summands first.</summary>
    public TracePart Part(string equation, string? note, IEnumerable<TraceTerm> terms, double? constant = null) => new(node.Name,
        node.Layer.Operator, equation, note, [.. terms.OrderByDescending(term => Math.Abs(term.Product))], constant);
}
