using System.Numerics.Tensors;
using NetViz.Analysis.Layers;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Analysis.Traces;

/// <summary>What the constants of one layer contribute to a score.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Constant">Which constants: bias, shift, padding or bounds.</param>
/// <param name="Value">&lt;dS_c/db, b>.</param>
public sealed record TaylorTerm(string Layer, string Constant, double Value);

/// <summary>
/// The score of a piecewise linear network told by its own gradient: on the piece around I_0 every layer is an affine map, so
/// <code>
/// S_c(I_0) = &lt;w, I_0> + sum over layers l of &lt;dS_c/db_l, b_l>      w = dS_c/dI at I_0
/// </code>
/// It is the Taylor expansion of 1312.6034, section 3, with nothing left over, the constants written out. Constants are the
/// biases of Conv and FullyConnected, the shifts of Affine (batch normalisation too), the value that Pad writes, and the bound
/// that a Clip puts out where it is flat; dS_c/db_l is the gradient's signal at the layer's output, summed over what shares
/// the constant. It holds for the gradient alone: under DeconvNet and guided the signal is no derivative.
/// </summary>
/// <param name="Image">Which of the N.</param>
/// <param name="Class">c.</param>
/// <param name="Score">S_c as the forward pass computed it.</param>
/// <param name="ImageTerm">&lt;w, I_0>.</param>
/// <param name="Terms">One for each layer with constants that the score depends on, from the image up.</param>
/// <param name="Curved">
/// Layers on the way that are not piecewise linear (LRN, a Softmax inside, Sigmoid, InstanceNormalization): where there is one the
/// identity does not hold, and
/// the gap is no rounding.
/// </param>
public sealed record TaylorLedger(int Image, int Class, double Score, double ImageTerm, IReadOnlyList<TaylorTerm> Terms,
    IReadOnlyList<string> Curved)
{
    /// <summary>The right side: the image's term and all constants'.</summary>
    public double Sum => ImageTerm + Terms.Sum(term => term.Value);

    /// <summary>Left minus right.</summary>
    public double Gap => Score - Sum;

    /// <summary>The sum of all terms' magnitudes.</summary>
    public double Magnitudes => Math.Abs(ImageTerm) + Terms.Sum(term => Math.Abs(term.Value));

    /// <summary>|gap| / |S_c|; undefined, NaN or infinite, where the score is 0.</summary>
    public double GapToScore => Math.Abs(Gap) / Math.Abs(Score);

    /// <summary>|gap| over the sum of all terms' magnitudes: what cancelling between terms leaves of their digits.
    /// Undefined where all of them are 0.</summary>
    public double GapToTerms => Math.Abs(Gap) / Magnitudes;

    /// <summary>Names of the activations that the forward pass must keep: the image, and the Clips' outputs.</summary>
    public static string[] Keeps(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return [network.Input.Name, .. network.Nodes.Where(node => node.Layer is Clip).Select(node => node.Name)];
    }

    /// <summary>The ledger of each image of a record, for a class each.</summary>
    /// <param name="record">What the forward pass left; it kept <see cref="Keeps"/>.</param>
    /// <param name="classes">One class for each image.</param>
    /// <exception cref="NetVizException">Activations were not kept, or a class does not exist.</exception>
    public static IReadOnlyList<TaylorLedger> Of(ForwardRecord record, IReadOnlyList<int> classes)
    {
        ArgumentNullException.ThrowIfNull(record);
        Network network = record.Prepared.Network;
        if (network.Find(network.Input.Name) != 0)
        {
            throw new NetVizException($"network '{network.Name}' has a layer of its input's name '{network.Input.Name}'",
                "the Taylor ledger needs the input by its name; rename one of them");
        }
        double[] image = record.ActivationInDouble(network.Input.Name).Flat();
        int n = record.InputShape.N;
        var imageTerms = new double[n];
        var terms = new Stack<(string Layer, string Constant, double[] Values)>();
        var curved = new Stack<string>();
        record.Descend(Seed.Classes(classes), BackwardRule.Gradient, (int tensor, DeviceTensor signal) =>
        {
            var r = new double[signal.Shape.Count];
            record.Prepared.Kernels.Download(signal, r);
            if (tensor == 0)
            {
                imageTerms = PerImage(n, r, i => image[i]);
                return;
            }
            Node node = network.Nodes[tensor - 1];
            if (LayerAnalyses.Of(node.Layer).IsCurved) curved.Push(node.Name);
            if (LayerAnalyses.Of(node.Layer).ConstantsOf(node.Layer, record, node, signal.Shape) is ({ } name, { } at))
                terms.Push((node.Name, name, PerImage(n, r, at)));
        });
        Tensor<double> scores = record.ScoresInDouble;
        return [.. Enumerable.Range(0, n).Select(i => new TaylorLedger(i, classes[i], scores[i, classes[i]], imageTerms[i],
            [.. terms.Select(term => new TaylorTerm(term.Layer, term.Constant, term.Values[i]))], [.. curved]))];
    }

    /// <summary>sum over the elements of each image of r times a constant.</summary>
    private static double[] PerImage(int n, double[] r, Func<long, double> constant)
    {
        var sums = new double[n];
        int each = r.Length / n;
        for (int i = 0; i < r.Length; i++)
        {
            if (r[i] != 0) sums[i / each] += r[i] * constant(i);
        }

        return sums;
    }
}
