using NUnit.Framework;

namespace NetViz.Tests.Common;

/// <summary>Seeded test data. Every number is a float32, held in double, so that all back-ends see the same.</summary>
internal static class Numbers
{
    /// <summary>Normal deviates of mean 0 and deviation 1 (Box and Muller 1958).</summary>
    public static double[] Normal(long count, string seed)
    {
        Random random = Source(seed);
        return Fill(count,
            _ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
    }

    /// <summary>
    /// The numbers (2 i + 1 - count) / 16 in a random order: no two closer than 1/8, none closer than 1/16 to any whole
    /// number, so clear of all kinks of rectifiers and max-poolings.
    /// </summary>
    public static double[] Distinct(long count, string seed)
    {
        double[] values = Fill(count, i => (2 * i + 1 - count + count % 2) / 16.0);
        Source(seed).Shuffle(values);
        return values;
    }

    /// <summary>-2, -1, -0, +0, 1 and 2: windows full of ties.</summary>
    public static double[] FewValues(long count, string seed)
    {
        Random random = Source(seed);
        return Fill(count, _ => random.Next(6) switch { 0 => -2, 1 => -1, 2 => -0.0, 3 => 0, 4 => 1, _ => 2 });
    }

    /// <summary>The same numbers as float32.</summary>
    public static float[] Single(double[] values) => Array.ConvertAll(values, value => (float)value);

    /// <summary>The same numbers as double.</summary>
    public static double[] Double(float[] values) => Array.ConvertAll(values, value => (double)value);

    /// <summary>sum of a(i) b(i).</summary>
    public static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    /// <summary>The Euclidean norm.</summary>
    public static double Norm(double[] a) => Math.Sqrt(Dot(a, a));

    /// <summary>
    /// ||found - expected|| / ||expected||; where nothing is expected 0 or infinity. Infinity for what is no number: NUnit holds
    /// NaN to be less than any bound.
    /// </summary>
    public static double RelativeError(double[] found, double[] expected)
    {
        double difference = Norm([.. found.Zip(expected, (x, y) => x - y)]), norm = Norm(expected);
        double error = norm > 0 ? difference / norm : difference == 0 ? 0 : double.PositiveInfinity;
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }

    /// <summary>Asserts that two arrays hold the same bits; NaN equals itself, and -0 differs from +0.</summary>
    public static void RequireSame(double[] found, double[] expected, string what)
    {
        // NUnit's own comparison boxes each number: it is left to describe the difference once there is one.
        if (!Bits(found).AsSpan().SequenceEqual(Bits(expected))) Assert.That(Bits(found), Is.EqualTo(Bits(expected)), what);

        static long[] Bits(double[] values) => Array.ConvertAll(values, BitConverter.DoubleToInt64Bits);
    }

    private static double[] Fill(long count, Func<int, double> value) => [.. Enumerable.Range(0, (int)count).Select(value)];

    /// <summary>A generator for a name: FNV-1a, since string.GetHashCode differs from run to run.</summary>
    private static Random Source(string seed) => new((int)seed.Aggregate(2166136261u, (hash, c) => (hash ^ c) * 16777619u));
}
