#:project ../Procedures/Procedures.csproj
// The image that a class stands for, with progress and Ctrl-C: gradient ascent on the class's score.
//   dotnet run -c Release examples/class-model.cs [CLASS [FOLDER]]
// Ctrl-C ends it between two steps, and nothing half-done is written.
using NetViz.Engine.Files;
using NetViz.Kernels;
using NetViz.Procedures;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
string name = args.Length > 0 ? args[0] : "orange";
string folder = args.Length > 1 ? args[1] : Directory.CreateTempSubdirectory("netviz-example-").FullName;
using var guard = FileGuard.Begin(force: false);
using var explainer = Explainer.Open(new ModelOptions { Algorithm = ConvAlgorithm.Direct });
var progress = new Percent();
try
{
    ClassModelResults drawn = explainer.ClassModels(new ClassModelOptions
    {
        Classes = [name],
        Presets = ["paper"],
        Constants = args.Length > 0 ? new Dictionary<string, double>() : new Dictionary<string, double> { ["steps"] = 20 },
    }, progress, stop.Token);
    Console.WriteLine($"{name}: {drawn.Models.Count} class model, {drawn.Save(folder).Count} files");
    return drawn.Models.Count == 1 && progress.Reports > 0 ? 0 : 1;
}
catch (OperationCanceledException)
{
    Console.WriteLine("cancelled; nothing was written");
    return 130;
}
finally
{
    if (args.Length < 2) Directory.Delete(folder, recursive: true);
}

/// <summary>Prints every tenth of the work, on the thread that works.</summary>
internal sealed class Percent : IProgress<ProcedureEvent>
{
    private double _total;
    private int _tenths;

    public int Reports { get; private set; }

    public void Report(ProcedureEvent value)
    {
        if (value is WorkStarted started) (_total, _tenths) = (started.Total, 0);
        if (value is not WorkAdvanced advanced || _total <= 0) return;
        Reports++;
        int tenths = (int)(10 * advanced.Done / _total);
        if (tenths <= _tenths) return;
        _tenths = tenths;
        Console.WriteLine($"{10 * tenths} %");
    }
}
