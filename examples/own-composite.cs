#:project ../Procedures/Procedures.csproj
// A composite of one's own: the gradient near the scores, DeconvNet's rule near the picture, and what lies between them.
//   dotnet run -c Release examples/own-composite.cs [PICTURE]
// A rule is a value: it is built layer by layer, needs no registration, and goes wherever a rule's name goes.
using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Procedures;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;

using var explainer = Explainer.Open();
(float[] values, _) = explainer.Preprocessing.Apply(args.Length > 0
    ? ImageFile.Read(args[0])
    : SampleScenes.Read(SampleScenes.Default));
Tensor<float> input = Tensor.Create(values, [.. explainer.Preprocessing.InputShape.Select(length => (nint)length)]);
using ForwardRecord record = explainer.Prepared.Forward(input);
Seed top = Seed.Class(TensorPrimitives.IndexOfMax<float>(record.ScoresOf(0)));

string[] rectifiers = [.. explainer.Network.Nodes.Where(node => node.Layer is RectifierLayer).Select(node => node.Layer.Name)];
string folder = Directory.CreateTempSubdirectory("netviz-example-").FullName;
bool ends = true;
for (int third = 0; third <= 3; third++)
{
    int low = rectifiers.Length * third / 3;

    // The lowest rectifiers follow DeconvNet's rule, all others the gradient.
    HashSet<string> deconvolved = [.. rectifiers.Take(low)];
    BackwardRule rule = BackwardRule.Gradient.With(layer => deconvolved.Contains(layer.Name), ReluRule.DeconvNet, $"lowest-{low}");
    Tensor<float> signal = record.Backward(top, rule);
    SaliencyMap map = SaliencyMap.Of(signal);
    ImageFile.WritePng(HeatMap.Draw(map, MapScale.Of(map), ColorMap.Heat), Path.Combine(folder, $"lowest-{low}.png"));
    Console.WriteLine($"{rule.Name}: norm {Tensor.Norm<float>(signal).ToString("0.000", System.Globalization.CultureInfo.InvariantCulture)}");

    // The ends are the plain rules.
    if (third == 0) ends &= Tensor.EqualsAll<float>(signal, record.Backward(top, BackwardRule.Gradient));
    if (third == 3) ends &= Tensor.EqualsAll<float>(signal, record.Backward(top, BackwardRule.DeconvNet));
}

Directory.Delete(folder, recursive: true);
return ends ? 0 : 1;
