#:project ../Procedures/Procedures.csproj
// Rules compared at a layer: the signals of one class at a layer's output under several rules, from one forward pass.
//   dotnet run -c Release examples/rules-at-a-layer.cs [PICTURE [LAYER]]
// The cosine with the gradient says how far a rule's signal points elsewhere; at the layer just below the last rectifier the rules
// still agree most. The program fails where a signal is no number.
using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Procedures;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;

using var explainer = Explainer.Open();
(float[] values, _) = explainer.Preprocessing.Apply(args.Length > 0
    ? ImageFile.Read(args[0])
    : SampleScenes.Read(SampleScenes.Default));
Tensor<float> input = Tensor.Create(values, [.. explainer.Preprocessing.InputShape.Select(length => (nint)length)]);
using ForwardRecord record = explainer.Prepared.Forward(input);
int top = TensorPrimitives.IndexOfMax<float>(record.ScoresOf(0));
string[] layers = args.Length > 1 ? [args[1]]
    : [.. explainer.Network.Nodes.Where(node => node.Layer is Conv).Select(node => node.Layer.Name)];
string[] rules = ["gradient", "deconvnet", "guided", "lrp.epsilon-plus"];
Console.WriteLine($"{explainer.Model.ClassName(top)}; cosine with the gradient's signal, by layer");
Console.WriteLine($"{"layer",-16}{string.Concat(rules.Skip(1).Select(rule => $"{rule,20}"))}");
bool isFinite = true;
foreach (string layer in layers)
{
    float[][] signals = [.. rules.Select(rule => Flat(record.Backward(Seed.Class(top), BackwardRule.Parse(rule), to: layer)))];
    float[] cosines = [.. signals.Skip(1).Select(signal => TensorPrimitives.CosineSimilarity<float>(signal, signals[0]))];
    isFinite &= cosines.All(float.IsFinite);
    Console.WriteLine($"{layer,-16}{string.Concat(cosines.Select(cosine =>
        $"{cosine.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture),20}"))}");
}

return isFinite ? 0 : 1;

static float[] Flat(Tensor<float> tensor)
{
    var numbers = new float[tensor.FlattenedLength];
    tensor.FlattenTo(numbers);
    return numbers;
}
