namespace NetViz.CudaEmulator.Ptx.Operations;

// sqrt, rcp and div of .rn round correctly; what is .approx here is as exact as float32 can be, on a card within some units in
// the last place.

internal readonly struct SquareRoot : IUnary<float>
{
    public static bool HasVector => false;

    public static float Of(float a) => MathF.Sqrt(a);
}

internal readonly struct Reciprocal : IUnary<float>
{
    public static bool HasVector => false;

    public static float Of(float a) => 1f / a;
}

internal readonly struct ReciprocalSquareRoot : IUnary<float>
{
    public static bool HasVector => false;

    public static float Of(float a) => (float)(1 / Math.Sqrt(a));
}

/// <summary>2^a.</summary>
internal readonly struct Exponential2 : IUnary<float>
{
    public static bool HasVector => false;

    public static float Of(float a) => (float)Math.Pow(2, a);
}

internal readonly struct Logarithm2 : IUnary<float>
{
    public static bool HasVector => false;

    public static float Of(float a) => (float)Math.Log2(a);
}

internal readonly struct Sine : IUnary<float>
{
    public static bool HasVector => false;

    public static float Of(float a) => (float)Math.Sin(a);
}

internal readonly struct Cosine : IUnary<float>
{
    public static bool HasVector => false;

    public static float Of(float a) => (float)Math.Cos(a);
}

internal readonly struct HyperbolicTangent : IUnary<float>
{
    public static bool HasVector => false;

    public static float Of(float a) => (float)Math.Tanh(a);
}
