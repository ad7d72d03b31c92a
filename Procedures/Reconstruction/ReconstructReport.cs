using NetViz.Cli.Common;
using NetViz.Cli.Looking;
using NetViz.Engine;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Reconstruction;
using Spectre.Console;

namespace NetViz.Cli.Reconstruction;

/// <summary>What x.reconstruct.LAYER.json and top.json hold.</summary>
internal sealed record ReconstructReport(string Pictures, int PictureCount, string[] Rules, string OnePerPicture, int Top,
    string TopFrom, string Seed, IReadOnlyList<LayerUnits> Layers, string Model, string ModelSha256, string Preprocessing,
    string Device, string Version)
{
    private const int ListedUnits = 12;

    public ReconstructReport(LoadedModel model, string pictures, int count, BackwardRule[] rules, string onePerPicture, int top,
        IReadOnlyList<LayerUnits> layers)
        : this(pictures, count, [.. rules.Select(rule => rule.Name)], onePerPicture, top, "secondary: Zeiler and Fergus show 9",
            "1 at the unit, 0 elsewhere: the activation itself instead would scale the signal alone", layers, model.Model.Path,
            model.Model.Sha256, model.Preprocessing.Describe(), model.Prepared.Kernels.Name, Output.Version) =>
        RuleNote = model.RuleNote;

    /// <summary>What must be known of the rules, such as that DeconvNet passes LRN unchanged.</summary>
    public string? RuleNote { get; }

    public void Print(string folder)
    {
        foreach (LayerUnits layer in Layers)
        {
            int maps = layer.Units.Select(unit => unit.Map).Distinct().Count();
            string many = PictureCount > 1 ? $" over {Counted.Of(PictureCount, "picture")} of {Pictures}" : $" of {Pictures}";
            Console.WriteLine(Printable.Line($"{layer.Layer}: {Counted.Of(layer.Units.Count, "unit")} of "
                + $"{Counted.Of(maps, "feature map")}{many}"));
            if (layer.Units.Count == 0) continue;
            Table table = Output.Table("map", "row, column", "activation", "sees columns", "rows", "<picture");
            foreach (UnitOfPicture unit in layer.Units.Take(ListedUnits))
            {
                table.AddRow($"{unit.Map}", $"{unit.Y}, {unit.X}", NumberText.Fixed(unit.Activation, "G4"),
                    $"{unit.Field.Left} to {unit.Field.Right}", $"{unit.Field.Top} to {unit.Field.Bottom}",
                    Markup.Escape(Printable.Line(unit.Picture)));
            }

            Output.Console.Write(table);
            if (layer.Units.Count > ListedUnits) Console.WriteLine($"and {layer.Units.Count - ListedUnits} more in the .json");
            foreach (string sheet in layer.Sheets) Console.WriteLine(Printable.Line(Path.Combine(folder, sheet)));
        }

        if (RuleNote is not null) Console.WriteLine(Printable.Line(RuleNote));
    }
}

/// <summary>One layer's units; the shape is maps, rows, columns.</summary>
internal sealed record LayerUnits(string Layer, int[] Shape, IReadOnlyList<UnitOfPicture> Units, IReadOnlyList<string> Sheets);

/// <summary>A unit of a picture and what it sees.</summary>
internal sealed record UnitOfPicture(int Map, int Y, int X, float Activation, string Picture, FieldReport Field)
{
    public UnitOfPicture(ReconstructedUnit unit)
        : this(unit.Unit.C, unit.Unit.Y, unit.Unit.X, unit.Unit.Value, unit.PictureName, new FieldReport(unit.Field, null))
    {
    }
}
