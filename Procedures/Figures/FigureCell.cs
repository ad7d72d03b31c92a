using System.Globalization;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Figures;

namespace NetViz.Procedures;

/// <summary>One map of a figure with its class.</summary>
/// <param name="Panel">The map.</param>
/// <param name="Class">The class with its score.</param>
internal sealed record FigureCell(FigurePanel Panel, RankedClass Class)
{
    /// <summary>Computes the map of one column for one picture.</summary>
    /// <param name="model">The network.</param>
    /// <param name="file">The picture.</param>
    /// <param name="row">Its place in the figure.</param>
    /// <param name="column">The column.</param>
    /// <param name="options">The figure.</param>
    /// <param name="run">Receives warnings.</param>
    public static FigureCell Of(Explainer model, InputFile file, int row, FigureColumn column, FigureOptions options, ProcedureRun run)
    {
        MapKind kind = column.Map is null ? MapKind.Signal : MapNames.Find(column.Map);
        SaliencyResult result = model.SaliencyJob(new SaliencyOptions
        {
            Classes = [column.Class ?? options.Class],
            // The others are made of gradients alone.
            Rules = column.Rule is { } rule ? [rule]
                : kind is MapKind.Signal or MapKind.SmoothGrad or MapKind.InputXGradient ? ["gradient"] : [],
            Reduction = options.Reduction,
            Layer = column.Layer,
            Maps = options.Maps with { Kinds = [kind] },
        }).Explain(file, run);
        ExplainedClass explained = result.Images[0].Classes[0];
        (SaliencyPictures pictures, InputPlacement placement, Photo photo) = result.PicturesOf(explained, new Look
        {
            Colours = options.Colours,
            Percentile = options.Percentile,
        });
        RankedClass ranked = explained.Class;
        string formula = pictures.Rules[0].Formula ?? SaliencyPictures.FormulaOf(pictures.Maps[0].Reduction, pictures.Rules[0].Symbol);
        string known = ranked.Name
            + (ranked.Probability is { } p ? string.Create(CultureInfo.InvariantCulture, $", {100 * p:0.0} %") : "");
        return new FigureCell(new FigurePanel(pictures.Maps[0], FigurePanel.SeenOf(photo, placement), formula,
            column.Title ?? explained.Maps[0].Name)
        {
            Caption = options.Captions.Count > 0 ? options.Captions[row] : options.Notes ? known : "",
            Note = options.Notes && (column.Class is not null || column.Model is not null) ? known : "",
        }, ranked);
    }
}
