using NetViz.Visualisation;

namespace NetViz.Procedures;

/// <summary>A constant of a procedure as JSON has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Origin">paper, secondary, ours or given.</param>
/// <param name="Default">The value that the origin is of.</param>
/// <param name="Meaning">What it is, and its unit.</param>
internal sealed record ConstantReport(string Name, object Value, string Origin, object? Default, string? Meaning)
{
    public static ConstantReport Of(NamedConstant constant) => new(constant.Name, constant.Value,
        constant.Origin.ToString().ToLowerInvariant(), constant.Default, constant.Meaning);
}
