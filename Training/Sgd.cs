using System.Numerics.Tensors;

namespace NetViz.Training;

/// <summary>
/// Stochastic gradient descent with momentum, weight decay and clipping: with g the gradient, w the weights, v the momenta,
/// m the momentum, d the weight decay, c the clip and r the learning rate,
/// <code>
/// g &lt;- g min(1, c / |g|)     over all parameters at once (Pascanu et al., arXiv 1211.5063)
/// g &lt;- g + d w               where the parameter decays
/// v &lt;- m v + g
/// w &lt;- w - r v               or w - r (g + m v) by Nesterov's rule (Sutskever et al. 2013)
/// </code>
/// The numbers do not depend on the number of threads.
/// </summary>
public sealed class Sgd
{
    // Numbers of one block: four arrays of them stay in the second-level cache of a core.
    private const int BlockLength = 1 << 14;

    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly float[][] _momenta;
    private readonly (int Parameter, int Start, int Length)[] _blocks;
    private readonly double[] _squares;
    private readonly ParallelOptions _parallel;

    /// <summary>Starts with momenta of 0.</summary>
    /// <param name="parameters">What is learned.</param>
    /// <param name="threads">Threads; 0 for one a core.</param>
    public Sgd(IReadOnlyList<Parameter> parameters, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _parameters = parameters;
        _momenta = [.. parameters.Select(parameter => new float[parameter.Values.Length])];
        _blocks = [.. Blocks([.. parameters.Select(parameter => parameter.Values.Length)])];
        _squares = new double[_blocks.Length];
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads };
    }

    /// <summary>m, 0 to less than 1.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether steps follow Nesterov's rule.</summary>
    public bool Nesterov { get; init; }

    /// <summary>d, for parameters that decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>c, the longest gradient; 0 for no clipping.</summary>
    public double Clip { get; init; }

    /// <summary>The momenta, one array a parameter in their order: with the values all that a step depends on.</summary>
    public IReadOnlyList<float[]> Momenta => _momenta;

    /// <summary>Makes one step from the parameters' gradients, which it uses as working memory.</summary>
    /// <param name="learningRate">r.</param>
    /// <returns>The length of the gradient before clipping. Where it is not finite, nothing was changed.</returns>
    public double Step(double learningRate)
    {
        double norm = GradientNorm();
        if (!double.IsFinite(norm)) return norm;
        float scale = Clip > 0 && norm > Clip ? (float)(Clip / norm) : 1, rate = -(float)learningRate;
        Parallel.For(0, _blocks.Length, _parallel, b =>
        {
            (int p, int start, int length) = _blocks[b];
            Parameter parameter = _parameters[p];
            Span<float> g = parameter.Gradient.AsSpan(start, length), w = parameter.Values.AsSpan(start, length),
                v = _momenta[p].AsSpan(start, length);
            if (scale != 1) TensorPrimitives.Multiply(g, scale, g);
            if (parameter.Decays && WeightDecay != 0) TensorPrimitives.MultiplyAdd(w, (float)WeightDecay, g, g);
            TensorPrimitives.MultiplyAdd(v, (float)Momentum, g, v);
            if (Nesterov)
            {
                TensorPrimitives.MultiplyAdd(v, (float)Momentum, g, g);
                TensorPrimitives.MultiplyAdd(g, rate, w, w);
            }
            else
            {
                TensorPrimitives.MultiplyAdd(v, rate, w, w);
            }
        });
        return norm;
    }

    // Each block's sum by one thread, the blocks' sums in their order.
    private double GradientNorm()
    {
        Parallel.For(0, _blocks.Length, _parallel, b =>
        {
            (int p, int start, int length) = _blocks[b];
            _squares[b] = TensorPrimitives.SumOfSquares<float>(_parameters[p].Gradient.AsSpan(start, length));
        });
        double sum = 0;
        foreach (double square in _squares) sum += square;
        return Math.Sqrt(sum);
    }

    /// <summary>Cuts arrays into blocks, in order.</summary>
    internal static IEnumerable<(int Array, int Start, int Length)> Blocks(IReadOnlyList<int> lengths)
    {
        for (int a = 0; a < lengths.Count; a++)
        {
            for (int start = 0; start < lengths[a]; start += BlockLength)
                yield return (a, start, Math.Min(BlockLength, lengths[a] - start));
        }
    }
}
