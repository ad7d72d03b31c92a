using NetViz.Analysis.Layers;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using static System.FormattableString;

namespace NetViz.Analysis.Proofs;

/// <summary>A layer with the signal that arrives at its output.</summary>
/// <param name="Record">The forward pass.</param>
/// <param name="Node">The layer in its place.</param>
/// <param name="Kept">What it kept.</param>
/// <param name="R">R_{n+1}.</param>
internal sealed record ProvenLayer(ForwardRecord Record, Node Node, PortableLayer Kept, double[] R)
{
    /// <summary>The shapes of its inputs.</summary>
    public Shape[] Inputs { get; } = [.. Node.Inputs.Select(Record.ShapeOf)];

    /// <summary>The shape of its output.</summary>
    public Shape Output { get; } = Record.ShapeOf(Node.Output);

    /// <summary>How the back-end sums the backward pass of a convolution.</summary>
    public ConvAlgorithm Algorithm => Record.Prepared.AlgorithmDown(Node);

    /// <summary>The engine's signals below, from a signal above.</summary>
    public double[][] Engine(BackwardRule rule, double[] above) => SingleLayer.Backward(Record, Node, rule, above);

    /// <summary>The literal DeconvNet's signals below; of a softmax its derivative, which every rule takes.</summary>
    public LiteralSignal[] Literal() => LiteralDeconvNet.Down(Node.Layer, Inputs, Output, Kept, R)
        ?? [Derivative(transposed: true)!];

    /// <summary>J R, or J^T R, J the derivative at what the forward pass kept; null for a layer that is linear.</summary>
    public LiteralSignal? Derivative(bool transposed) =>
        LayerAnalyses.Of(Node.Layer).DerivativeOf(Node.Layer, Inputs[0], Output, Kept, R, transposed);
}

/// <summary>What was found at a layer.</summary>
/// <param name="Verdict">What is stated.</param>
/// <param name="Difference">The engine's gradient against the literal DeconvNet.</param>
/// <param name="Bound">What bounds the difference.</param>
/// <param name="ShareOfBound">How much of it was reached, where there is one.</param>
/// <param name="Parted">At how many elements they differ, where they part.</param>
/// <param name="Faults">Statements that do not hold.</param>
internal sealed record LayerFindings(string Verdict, SignalDifference Difference, string Bound, double? ShareOfBound,
    long? Parted, IReadOnlyList<string> Faults);

/// <summary>At layers at which gradient and DeconvNet are one map: the engine's gradient is the literal DeconvNet.</summary>
internal static class LinearProof
{
    public static LayerFindings Find(ProvenLayer at)
    {
        double[][] engine = at.Engine(BackwardRule.Gradient, at.R);
        LiteralSignal[] literal = at.Literal();
        var difference = new SignalDifference();
        for (int k = 0; k < engine.Length; k++) difference.Add(engine[k], literal[k]);
        string verdict = LiteralDeconvNet.IsByExtension(at.Node.Layer) ? ProofVerdict.SameByExtension : ProofVerdict.Same;

        bool transformed = at.Algorithm == ConvAlgorithm.Winograd;
        double share = transformed ? difference.Relative / Proof.NormBound : difference.ShareOfBound;
        bool exact = !transformed && !difference.HasBound;
        string bound = transformed ? "1e-5 in norm" : exact ? "exact" : "K 2^-23 sum |w||r|";
        return new LayerFindings(verdict, difference, bound, exact ? null : share, null, share <= 1 ? [] :
        [
            "the engine's gradient is not the literal DeconvNet: " + (transformed
                ? Invariant($"{difference.Relative:e1} apart in norm with a bound of 1e-5; {difference.Worst}")
                : difference.Worst),
        ]);
    }
}
