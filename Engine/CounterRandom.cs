namespace NetViz.Engine;

/// <summary>
/// Random numbers by counting: number i of a stream is a hash of (seed, stream, i), so any part can be computed on its own,
/// in parallel, and always comes out the same, on every machine to the last bit.
/// </summary>
/// <param name="seed">Different seeds give unrelated numbers.</param>
/// <param name="stream">Different streams of one seed are unrelated too: one for each tensor.</param>
public readonly struct CounterRandom(ulong seed, ulong stream)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    // The variance of the sum of four uniform 16-bit numbers: 4 (65536^2 - 1) / 12.
    private static readonly double Unit = Math.Sqrt((65536.0 * 65536.0 - 1) / 3);

    private readonly ulong _key = Mix(unchecked(seed + Golden * (Mix(stream) | 1)));

    /// <summary>
    /// Bell-shaped numbers of mean 0: each the sum of four uniform ones, which needs no logarithm and hence has the same
    /// bits everywhere. They reach 3.46 deviations.
    /// </summary>
    /// <param name="start">The counter of the first number.</param>
    /// <param name="deviation">The standard deviation.</param>
    /// <param name="destination">Filled with numbers start, start + 1, ...</param>
    public void Fill(long start, double deviation, Span<float> destination)
    {
        var scale = (float)(deviation / Unit);
        for (int i = 0; i < destination.Length; i++)
        {
            ulong bits = Bits(start + i);
            int sum = unchecked((ushort)bits + (ushort)(bits >> 16) + (ushort)(bits >> 32) + (ushort)(bits >> 48));
            destination[i] = (sum - 2 * 65535) * scale;
        }
    }

    /// <summary>64 uniform bits.</summary>
    public ulong Bits(long counter) => Mix(unchecked(_key + (ulong)counter * Golden));

    // The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
