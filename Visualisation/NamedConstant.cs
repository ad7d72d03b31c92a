using System.Globalization;

namespace NetViz.Visualisation;

/// <summary>Where a constant comes from.</summary>
public enum Origin
{
    /// <summary>1312.6034 itself.</summary>
    Paper,

    /// <summary>A published programme or note: CS231n's assignment, Yosinski et al. 2015, Lucid.</summary>
    Secondary,

    /// <summary>No paper states it; ours.</summary>
    Ours,

    /// <summary>The user.</summary>
    Given,
}

/// <summary>A constant of a procedure.</summary>
/// <param name="Name">Its name, as the option that sets it.</param>
/// <param name="Value">A number, or words where none says it.</param>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Meaning">What it is, and its unit; null where the name says it.</param>
public sealed record NamedConstant(string Name, object Value, Origin Origin, string? Meaning = null)
{
    /// <summary>The value that the origin is of, where the user may have given another; null otherwise.</summary>
    public object? Default { get; init; }

    /// <summary>The value as a number.</summary>
    /// <exception cref="FormatException">It is words.</exception>
    public double Number => Convert.ToDouble(Value, CultureInfo.InvariantCulture);
}
