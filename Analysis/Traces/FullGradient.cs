using NetViz.Analysis.Layers;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Traces;

/// <summary>
/// The parts of a score that add up to it in a piecewise linear network (Srinivas, Fleuret 2019, arXiv 1905.00780): the input
/// times its gradient, and at each layer its constants times the gradient at its output, element by element; the
/// <see cref="TaylorLedger"/> holds their sums.
/// </summary>
/// <param name="Layer">The layer, or the network's input.</param>
/// <param name="Shape">The shape of the values.</param>
/// <param name="Values">Row-major.</param>
public sealed record FullGradientPart(string Layer, Shape Shape, double[] Values)
{
    /// <summary>Computes all parts that have rows and columns, the input's last.</summary>
    /// <param name="record">What the forward pass left; it kept <see cref="TaylorLedger.Keeps"/>.</param>
    /// <param name="classes">A class for each image.</param>
    /// <param name="use">Told each part, which is not kept here.</param>
    /// <exception cref="Engine.NetVizException">Activations were not kept, or a class does not exist.</exception>
    public static void Each(ForwardRecord record, IReadOnlyList<int> classes, Action<FullGradientPart> use)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(use);
        Network network = record.Prepared.Network;
        double[] image = record.ActivationInDouble(network.Input.Name).Flat();
        record.Descend(Seed.Classes(classes), BackwardRule.Gradient, (int tensor, DeviceTensor signal) =>
        {
            if (signal.Shape.Rank != 4) return;
            Func<long, double>? constant = i => image[i];
            if (tensor > 0)
            {
                Node node = network.Nodes[tensor - 1];
                constant = LayerAnalyses.Of(node.Layer).ConstantsOf(node.Layer, record, node, signal.Shape)?.At;
            }

            if (constant is null) return;
            var values = new double[signal.Shape.Count];
            record.Prepared.Kernels.Download(signal, values);
            for (int i = 0; i < values.Length; i++) values[i] *= constant(i);
            use(new FullGradientPart(network.NameOf(tensor), signal.Shape, values));
        });
    }
}
