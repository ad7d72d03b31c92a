using System.Diagnostics;
using System.Globalization;
using NetViz.Engine.Model;
using NetViz.Fuzz;
using NetViz.Weights;

// NetViz.Fuzz --models N --files N --documents N --seed S [--first I] [--repository DIR] [--data DIR] [--keep DIR]
// Runs N mutated models, N mutated pictures and arrays, and N mutated side-cars, labels, rules, catalogues, configurations,
// tables, annotations, archives and journals. Case I of seed S is always the same file; --first I --models 1 repeats it.
// Exit code 0: every case ended well or with NetVizException within the limits. 1: one did not; its file is in the folder of
// --keep.
var options = new Dictionary<string, string>();
for (int i = 0; i + 1 < args.Length; i += 2) options[args[i]] = args[i + 1];
int models = Number("--models", 2000), files = Number("--files", 1000), documents = Number("--documents", 1000);
int seed = Number("--seed", 1), first = Number("--first", 0);
string repository = options.GetValueOrDefault("--repository", "."), keep = options.GetValueOrDefault("--keep", "fuzz-failures");
string data = options.GetValueOrDefault("--data", Path.Combine(repository, "..", "shared", "data"));

string folder = Directory.CreateTempSubdirectory("netviz-fuzz-").FullName;
File.WriteAllBytes(Path.Combine(folder, "data.bin"), new byte[4096]);
File.CreateSymbolicLink(Path.Combine(folder, "link.bin"), "/etc/hostname");
string current = "";
(string kind, int index) = ("", 0);
var failures = 0;
long start = Stopwatch.GetTimestamp();
var seeds = SeedModels.Load(repository, Directory.Exists(data) ? data : null, folder);
Console.WriteLine($"{seeds.Count} models to start from; seed {seed}");

using (var guard = new Guard(problem =>
{
    Fail(problem);
    Environment.Exit(1);
}))
{
    Loop("model", models, random => (".onnx", new ModelMutator(seeds, random).Next()), Targets.Model, guard);
    Loop("file", files, random => new FileMutator(random).Next(), Targets.File, guard);
    string small = Path.Combine(folder, "case.onnx");
    File.Copy(Path.Combine(repository, "Tests", "Fixtures", "small_vgg.onnx"), small, overwrite: true);
    Network network = OnnxModel.Load(small).Network;
    Loop("document", documents, random => new DocumentMutator(random).Next(), (path, _) => Targets.Document(path, small, network),
        guard);
    Console.WriteLine($"slowest case {guard.Worst.Seconds:0.00} s ({guard.Worst.SlowestCase}), peak memory of the process "
        + $"{guard.Worst.Bytes / 1e6:0} MB, {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s in all, {failures} failures");
}

Directory.Delete(folder, recursive: true);
return failures == 0 ? 0 : 1;

void Loop(string what, int count, Func<Random, (string Ending, byte[] Bytes)> make, Func<string, Random, Reach> target,
    Guard guard)
{
    var reached = new int[5];
    kind = what;
    for (index = first; index < first + count; index++)
    {
        var random = new Random(unchecked((seed * 7919 + index) * 31 + what.Length));
        (string ending, byte[] bytes) = make(random);
        if (bytes.Length > 1_000_000) continue; // the limits are stated for files under 1 MB
        current = Path.Combine(folder, $"case{ending}");
        File.WriteAllBytes(current, bytes);
        int choice = random.Next();
        try
        {
            Reach reach = Reach.Refused;
            if (guard.Run($"{what} {index}", () => reach = target(current, new Random(choice))) is { } problem) Fail(problem);
            reached[(int)reach]++;
        }
#pragma warning disable CA1031 // Whatever it is, it is what is looked for.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(string.Join("\n", e.ToString().Split('\n').Take(6)));
        }
    }

    if (count == 0) return;
    for (int i = reached.Length - 2; i >= 0; i--) reached[i] += reached[i + 1];
    Console.WriteLine(what == "model"
        ? $"models {reached[0]}: past the parser {reached[1]}, loaded {reached[2]}, forward {reached[3]}, backward {reached[4]}"
        : what == "document" ? $"documents {reached[0]}: read whole {reached[2]}"
        : $"files {reached[0]}: header read {reached[1]}, read whole {reached[2]}");
}

void Fail(string problem)
{
    failures++;
    Directory.CreateDirectory(keep);
    string kept = Path.Combine(keep, $"{seed}-{index}{Path.GetExtension(current)}");
    if (File.Exists(current)) File.Copy(current, kept, overwrite: true);
    Console.WriteLine($"FAILED {kind} {index} of seed {seed}, kept as {kept}: {problem}");
}

int Number(string option, int otherwise) =>
    options.TryGetValue(option, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
