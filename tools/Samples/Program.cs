using System.Globalization;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Samples;
using NetViz.Samples.GroundTruth;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;

// NetViz.Samples FOLDER [SIZE [NAME...]] [--force]
// Draws the scenes, all or those named, and writes them into the folder as PNG files of SIZE x SIZE pixels. Without a size they
// are the files of Visualisation/Samples. --force replaces files that netviz did not write.
// Exit code 0; 2 where the arguments or the folder are of no use.
//
// NetViz.Samples ground-truth FOLDER [COUNT [SEED [SIZE]]] [--mark]
// Draws a labelled set of scenes of which the pixels of the object are known, with masks; --mark plants a shortcut in one class.
const string Usage = "NetViz.Samples FOLDER [SIZE [NAME...]] [--force]", UsageOfSet = "NetViz.Samples ground-truth FOLDER [COUNT [SEED [SIZE]]] [--mark]";
try
{
    if (args is ["ground-truth", ..])
    {
        string[] words = [.. args[1..].Where(argument => argument != "--mark")];
        if (words.Length is < 1 or > 4 || words.Any(word => word.StartsWith('-'))) throw new NetVizException($"The arguments are {UsageOfSet}");
        int[] numbers = [.. words[1..].Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number : throw new NetVizException($"'{word}' is no number", $"the arguments are {UsageOfSet}"))];
        int Number(int index, int otherwise) => index < numbers.Length ? numbers[index] : otherwise;
        SampleScenes.CheckSize(Number(2, 64));
        new GroundTruthSet(words[0], Number(0, 3000), (ulong)Number(1, 1), Number(2, 64), args.Contains("--mark")).Write(done =>
        {
            if (done % 500 == 0) Console.WriteLine($"{done} pictures");
        });
        return 0;
    }

    string[] given = [.. args.Where(argument => argument != "--force")];
    if (given is not [string folder, ..] || given.Any(argument => argument.StartsWith('-')))
        throw new NetVizException($"The arguments are {Usage}");
    int size = SampleScenes.Size;
    if (given.Length > 1 && !int.TryParse(given[1], NumberStyles.None, CultureInfo.InvariantCulture, out size))
        throw new NetVizException($"'{given[1]}' is no side in pixels", $"the arguments are {Usage}");
    SampleScenes.CheckSize(size);
    DrawnScene[] scenes = given.Length > 2 ? [.. given[2..].Select(DrawnScenes.Find).Distinct()] : [.. DrawnScenes.All];
    using FileGuard guard = FileGuard.Begin(force: given.Length < args.Length);
    foreach (DrawnScene scene in scenes) OutputFile.Check(PathOf(scene), ResultKind.Scene);
    foreach (DrawnScene scene in scenes)
    {
        ImageFile.WritePng(scene.Draw(size), PathOf(scene), ResultKind.Scene);
        Console.WriteLine(PathOf(scene));
    }

    return 0;

    string PathOf(DrawnScene scene) => Path.Combine(folder, $"{scene.Name}.png");
}
catch (NetVizException e)
{
    Console.Error.WriteLine($"samples: {e.Message}");
    return 2;
}
