using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Traces;

/// <summary>
/// One element of a layer's input, to which the layer sends a sum: R_n(e) = sum over the outputs o that read e of (do/de)
/// R_{n+1}(o), each summand with its weight as it stands in the file.
/// </summary>
/// <param name="terms">What is known of the backward pass.</param>
/// <param name="node">The layer, which reads the element's tensor.</param>
/// <param name="input">By which of its inputs.</param>
/// <param name="element">The element of that tensor, row-major.</param>
internal sealed class BackwardElement(BackwardTerms terms, Node node, int input, long element)
{
    private ForwardRecord Record => terms.Record;

    /// <summary>The rule of the backward pass.</summary>
    public BackwardRule Rule => terms.Rule;

    /// <summary>The element of the input, row-major.</summary>
    public long Element => element;

    /// <summary>Which of the layer's inputs holds the element.</summary>
    public int InputNumber => input;

    /// <summary>The shape of that input.</summary>
    public Shape Input => InputShape(input);

    /// <summary>The shape of the layer's output.</summary>
    public Shape Output => Record.ShapeOf(node.Output);

    /// <summary>The element's index on each axis; a new array at each call.</summary>
    public int[] Index => ElementIndex.Of(Input, element);

    /// <summary>R_{n+1}, row-major.</summary>
    public double[] Signal => terms.Signal(node.Output);

    /// <summary>What the forward pass kept at the layer.</summary>
    public PortableLayer Kept => terms.KeptBy(node);

    /// <summary>The activations of the first input; null unless they were kept.</summary>
    public double[]? Activation => terms.Activation(node.Inputs[0]);

    /// <summary>Returns the shape of an input.</summary>
    public Shape InputShape(int number) => Record.ShapeOf(node.Inputs[number]);

    /// <summary>Returns a summand.</summary>
    /// <param name="name">The weight's name; null for a factor without one.</param>
    /// <param name="weight">The weight; null where the product is no weight times r.</param>
    /// <param name="at">The element of the output that it multiplies.</param>
    /// <param name="product">The product; weight times r if null.</param>
    public TraceTerm Term(string? name, double? weight, long at, double? product = null)
    {
        double[] r = Signal;
        return new TraceTerm(node.Name, name, weight, Record.Prepared.Network.NameOf(node.Output), at, ElementIndex.Of(Output, at),
            r[at], product ?? weight!.Value * r[at]) { TensorIndex = node.Output };
    }

    /// <summary>Returns the sum, its largest summands first.</summary>
    public TracePart Part(string equation, string? note, IEnumerable<TraceTerm> summands) => new(node.Name, node.Layer.Operator,
        equation, note, [.. summands.OrderByDescending(term => Math.Abs(term.Product))], null);

    /// <summary>Returns the sum of one element that only moved; of none where it went nowhere.</summary>
    public TracePart Moved(string equation, int[]? at, string? note = null) =>
        Part(equation, note, at is null ? [] : [Term(null, 1, ElementIndex.In(Output, at))]);
}
