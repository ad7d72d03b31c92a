using System.CommandLine;
using NetViz.Cli.Common;
using NetViz.Procedures;

namespace NetViz.Cli.LinearRegions;

/// <summary>
/// <c>netviz linear-region</c>: how far from an image the linear picture of the score holds, along a line, to both sides.
/// </summary>
internal static class LinearRegionCommand
{
    private static readonly Option<string> Along = new("--along")
    {
        Description = "The line: the signal of a rule (gradient, deconvnet, guided or a composite), a .npy file of the input's "
            + "shape, or toward:IMAGE for the straight way to another picture.",
        HelpName = "RULE|FILE.npy|toward:IMAGE",
        DefaultValueFactory = _ => "gradient",
    };

    private static readonly Option<string> OutputFolder = new("--output", "-o")
    {
        Description = "The folder for the direction (x.direction.npy, norm 1; x.radius.png) and the result (x.radius.json).",
        HelpName = "DIR",
        DefaultValueFactory = _ => "netviz-out",
    };

    public static Command Create(string name = "linear-region") => CommonOptions.Create(name,
        "Shows how far the linear picture of a class score holds: the smallest step from the image along a line, to both sides, "
        + "at which a rectifier's bit or a max-pooling's switch flips. Found in closed form from one tangent sent up the "
        + "network, in double on the reference back-end whatever --device says, and confirmed by forward passes just below and "
        + "just above. A VGG-16 at 224x224 takes some 18 minutes of processor time, spread over the cores.",
        [ImageArguments.One, ImageArguments.ClassName, Along, RuleOptions.RuleFile, .. LookOptions.OfSheets, OutputFolder, CommonOptions.MaxPixels], Run);

    private static int Run(ParseResult parsed)
    {
        bool quiet = parsed.GetValue(CommonOptions.Quiet), json = parsed.GetValue(CommonOptions.Json);
        string folder = ResultFiles.CheckFolder(parsed.GetValue(OutputFolder)!);
        Look look = LookOptions.Of(parsed);
        using Explainer model = CommonOptions.Open(parsed);
        InputFile file = ImageArguments.OneOf(parsed);
        ResultFiles.Check(folder, $"{file.Stem}.direction.npy", $"{file.Stem}.radius.json");
        LinearRegionOutcome outcome = model.LinearRegion(file, new LinearRegionOptions
        {
            Class = parsed.GetValue(ImageArguments.ClassName)!,
            Along = parsed.GetValue(Along)!,
            RuleFile = parsed.GetValue(RuleOptions.RuleFile),
            Box = RuleOptions.BoxOf(parsed),
            Through = RuleOptions.ThroughOf(parsed),
        }, ConsoleProgress.Of(parsed));
        IReadOnlyList<string> written = outcome.Save(folder, look);
        if (json) Output.PrintJson(outcome.Report);
        else if (!quiet)
        {
            new RadiusText(outcome).Print();
            Output.Wrote(folder, written);
        }

        return outcome.Result.Holds ? 0 : 1;
    }
}
