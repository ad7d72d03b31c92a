using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Analysis.Layers;

/// <summary>
/// DeconvNet as Zeiler and Fergus write it (arXiv 1311.2901, section 2.1), one layer at a time: unpool by the recorded
/// switches, rectify, convolve forward with flipped and transposed filters. It is written a second time here so that a
/// comparison with the engine's way down says something: it shares no code with the kernels nor with any layer's Backward,
/// computes in double and reads the weights as the file has them.
/// <para>
/// Layers that DeconvNet does not have go "by extension": the transposed linear map, and f(r) at rectifiers other than ReLU.
/// Local response normalisation is passed over.
/// </para>
/// </summary>
public static partial class LiteralDeconvNet
{
    /// <summary>The signal below a layer from the signal above it.</summary>
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
        return layer switch
        {
            MaxPool pool => [Unpool(pool, inputs[0], output, kept.Switches, r)],
            RectifierLayer rectifier => [LiteralSignal.Moved(Rectify(rectifier, r))],
            Conv conv => [Deconvolve(conv, inputs[0], output, r)],
            Lrn => [LiteralSignal.Moved([.. r])],

            // By extension:
            FullyConnected connected => [Connect(connected, inputs[0], r)],
            Affine affine => [Scale(affine, inputs[0], r)],
            AveragePool pool => [Spread(pool, inputs[0], output, r)],
            Concat concat => Part(concat, inputs, output, r),
            Sum sum => [LiteralSignal.Moved([.. r]), LiteralSignal.Moved([.. r.Select(value => sum.Subtracts ? -value : value)])],
            Pad pad => [Crop(pad, inputs[0], output, r)],
            Transpose transpose => [PermuteBack(transpose, inputs[0], output, r)],
            Reshape or Identity => [LiteralSignal.Moved([.. r])],
            _ => null,
        };
    }

    /// <summary>Whether a layer is one that Zeiler and Fergus do not have, so that its rule here is an extension.</summary>
    public static bool IsByExtension(Layer layer) => layer is not (Conv or MaxPool or Relu or Lrn);

    /// <summary>f(r), the forward function applied to the signal: max(r, 0) at a ReLU.</summary>
    private static double[] Rectify(RectifierLayer layer, double[] r)
    {
        (double low, double high, double slope) = (layer.Rectifier.Low, layer.Rectifier.High, layer.Rectifier.Slope);
        return layer switch
        {
            LeakyRelu => [.. r.Select(value => value > 0 ? value : slope * value)],
            Clip => [.. r.Select(value => Math.Min(Math.Max(value, low), high))],
            _ => [.. r.Select(value => value > 0 ? value : 0)],
        };
    }
}
