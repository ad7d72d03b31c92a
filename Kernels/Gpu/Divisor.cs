namespace NetViz.Kernels.Gpu;

/// <summary>
/// A divisor of numbers 0 .. 2^31 - 1, by multiplication (Granlund and Montgomery 1994): with s = ceil(log2 d) and
/// m = ceil(2^(31 + s) / d), n / d = n m >> (31 + s). Cards have no instruction that divides integers.
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
        _shift = 31;
        while (1L << (_shift - 31) < value) _shift++;
        _factor = (uint)(((1UL << _shift) + (ulong)value - 1) / (ulong)value);
    }

    /// <summary>n / d; anything where n is negative.</summary>
    public int Quotient(int n) => (int)((ulong)(uint)n * _factor >> _shift);
}
