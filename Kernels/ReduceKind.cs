namespace NetViz.Kernels;

/// <summary>What is computed of the numbers along some axes.</summary>
public enum ReduceKind
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their sum over their number.</summary>
    Mean,

    /// <summary>The largest; the derivative goes to the first of equal ones.</summary>
    Maximum,

    /// <summary>The smallest; the derivative goes to the first of equal ones.</summary>
    Minimum,

    /// <summary>The square root of the sum of their squares; its derivative at 0 is 0.</summary>
    Norm,
}
