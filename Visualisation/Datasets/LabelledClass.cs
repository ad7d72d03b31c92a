namespace NetViz.Visualisation.Datasets;

/// <summary>A class of a set.</summary>
/// <param name="Id">The name of its folder: a WordNet number such as n07747607 where classes.txt lists those.</param>
/// <param name="Names">All its names, the most usual one first.</param>
public sealed record LabelledClass(string Id, IReadOnlyList<string> Names)
{
    /// <summary>The name to show: the first one.</summary>
    public string Name => Names[0];
}
