#:project ../Procedures/Procedures.csproj
// The object of a class, found without any box having been taught: the box round it, and the pixels inside.
//   dotnet run -c Release examples/localisation.cs [PICTURE]...
using NetViz.Procedures;
using NetViz.Visualisation.Datasets;

using var explainer = Explainer.Open();
int missing = 0;
foreach (InputFile picture in InputFile.Expand(args))
{
    LocaliseResult result = explainer.Localise(picture);
    int pixels = 0;
    foreach (bool inside in result.Found.Mask) pixels += inside ? 1 : 0;
    if (result.Found.Box is not PixelBox box)
    {
        missing++;
        Console.WriteLine($"{picture.Name}: nothing found of {result.Class.Name}");
        continue;
    }

    Console.WriteLine($"{picture.Name}: {result.Class.Name}, {result.Class.ScoreInWords}, box ({box.XMin}, {box.YMin}) to ({box.XMax}, {box.YMax}), {pixels} pixels");
}

return missing == 0 ? 0 : 1;
