using NetViz.Engine;
using NetViz.Samples.Scenes;

namespace NetViz.Samples;

/// <summary>The scenes that are drawn, by name.</summary>
internal static class DrawnScenes
{
    /// <summary>All of them, in the order of their names.</summary>
    public static IReadOnlyList<DrawnScene> All { get; } =
    [
        new AcornScene(),
        new AlpScene(),
        new BananaScene(),
        new BellPepperScene(),
        new KeyboardScene(),
        new EspressoScene(),
        new JellyfishScene(),
        new LadybugScene(),
        new LemonScene(),
        new LighthouseScene(),
        new OrangeScene(),
        new PizzaScene(),
        new SchoolBusScene(),
        new TeapotScene(),
    ];

    /// <summary>A scene by its name.</summary>
    /// <param name="name">Such as "orange".</param>
    /// <exception cref="NetVizException">There is none of that name.</exception>
    public static DrawnScene Find(string name) => All.FirstOrDefault(scene => scene.Name == name)
        ?? throw new NetVizException($"There is no scene '{name}'",
            $"there are {string.Join(", ", All.Select(scene => scene.Name))}");
}
