using System.CommandLine;
using NetViz.Analysis.RuleComparisons;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Proofs;
using NetViz.Visualisation.Rendering;
using Spectre.Console;

namespace NetViz.Cli.CompareRules;

/// <summary><c>netviz compare-rules</c>: where gradient, DeconvNet and guided part, rectifier by rectifier.</summary>
internal static class CompareRulesCommand
{
    private static readonly Option<string> Trajectory = new("--trajectory")
    {
        Description = "The rule on whose way down the signal r is counted: gradient, deconvnet, guided, or a composite as for "
            + "--rule of netviz saliency.",
        HelpName = "RULE",
        DefaultValueFactory = _ => "gradient",
    };

    private static readonly Option<string[]> Layers = new("--layer")
    {
        Description = "The rectifier whose cases are drawn. May be repeated; needs --output. [default: the last before "
            + "each pool]",
        HelpName = "LAYER",
    };

    private static readonly Option<int?> Channel = new("--channel")
    {
        Description = "A channel of the drawn layers whose cases are shown element by element; needs --output.",
        HelpName = "C",
    };

    private static readonly Option<string?> OutputFolder = new("--output", "-o")
    {
        Description = "The folder for x.parting.json, with the numbers channel by channel, and the pictures x.parting.LAYER.png.",
        HelpName = "DIR",
    };

    public static Command Create(string name = "compare-rules") => CommonOptions.Create(name,
        "Shows where gradient, DeconvNet and guided part: at each rectifier the signal r that comes down, in the four cases of "
        + "(x > 0, r > 0), as counts and as L1 mass (arXiv 1312.6034, section 4).",
        [OneImage.Argument, OneImage.ClassName, OneImage.Start, Trajectory, RuleOptions.RuleFile, .. RuleOptions.BoxAlone, Layers, Channel,
            OutputFolder, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string? folder = Output.CheckFolder(parsed.GetValue(OutputFolder));
        if (folder is null && (parsed.GetValue(Layers) is { Length: > 0 } || parsed.GetValue(Channel) is not null))
            throw new NetVizException("--layer and --channel choose what is drawn", "name a folder for it with --output");

        using LoadedModel model = LoadedModel.Open(parsed);
        BackwardRule trajectory = RuleOptions.One(parsed, parsed.GetValue(Trajectory)!, model);
        // The literal DeconvNet stands beside the rule, whatever that is.
        model.NoteRules(BackwardRule.DeconvNet);
        using OneImage image = OneImage.Open(parsed, model);
        string stem = image.File.Stem;
        Output.CheckResults(folder, $"{stem}.parting.json");
        RuleComparison ledger = JobProgress.Run("parting", 0, quiet || json,
            _ => RuleComparison.Of(image.Record, image.Seed, trajectory));
        var report = new PartingReport(image, trajectory.Name, [.. ledger.Layers.Select(PartingLayerReport.Of)],
            new PartingTotals(ledger.Total), ledger.AddsUp, ledger.Unreached);
        if (folder is not null)
        {
            Dictionary<string, string> sheets = Draw(image, ledger, Chosen(parsed, model.Network, ledger),
                parsed.GetValue(Channel), folder);
            report = report with
            {
                Layers = [.. report.Layers.Select(layer => layer with { Sheet = sheets.GetValueOrDefault(layer.Layer) })],
            };
            PartingReport whole = report with
            {
                Layers = [.. report.Layers.Zip(ledger.Layers,
                    (layer, of) => layer with { Channels = PartingLayerReport.ChannelsOf(of) })],
            };
            Output.WriteJson(Path.Combine(folder, $"{image.File.Stem}.parting.json"), whole);
        }

        if (json) Output.PrintJson(report);
        else if (!quiet) Print(image, ledger, report, folder);
        return ledger.AddsUp ? 0 : 1;
    }

    /// <summary>The layers to draw.</summary>
    private static PartingLayer[] Chosen(ParseResult parsed, Network network, RuleComparison ledger)
    {
        if (parsed.GetValue(Layers) is not { Length: > 0 } wanted)
        {
            HashSet<int> before = RectifiersBeforePools(network);
            PartingLayer[] drawable = [.. ledger.Layers.Where(layer => layer.HasPlanes)];
            PartingLayer[] last = [.. drawable.Where(layer => before.Contains(layer.Node.Output))];
            return last.Length > 0 ? last : drawable[^Math.Min(1, drawable.Length)..];
        }
        return [.. wanted.Distinct().Select(name =>
        {
            int tensor = network.Find(name);
            PartingLayer layer = ledger.Layers.FirstOrDefault(layer => layer.Node.Output == tensor)
                ?? throw new NetVizException($"'{name}' is no rectifier that the signal reaches",
                    $"there are {string.Join(", ", ledger.Layers.Select(layer => layer.Name))}");
            return layer.HasPlanes ? layer : throw new NetVizException(
                $"layer '{name}' has the output shape {layer.Shape}; a picture needs rows and columns",
                "choose a layer before the network flattens");
        })];
    }

    /// <summary>Tensors of the rectifiers that are met first on the way from each pooling to the image.</summary>
    private static HashSet<int> RectifiersBeforePools(Network network)
    {
        var (found, seen) = (new HashSet<int>(), new HashSet<int>());
        IEnumerable<Node> pools = network.Nodes.Where(node => node.Layer is MaxPool or AveragePool);
        var open = new Stack<int>(pools.Select(pool => pool.Inputs[0]));
        while (open.TryPop(out int tensor))
        {
            if (tensor == 0 || !seen.Add(tensor)) continue;
            Node node = network.Nodes[tensor - 1];
            if (node.Layer is RectifierLayer) found.Add(tensor);
            else foreach (int input in node.Inputs) open.Push(input);
        }

        return found;
    }

    private static Dictionary<string, string> Draw(OneImage image, RuleComparison ledger, PartingLayer[] layers, int? channel,
        string folder)
    {
        var files = new Dictionary<string, string>();
        foreach (PartingLayer layer in layers)
        {
            string name = $"{image.File.Stem}.parting.{RuleOptions.FileName(layer.Name)}";
            // Two layers' names may differ only in what file systems do not like.
            for (int k = 2; files.ContainsValue($"{name}.png"); k++)
                name = $"{image.File.Stem}.parting.{RuleOptions.FileName(layer.Name)}-{k}";
            bool feedsPool = layer.Node.Layer is Relu && image.Network.Nodes.Any(node => node.Layer is MaxPool
                && node.Inputs[0] == layer.Node.Output && ledger.Trajectory.UnpoolingAt(node.Layer) == Unpooling.Switches);
            string subtitle = $"{layer.Name} {layer.Shape} of {Path.GetFileName(image.Model.Model.Path)}: the signal r that "
                + $"{ledger.Trajectory} brings down to this rectifier, by what gradient and DeconvNet would let through"
                + (layer.IsAnalogy ? $"; by analogy, for a {layer.Node.Layer.Operator}" : "")
                + (feedsPool ? ". It comes through a pool's switches; in a window that is 0 throughout the first element is "
                    + "the switch, hence the grid where x ≤ 0" : "");
            var sheet = new PartingSheet(layer, image.Photo, image.Placement);
            ImageFile.WritePng(sheet.Draw($"{Path.GetFileName(image.File.Path)}: {image.StartName}", subtitle, channel),
                Path.Combine(folder, $"{name}.png"));
            files[layer.Name] = $"{name}.png";
        }

        return files;
    }

    private static void Print(OneImage image, RuleComparison ledger, PartingReport report, string? folder)
    {
        Console.WriteLine(image);
        Console.WriteLine(Printable.Line($"the signal r of {ledger.Trajectory}, at each rectifier"));
        if (ledger.Layers.Count == 0)
        {
            Console.WriteLine("the network has no rectifier on this way: gradient, DeconvNet and guided part at LRN at most");
            return;
        }
        Table table = Output.Table("\nrectifier", "\nelements", "count\nr = 0", "count\nboth", "count\nonly G", "count\nonly D",
            "count\nneither", "mass\nof r", "mass\nboth", "mass\nonly G", "mass\nonly D", "mass\nneither");
        foreach (PartingLayer layer in ledger.Layers) table.AddRow(Row(layer.Name + (layer.IsAnalogy ? " *" : ""), layer.Total));
        table.AddRow(Row("all", ledger.Total));
        Output.Console.Write(table);
        Console.WriteLine("count: in % of the elements; mass: in % of the sum of |r|. both: x > 0, r > 0, let through by "
            + "all three\nrules, and all that guided lets through; only G: x > 0, r < 0, by the gradient alone; only D: x <= 0, "
            + "r > 0, by\nDeconvNet alone; neither: x <= 0, r < 0, by none.");
        PartingLayer[] analogies = [.. ledger.Layers.Where(layer => layer.IsAnalogy)];
        if (analogies.Length > 0)
        {
            Console.WriteLine("* by analogy: a LeakyRelu multiplies by its slope what a ReLU would stop; a Clip lets through "
                + "whole where x\n  (gradient) or r (DeconvNet) lies between its bounds. What comes out changed counts beside "
                + "the cases.");
        }
        if (image.Network.Nodes.Any(node => node.Layer is Lrn))
            Console.WriteLine("At LRN the rules part, too: DeconvNet passes it over. It has no such cases.");
        image.Model.PrintRuleNote();
        if (ledger.Unreached.Count > 0)
            Console.WriteLine(Printable.Line($"not on the way: {string.Join(", ", ledger.Unreached)}"));
        Console.WriteLine(ledger.AddsUp
            ? $"Compared with what the engine's rectifiers let through of the same r, under each rule: at "
                + $"{(ledger.Layers.Count == 1 ? "the one rectifier" : $"all {ledger.Layers.Count} rectifiers")} the\nmasses of "
                + "the cases add up to it exactly, without rounding."
            : Printable.Line("FAILED: the cases do not add up to what the engine's rectifiers let through at "
                + string.Join(", ", ledger.Layers.Where(layer => !layer.AddsUp).Select(layer => layer.Name))));
        if (folder is null) return;
        string[] sheets = [.. report.Layers.Select(layer => layer.Sheet).OfType<string>()];
        string files = string.Join(", ", sheets.Take(2).Prepend($"{image.File.Stem}.parting.json"))
            + (sheets.Length > 2 ? $" and {sheets.Length - 2} more" : "");
        Console.WriteLine(Printable.Line($"{files} in {folder}{Path.DirectorySeparatorChar}"));
    }

    private static string[] Row(string name, PartingCases cases)
    {
        string Count(PartingCase which) => $"{100 * cases.CountShare(which):0.0}";
        string Mass(PartingCase which) => cases.Mass.IsZero ? "-" : $"{100 * cases.MassShare(which):0.0}";
        return [Markup.Escape(Printable.Line(name)), $"{cases.Elements}", Count(PartingCase.NoSignal), Count(PartingCase.Both),
            Count(PartingCase.OnlyGradient), Count(PartingCase.OnlyDeconvNet), Count(PartingCase.Neither),
            cases.Mass.Value >= 1000 ? $"{cases.Mass.Value:0}" : $"{cases.Mass.Value:G3}", Mass(PartingCase.Both),
            Mass(PartingCase.OnlyGradient), Mass(PartingCase.OnlyDeconvNet), Mass(PartingCase.Neither)];
    }
}
