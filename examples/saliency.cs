#:project ../Procedures/Procedures.csproj
// Class saliency maps of pictures, as netviz saliency writes them: heat maps, overlays, raw signals and a sheet.
//   dotnet run -c Release examples/saliency.cs [PICTURE|FOLDER]...
using NetViz.Engine.Files;
using NetViz.Procedures;

string folder = args.Length > 0 ? "netviz-out" : Directory.CreateTempSubdirectory("netviz-example-").FullName;
using var guard = FileGuard.Begin(force: false);
using var explainer = Explainer.Open();
foreach (InputFile picture in InputFile.Expand(args))
{
    SaliencyResult result = explainer.Saliency(picture, new SaliencyOptions { Rules = ["gradient", "guided"] });
    RankedClass found = result.Images[0].Classes[0].Class;
    Console.WriteLine($"{picture.Name}: {found.Name}, {found.ScoreInWords}: {result.Save(folder).Count} files in {folder}");
}

if (args.Length == 0) Directory.Delete(folder, recursive: true);
return 0;
