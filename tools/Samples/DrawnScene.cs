using SkiaSharp;

namespace NetViz.Visualisation.Samples;

/// <summary>
/// A picture that this project draws itself, of a class that its own network knows: something to explain where there is no
/// photograph at hand. Everything in it is computed, and comes out the same at each run on one machine.
/// </summary>
/// <param name="name">The file's name without extension, lower case with hyphens.</param>
/// <param name="className">The class, as Tiny ImageNet's list and ImageNet's name it first: "orange".</param>
/// <param name="wordNetId">The class's WordNet id: "n07747607".</param>
/// <param name="description">What is to be seen, in a few words.</param>
public abstract class SampleScene(string name, string className, string wordNetId, string description)
{
    /// <summary>The file's name without extension, lower case with hyphens.</summary>
    public string Name { get; } = name;

    /// <summary>The class that the picture shows, by the first of its names.</summary>
    public string ClassName { get; } = className;

    /// <summary>The class's WordNet id, such as n07747607.</summary>
    public string WordNetId { get; } = wordNetId;

    /// <summary>What is to be seen, in a few words.</summary>
    public string Description { get; } = description;

    /// <summary>Draws the scene onto the square [0, size) x [0, size).</summary>
    /// <param name="canvas">The canvas; opaque, sRGB.</param>
    /// <param name="size">The side in pixels.</param>
    internal abstract void Draw(SKCanvas canvas, int size);
}
