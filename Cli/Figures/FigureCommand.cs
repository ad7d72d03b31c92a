using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Cli.Saliency;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Procedures;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering.Pages;

namespace NetViz.Cli.Figures;

/// <summary><c>netviz figure</c>: pictures by methods, as a figure for a paper.</summary>
internal static class FigureCommand
{
    private static readonly Argument<string[]> Pictures = new("IMAGE")
    {
        Description = "Pictures, folders, sample:NAME, or FIGURE.json, which names pictures, columns, titles and looks; options go "
            + "before what it says. [default: a sample]",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string[]> Methods = new("--method")
    {
        Description = $"A column: a rule as for --rule of netviz saliency, or a map ({string.Join(", ", MapNames.All.Keys)}). May be "
            + "repeated. [default: gradient, deconvnet, guided]",
        HelpName = "RULE|MAP",
    };

    private static readonly Option<string[]> Classes = new("--class", "-c")
    {
        Description = "The class by number or name, or 'top'. Several make a column each for every method.",
        HelpName = "N|NAME|top",
    };

    private static readonly Option<string[]> Layers = new("--layer", "-l")
    {
        Description = "The layer at whose output signals are shown. Several make a column each for every method.",
        HelpName = "LAYER",
    };

    private static readonly Option<string[]> Networks = new("--network")
    {
        Description = "A network besides --model; each makes a column for every method, with its own preprocessing. May be repeated.",
        HelpName = "FILE|NAME",
    };

    private static readonly Option<string?> Title = new("--title") { Description = "The first line of the figure.", HelpName = "TEXT" };

    private static readonly Option<bool> Overlay = new("--overlay") { Description = "Draw maps over their pictures." };

    private static readonly Option<bool> NoBars = new("--no-bars") { Description = "Draw no colour bars." };

    private static readonly Option<bool> NoNotes = new("--no-notes")
    {
        Description = "Write nothing below pictures, and nothing of scales at the end.",
    };

    private static readonly Option<int?> RowLength = new("--row-length")
    {
        Description = "Panels side by side, 8 unless told otherwise; more methods go on below.",
        HelpName = "N",
    };

    private static readonly Option<double?> Width = new("--width")
    {
        Description = "The figure's width in millimetres, 180 unless told otherwise.",
        HelpName = "MM",
    };

    private static readonly Option<int?> Dpi = new("--dpi")
    {
        Description = "Pixels an inch of PNG and WebP, 300 unless told otherwise.",
        HelpName = "N",
    };

    private static readonly Option<string?> Reduce = new("--reduce")
    {
        Description = "How the channels of a signal become one map: max of the magnitudes [paper], sum, mean, or signed. Default: "
            + "max, and the signed sum where numbers have a sign.",
        HelpName = "max|sum|mean|signed",
    };

    private static readonly Option<string> FigurePath = new("--output", "-o")
    {
        Description = "The figure; the name's end says what it is: .pdf, .svg, .png or .webp. Beside FILE.pdf FILE.figure.json says "
            + "how it was made.",
        HelpName = "FILE",
        DefaultValueFactory = _ => "figure.pdf",
    };

    public static Command Create() => CommonOptions.Create("figure",
        "Draws a figure for a paper: a row for each picture, a column for each rule, map, class, layer or network, of a width in "
        + "millimetres, with colour bars and a stated scale. In .pdf and .svg text stays text in an embedded typeface, and maps keep "
        + "the resolution of the network's input. Each panel shows what the network sees of the picture.",
        [Pictures, Methods, Classes, Layers, Networks, Title, Overlay, NoBars, NoNotes, RowLength, Width, Dpi, Reduce,
            .. MapOptions.OfFigure, LookOptions.Scale, LookOptions.Colours, LookOptions.Percentile, LookOptions.PngLevel, FigurePath,
            CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        string output = ResultFiles.CheckFile("Output", parsed.GetValue(FigurePath)!);
        SheetFormat format = SheetFormats.OfFile("Output", output);
        string[] arguments = parsed.GetValue(Pictures) ?? [];
        string[] files = [.. arguments.Where(name => name.EndsWith(".json", StringComparison.OrdinalIgnoreCase))];
        if (files.Length > 1) throw new NetVizException($"{files.Length} figure files; one is supported");
        ModelOptions models = CommonOptions.ModelOf(parsed);
        var options = new FigureOptions { Maps = MapOptions.OfFigureOptions(parsed) };
        IEnumerable<string> named = arguments.Except(files);
        if (files.Length == 1)
        {
            (IReadOnlyList<string> pictures, options, string? model, string? preprocess) = FigureFile.Read(files[0], options);
            FileGuard.Reads(files[0]);
            models = models with { Model = models.Model ?? model, Preprocess = models.Preprocess ?? preprocess };
            if (!named.Any()) named = pictures;
        }

        options = Chosen(parsed, options);
        IReadOnlyList<InputFile> inputs = InputFile.Expand(named, Output.Note);
        options.Check(inputs.Count);
        OutputFile.Check(output, format.Kind());
        OutputFile.Check(FigureResult.JsonOf(output), ResultKind.Json);
        ConsoleProgress console = ConsoleProgress.Of(parsed);
        using Explainer explainer = Explainer.Open(models, console);
        FigureResult result = explainer.Figure(inputs, options, console);
        IReadOnlyList<string> written = result.Save(output);
        if (parsed.GetValue(CommonOptions.Json)) Output.PrintJson(result.Report);
        else if (!parsed.GetValue(CommonOptions.Quiet))
        {
            Output.Line($"{Counted.Of(inputs.Count, "picture")} by {Counted.Of(result.Report.Rows[0].Maps.Count, "column")}, "
                + $"{options.Width} mm wide, scale {result.Report.Scale}");
            Output.Wrote(Path.GetDirectoryName(output) is { Length: > 0 } folder ? folder : ".", written);
        }

        return 0;
    }

    /// <summary>What the command line says, before what the file says.</summary>
    private static FigureOptions Chosen(ParseResult parsed, FigureOptions options)
    {
        string[] methods = parsed.GetValue(Methods) ?? [], classes = parsed.GetValue(Classes) ?? [];
        string[] layers = parsed.GetValue(Layers) ?? [], networks = parsed.GetValue(Networks) ?? [];
        IReadOnlyList<FigureColumn> columns = methods.Length > 0 ? [.. methods.Select(FigureFile.ColumnOf)]
            : options.Columns.Count > 0 ? options.Columns : FigureOptions.UsualColumns;
        if (classes.Length == 1) options = options with { Class = classes[0] };
        columns = Each(columns, classes.Length > 1 ? classes : [], (column, name) => column with { Class = name });
        columns = layers.Length == 1 ? [.. columns.Select(column => column with { Layer = layers[0] })]
            : Each(columns, layers, (column, name) => column with { Layer = name });
        if (networks.Length > 0)
        {
            columns = [.. columns, .. networks.SelectMany(network => columns.Select(column => column with
            {
                Model = network,
                Title = $"{column.Title ?? column.Rule ?? column.Map}, {Path.GetFileNameWithoutExtension(network)}",
            }))];
        }

        return options with
        {
            Columns = columns,
            Title = parsed.GetValue(Title) ?? options.Title,
            Overlay = parsed.GetValue(Overlay) || options.Overlay,
            Bars = options.Bars && !parsed.GetValue(NoBars),
            Notes = options.Notes && !parsed.GetValue(NoNotes),
            RowLength = parsed.GetValue(RowLength) ?? options.RowLength,
            Width = parsed.GetValue(Width) ?? options.Width,
            Dpi = parsed.GetValue(Dpi) ?? options.Dpi,
            Reduction = parsed.GetValue(Reduce) is { } reduction ? CommonOptions.ParseChoice<Reduction>("--reduce", reduction) : options.Reduction,
            Scale = LookOptions.ScaleOf(parsed.GetValue(LookOptions.Scale)) ?? options.Scale,
            Colours = parsed.GetValue(LookOptions.Colours) ?? options.Colours,
            Percentile = parsed.GetValue(LookOptions.Percentile) ?? options.Percentile,
            PngLevel = parsed.GetValue(LookOptions.PngLevel),
        };
    }

    // Every column once for each name, which its title says.
    private static IReadOnlyList<FigureColumn> Each(IReadOnlyList<FigureColumn> columns, string[] names,
        Func<FigureColumn, string, FigureColumn> with) => names.Length == 0 ? columns
        : [.. columns.SelectMany(column => names.Select(name => with(column, name) with
        {
            Title = $"{column.Title ?? column.Rule ?? column.Map}, {name}",
        }))];
}
