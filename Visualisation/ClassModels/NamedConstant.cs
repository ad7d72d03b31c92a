namespace NetViz.Visualisation.ClassModels;

/// <summary>Where a constant comes from.</summary>
public enum Origin
{
    /// <summary>1312.6034 itself.</summary>
    Paper,

    /// <summary>A published programme or note: CS231n's assignment, Yosinski et al. 2015, Lucid.</summary>
    Secondary,

    /// <summary>Nobody says it; ours.</summary>
    Ours,

    /// <summary>The user.</summary>
    Given,
}

/// <summary>One number of a procedure.</summary>
/// <param name="Name">Its name, as the option that sets it.</param>
/// <param name="Value">The number.</param>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Meaning">What it is, and its unit.</param>
public sealed record NamedConstant(string Name, double Value, Origin Origin, string Meaning);
