namespace NetViz.Kernels;

/// <summary>What is computed of two tensors element by element.</summary>
public enum PairKind
{
    /// <summary>a + b.</summary>
    Sum,

    /// <summary>a - b.</summary>
    Difference,

    /// <summary>a b.</summary>
    Product,

    /// <summary>a / b.</summary>
    Quotient,

    /// <summary>The smaller one; the derivative goes to a where both are equal.</summary>
    Minimum,

    /// <summary>The larger one; the derivative goes to a where both are equal.</summary>
    Maximum,
}

/// <summary>The functions of two numbers and their derivatives, in float32, for the processor and the card.</summary>
public static class PairFunction
{
    /// <summary>Whether the derivatives depend on the numbers, so that both inputs are kept.</summary>
    public static bool IsCurved(PairKind kind) => kind is not (PairKind.Sum or PairKind.Difference);

    /// <summary>f(a, b).</summary>
    public static float Value(PairKind kind, float a, float b)
    {
        if (kind == PairKind.Sum) return a + b;
        if (kind == PairKind.Difference) return a - b;
        if (kind == PairKind.Product) return a * b;
        if (kind == PairKind.Quotient) return a / b;
        if (kind == PairKind.Minimum) return b < a ? b : a;
        return b > a ? b : a;
    }

    /// <summary>r df/da for side 0, r df/db for side 1.</summary>
    public static float Signal(PairKind kind, int side, float r, float a, float b)
    {
        if (kind == PairKind.Sum) return r;
        if (kind == PairKind.Difference) return side == 0 ? r : -r;
        if (kind == PairKind.Product) return side == 0 ? r * b : r * a;
        if (kind == PairKind.Quotient) return side == 0 ? r / b : -(r / b) * (a / b);
        bool isSecond = kind == PairKind.Minimum ? b < a : b > a;
        return isSecond == (side == 1) ? r : 0f;
    }
}
