namespace NetViz.Visualisation.Samples;

/// <summary>
/// A picture that comes with NetViz, of a class that its own network knows: something to explain where there is no photograph at
/// hand. It is computed, not photographed: tools/Samples draws it.
/// </summary>
public sealed class SampleScene
{
    internal SampleScene(string name, string className, string wordNetId, string description) =>
        (Name, ClassName, WordNetId, Description) = (name, className, wordNetId, description);

    /// <summary>The file's name without extension, lower case with hyphens.</summary>
    public string Name { get; }

    /// <summary>The class that the picture shows, by the first of its names in ImageNet's list, such as "orange".</summary>
    public string ClassName { get; }

    /// <summary>The class's WordNet id, such as n07747607.</summary>
    public string WordNetId { get; }

    /// <summary>What is to be seen, in a few words.</summary>
    public string Description { get; }
}
