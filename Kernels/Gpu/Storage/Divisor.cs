namespace NetViz.Kernels.Gpu;

/// <summary>
/// A divisor of numbers 0 .. 2^31 - 1, by multiplication (Granlund and Montgomery 1994): with s = ceil(log2 d) and
/// m = ceil(2^(31 + s) / d), n / d = n m >> (31 + s) = (2 n m >> 32) >> s, of which cards have the first half as one instruction;
/// they have none that divides integers.
/// </summary>
internal readonly struct Divisor
{
    /// <summary>d.</summary>
    public readonly int Value;

    private readonly uint _factor;
    private readonly int _shift;

    public Divisor(int value)
    {
        Value = value;
        while (1L << _shift < value) _shift++;
        _factor = (uint)(((1UL << (31 + _shift)) + (ulong)value - 1) / (ulong)value);
    }

    /// <summary>n / d; anything where n is negative.</summary>
    public int Quotient(int n) => (int)((uint)((ulong)((uint)n << 1) * _factor >> 32) >> _shift);
}
