using NetViz.Engine.Rules;
using NetViz.Visualisation.Reconstruction;

namespace NetViz.Procedures;

/// <summary>What x.reconstruct.LAYER.json and top.json hold.</summary>
internal sealed record ReconstructReport(string Pictures, int PictureCount, string[] Rules, string OnePerPicture, int Top,
    string TopFrom, string Seed, IReadOnlyList<LayerUnits> Layers, string Model, string ModelSha256, string Preprocessing,
    string Device, string Version)
{
    public ReconstructReport(Explainer model, string pictures, int count, BackwardRule[] rules, string onePerPicture, int top,
        IReadOnlyList<LayerUnits> layers)
        : this(pictures, count, [.. rules.Select(rule => rule.Name)], onePerPicture, top, "secondary: Zeiler and Fergus show 9",
            "1 at the unit, 0 elsewhere: the activation itself instead would scale the signal alone", layers, model.Model.Path,
            model.Model.Sha256, model.Preprocessing.Describe(), model.Prepared.Kernels.Name, ResultFiles.Version) =>
        RuleNote = LrnNote.Of(rules, model.Network);

    /// <summary>What must be known of the rules, such as that DeconvNet passes LRN unchanged.</summary>
    public string? RuleNote { get; }
}

/// <summary>One layer's units; the shape is maps, rows, columns.</summary>
public sealed record LayerUnits(string Layer, int[] Shape, IReadOnlyList<UnitOfPicture> Units, IReadOnlyList<string> Sheets)
{
    /// <summary>For each rule the file of the units' raw signals in their order, [units, C, rows, columns].</summary>
    public IReadOnlyList<string> Signals { get; init; } = [];
}

/// <summary>A unit of a picture and what it sees.</summary>
public sealed record UnitOfPicture(int Map, int Y, int X, float Activation, string Picture, FieldReport Field)
{
    internal UnitOfPicture(ReconstructedUnit unit)
        : this(unit.Unit.C, unit.Unit.Y, unit.Unit.X, unit.Unit.Value, unit.PictureName, new FieldReport(unit.Field, null))
    {
    }
}
