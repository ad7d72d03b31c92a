using NetViz.Engine;
using NetViz.Visualisation.Datasets;

namespace NetViz.Procedures;

/// <summary>The parts of labelled sets.</summary>
internal static class Splits
{
    private const string Validation = "val";

    /// <summary>The split that is taken where none is named: val, or the only one.</summary>
    /// <exception cref="NetVizException">There are several, and none is val.</exception>
    public static string DefaultOf(LabelledSet set) => set.Splits.Contains(Validation) ? Validation
        : set.Splits.Count == 1 ? set.Splits[0]
        : throw new NetVizException($"{set.Path} has no split '{Validation}'",
            $"choose one of {string.Join(", ", set.Splits)} with `Split`");
}
