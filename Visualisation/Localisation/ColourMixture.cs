using NetViz.Engine;

namespace NetViz.Visualisation.Localisation;

/// <summary>
/// A mixture of normal distributions over RGB colours (0..255), p(c) = sum over k of w_k N(c; m_k, S_k), fitted by expectation
/// maximisation. No eigenvalue of a covariance falls below <see cref="VarianceFloor"/>; as the floor is met by the exact maximum
/// under that constraint, the likelihood never falls from one step to the next. An instance keeps its arrays from one fit to the
/// next; it belongs to one thread.
/// </summary>
public sealed class ColourMixture
{
    /// <summary>The least variance in any direction of colour: a deviation of 3 grey levels [ours].</summary>
    public const double VarianceFloor = 9;

    /// <summary>The most steps [ours].</summary>
    public const int MaxIterations = 30;

    /// <summary>It ends where a step adds less than this to the mean log-likelihood of a pixel [ours].</summary>
    public const double Tolerance = 1e-3;

    // A component that explains less than a thousandth of a pixel has died: its mean would be a rounding error.
    private const double Dead = 1e-3;

    private readonly double[] _weight;
    private readonly double[] _mean;
    private readonly SymmetricMatrix[] _covariance;
    private readonly SymmetricMatrix[] _inverse;
    // log w_k - log((2 pi)^(3/2) sqrt(det S_k)).
    private readonly double[] _logScale;
    private readonly double[] _logDensity;
    // For each component: sum of shares, of share * c, of share * c c^T.
    private readonly double[] _sums;
    private float[] _shares = [];
    private double[] _distances = [];

    /// <summary>Makes room.</summary>
    /// <param name="components">The most components that a fit may have.</param>
    public ColourMixture(int components)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(components, 1);
        (Capacity, _weight, _mean) = (components, new double[components], new double[3 * components]);
        (_inverse, _logScale) = (new SymmetricMatrix[components], new double[components]);
        (_logDensity, _sums) = (new double[components], new double[10 * components]);
        _covariance = new SymmetricMatrix[components];
    }

    /// <summary>The most components.</summary>
    public int Capacity { get; }

    /// <summary>Components of the last fit; fewer than the most where there are fewer colours.</summary>
    public int Count { get; private set; }

    /// <summary>Steps of the last fit.</summary>
    public int Iterations { get; private set; }

    /// <summary>The mean log-likelihood of a pixel after each step of the last fit, the start first.</summary>
    public List<double> LogLikelihoods { get; } = [];

    /// <summary>The components' shares of the pixels, which add up to 1.</summary>
    public ReadOnlySpan<double> Weights => _weight.AsSpan(0, Count);

    /// <summary>The components' means, [component, colour].</summary>
    public ReadOnlySpan<double> Means => _mean.AsSpan(0, 3 * Count);

    /// <summary>The components' covariances.</summary>
    public ReadOnlySpan<SymmetricMatrix> Covariances => _covariance.AsSpan(0, Count);

    /// <summary>Fits the mixture.</summary>
    /// <param name="rgb">A picture, [pixel, 3].</param>
    /// <param name="pixels">Which pixels of it; at least one.</param>
    /// <param name="random">Chooses the first means.</param>
    public void Fit(ReadOnlySpan<byte> rgb, ReadOnlySpan<int> pixels, CounterRandom random)
    {
        if (pixels.IsEmpty) throw new ArgumentException("There is no pixel to fit to.", nameof(pixels));
        if (_shares.Length < pixels.Length * Capacity) _shares = new float[pixels.Length * Capacity];
        Start(rgb, pixels, random);
        LogLikelihoods.Clear();
        Iterations = 0;
        Maximise(rgb, pixels);
        LogLikelihoods.Add(Expect(rgb, pixels));
        while (Iterations < MaxIterations)
        {
            Maximise(rgb, pixels);
            LogLikelihoods.Add(Expect(rgb, pixels));
            Iterations++;
            if (LogLikelihoods[^1] - LogLikelihoods[^2] < Tolerance) break;
        }
    }

    /// <summary>log p(c).</summary>
    public double LogDensity(byte r, byte g, byte b)
    {
        double greatest = double.NegativeInfinity;
        for (int k = 0; k < Count; k++)
        {
            double form = _inverse[k].Form(r - _mean[3 * k], g - _mean[3 * k + 1], b - _mean[3 * k + 2]);
            greatest = Math.Max(greatest, _logDensity[k] = _logScale[k] - form / 2);
        }

        double sum = 0;
        for (int k = 0; k < Count; k++)
        {
            // Below e^-30 of the greatest it does not show in a double's sum.
            double less = _logDensity[k] - greatest;
            if (less > -30) sum += Math.Exp(less);
        }

        return greatest + Math.Log(sum);
    }

    /// <summary>
    /// As k-means++ starts (Arthur and Vassilvitskii 2007): the first mean is a pixel by chance, each further one a pixel chosen
    /// with a probability proportional to its squared distance from the nearest mean so far. Each pixel then belongs to its
    /// nearest mean.
    /// </summary>
    private void Start(ReadOnlySpan<byte> rgb, ReadOnlySpan<int> pixels, CounterRandom random)
    {
        if (_distances.Length < pixels.Length) _distances = new double[pixels.Length];
        Span<double> distances = _distances.AsSpan(0, pixels.Length);
        distances.Fill(double.PositiveInfinity);
        Span<float> shares = _shares.AsSpan(0, pixels.Length * Capacity);
        shares.Clear();
        int next = (int)(Uniform(random, 0) * pixels.Length);
        for (Count = 1; ; Count++)
        {
            int k = Count - 1;
            for (int c = 0; c < 3; c++) _mean[3 * k + c] = rgb[3 * pixels[next] + c];
            double total = 0;
            for (int i = 0; i < pixels.Length; i++)
            {
                ReadOnlySpan<byte> colour = rgb.Slice(3 * pixels[i], 3);
                double r = colour[0] - _mean[3 * k], g = colour[1] - _mean[3 * k + 1], b = colour[2] - _mean[3 * k + 2];
                double distance = r * r + g * g + b * b;
                if (distance < distances[i])
                {
                    distances[i] = distance;
                    shares.Slice(i * Capacity, Capacity).Clear();
                    shares[i * Capacity + k] = 1;
                }

                total += distances[i];
            }

            if (Count == Capacity || total == 0) return;
            double mark = Uniform(random, Count) * total;
            // Rounding may leave a rest at the end; the last pixel that is no mean already takes it.
            for (int i = 0; i < pixels.Length; i++)
            {
                if (distances[i] == 0) continue;
                next = i;
                if ((mark -= distances[i]) < 0) break;
            }
        }
    }

    // Of 53 bits: uniform in [0, 1).
    private static double Uniform(CounterRandom random, long counter) => (random.Bits(counter) >> 11) * (1.0 / (1L << 53));

    /// <summary>The components that make the pixels likeliest, each pixel divided by its shares.</summary>
    private void Maximise(ReadOnlySpan<byte> rgb, ReadOnlySpan<int> pixels)
    {
        Span<double> sums = _sums;
        sums.Clear();
        for (int i = 0; i < pixels.Length; i++)
        {
            ReadOnlySpan<byte> colour = rgb.Slice(3 * pixels[i], 3);
            double r = colour[0], g = colour[1], b = colour[2];
            for (int k = 0; k < Count; k++)
            {
                double share = _shares[i * Capacity + k];
                if (share == 0) continue;
                Span<double> sum = sums.Slice(10 * k, 10);
                sum[0] += share;
                sum[1] += share * r;
                sum[2] += share * g;
                sum[3] += share * b;
                sum[4] += share * r * r;
                sum[5] += share * r * g;
                sum[6] += share * r * b;
                sum[7] += share * g * g;
                sum[8] += share * g * b;
                sum[9] += share * b * b;
            }
        }

        double whole = 0;
        for (int k = 0; k < Count; k++) whole += sums[10 * k];
        for (int k = 0; k < Count; k++)
        {
            Span<double> sum = sums.Slice(10 * k, 10);
            double n = sum[0];
            _weight[k] = n / whole;
            if (n < Dead)
            {
                _logScale[k] = double.NegativeInfinity;
                continue;
            }

            double r = sum[1] / n, g = sum[2] / n, b = sum[3] / n;
            (_mean[3 * k], _mean[3 * k + 1], _mean[3 * k + 2]) = (r, g, b);
            SymmetricMatrix covariance = new SymmetricMatrix(sum[4] / n - r * r, sum[5] / n - r * g, sum[6] / n - r * b,
                sum[7] / n - g * g, sum[8] / n - g * b, sum[9] / n - b * b).WithFloor(VarianceFloor);
            _covariance[k] = covariance;
            _inverse[k] = covariance.Inverse();
            _logScale[k] = Math.Log(_weight[k]) - 1.5 * Math.Log(2 * Math.PI) - 0.5 * Math.Log(covariance.Determinant);
        }
    }

    /// <summary>Divides each pixel among the components in proportion to their densities at it.</summary>
    /// <returns>The mean log-likelihood of a pixel.</returns>
    private double Expect(ReadOnlySpan<byte> rgb, ReadOnlySpan<int> pixels)
    {
        double sum = 0;
        for (int i = 0; i < pixels.Length; i++)
        {
            ReadOnlySpan<byte> colour = rgb.Slice(3 * pixels[i], 3);
            double log = LogDensity(colour[0], colour[1], colour[2]);
            sum += log;
            Span<float> shares = _shares.AsSpan(i * Capacity, Count);
            for (int k = 0; k < shares.Length; k++)
            {
                double less = _logDensity[k] - log;
                shares[k] = less > -30 ? (float)Math.Exp(less) : 0;
            }
        }

        return sum / pixels.Length;
    }
}
