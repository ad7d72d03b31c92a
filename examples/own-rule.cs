#:project ../Procedures/Procedures.csproj
// A layer rule of one's own: relevance shared out by squared contributions, on every back-end, composed of the layer's own
// kernels.   R_j = x_j^2 sum_k W_jk^2 R_k / s(sum_i x_i^2 W_ik^2)
//   dotnet run -c Release examples/own-rule.cs [PICTURE]
// No bias and no sign takes anything, so what arrives at the image adds up to the score. The program fails where it does not.
using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Procedures;
using NetViz.Visualisation.Samples;

using var explainer = Explainer.Open();
InputFile picture = args.Length > 0 ? args[0] : $"sample:{SampleScenes.Default.Name}";
Photo photo = args.Length > 0 ? NetViz.Visualisation.Rendering.ImageFile.Read(args[0]) : SampleScenes.Read(SampleScenes.Default);
(float[] values, _) = explainer.Preprocessing.Apply(photo);
Tensor<float> input = Tensor.Create(values, [.. explainer.Preprocessing.InputShape.Select(length => (nint)length)]);
RankedClass top = explainer.Classify(picture)[0].Top[0];

BackwardRule rule = BackwardRule.Parse("lrp.epsilon").With(layer => layer is Conv or FullyConnected, new SquaredContributions(), "linear");
using ForwardRecord record = explainer.Prepared.Forward(input);
double arrived = record.Backward(Seed.Class(top.Index), rule).Sum(value => (double)value);
Console.WriteLine($"{top.Name}: score {top.Score:0.0000}, relevance at the image {arrived:0.0000} by {rule.Name}");
return Math.Abs(arrived - top.Score) < 1e-3 * Math.Abs(top.Score) ? 0 : 1;

/// <summary>Relevance by squared contributions.</summary>
internal sealed record SquaredContributions() : RelevanceRule("squared-contributions")
{
    public override IReadOnlyList<MapWeights> Weights => [new(WeightPart.Square, HasBias: false)];

    public override string Equation => "R_j = x_j^2 sum_k W_jk^2 R_k / s(sum_i x_i^2 W_ik^2)";

    public override void Backward(ILinearMap map)
    {
        DeviceTensor squares = map.InputScratch(0), z = map.OutputScratch(0);
        map.Combine(Combination.Product, map.Input, map.Input, map.Input, squares);
        map.Forward(Weights[0], squares, z);
        map.Combine(Combination.Quotient(Stabiliser), map.Above, z, z, z);
        map.Transposed(Weights[0], z, map.Below);
        map.Combine(Combination.Product, map.Below, squares, squares, map.Below);
    }
}
