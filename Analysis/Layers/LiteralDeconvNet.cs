using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// DeconvNet as Zeiler and Fergus write it (arXiv 1311.2901, section 2.1), one layer at a time: unpool by the recorded
/// switches, rectify, convolve forward with flipped and transposed filters. It is written a second time here, in the analysis of
/// each layer, so that a comparison with the engine's backward pass says something: it shares no code with the kernels nor with
/// any
/// layer's Backward, computes in double and reads the weights as the file has them.
/// <para>
/// Layers that DeconvNet does not have go "by extension": the transposed linear map, and f(r) at rectifiers other than ReLU.
/// Local response normalisation is passed over.
/// </para>
/// </summary>
public static class LiteralDeconvNet
{
    /// <summary>Computes the signal below a layer from the signal above it.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="inputs">The shapes of the layer's inputs.</param>
    /// <param name="output">The shape of its output.</param>
    /// <param name="kept">What the forward pass kept at the layer; of it only switches are read.</param>
    /// <param name="r">R_{n+1}, of the output's shape, row-major.</param>
    /// <returns>R_n for each input; null where DeconvNet cannot be extended to the layer (a softmax inside a
    /// network).</returns>
    public static LiteralSignal[]? Down(Layer layer, IReadOnlyList<Shape> inputs, Shape output, PortableLayer kept, double[] r)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(kept);
        ArgumentNullException.ThrowIfNull(r);
        if (r.LongLength != output.Count) throw new ArgumentException($"{r.LongLength} numbers for {output}.", nameof(r));
        return LayerAnalyses.Of(layer).TransposeOf(layer, inputs, output, kept, r);
    }

    /// <summary>Whether a layer is one that Zeiler and Fergus do not have, so that its rule here is an extension.</summary>
    public static bool IsByExtension(Layer layer) =>
        LayerAnalyses.Of(layer).IsByExtension(layer);
}
