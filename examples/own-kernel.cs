#:project ../Weights/Weights.csproj
// A kernel of one's own: a back-end that passes everything on to another one and computes the forward convolution itself.
//   dotnet run -c Release examples/own-kernel.cs [MODEL.onnx]
// It runs the network that ships with NetViz by both, compares the scores and the gradients, and times them.
using System.Diagnostics;
using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Weights;
using Numbers = System.Numerics.Tensors.Tensor;

using OnnxModel model = OnnxModel.Load(args.Length > 0 ? args[0] : DefaultModel.Path);
int[] shape = [.. model.Network.Input.ShapeFor(batch: 1).Lengths];
var random = new Random(1);
float[] pixels = [.. Enumerable.Range(0, shape.Aggregate((a, b) => a * b)).Select(_ => (float)random.NextDouble() * 2 - 1)];
Tensor<float> image = Numbers.Create(pixels, [.. shape.Select(length => (nint)length)]);

Result ours = Run(new CpuKernels()), own = Run(new OwnKernels(new CpuKernels()));
Console.WriteLine($"scores    {Apart(ours.Scores, own.Scores):e1} apart, relative L2");
Console.WriteLine($"gradient  {Apart(ours.Gradient, own.Gradient):e1} apart");
Console.WriteLine($"forward   {own.Milliseconds:0.0} ms with the own kernel, {ours.Milliseconds:0.0} ms with CpuKernels");
return Apart(ours.Gradient, own.Gradient) < 1e-3 ? 0 : 1;

Result Run(IKernels kernels)
{
    using (kernels)
    {
        using PreparedNetwork prepared = model.Network.On(kernels);
        using ForwardRecord record = prepared.Forward(image);
        Tensor<float> gradient = record.Backward(Seed.Class(0), BackwardRule.Gradient);
        double best = double.PositiveInfinity;
        for (int pass = 0; pass < 20; pass++)
        {
            long start = Stopwatch.GetTimestamp();
            prepared.Forward(image).Dispose();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return new Result(record.Scores, gradient, best);
    }
}

static double Apart(Tensor<float> a, Tensor<float> b) =>
    TensorPrimitives.Distance<float>([.. a], [.. b]) / TensorPrimitives.Norm<float>([.. a]);

internal sealed record Result(Tensor<float> Scores, Tensor<float> Gradient, double Milliseconds);

/// <summary>Overrides one operation: the forward convolution, one output channel a job, one row of products at a time.</summary>
internal sealed class OwnKernels(IKernels inner) : DelegatingKernels(inner)
{
    private readonly Dictionary<PreparedWeights, (float[] Weight, float[] Bias)> _weights = [];

    public override PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, ForwardSums forward = ForwardSums.Fastest)
    {
        PreparedWeights prepared = base.PrepareConv(c, groups, window, weight, bias, forward);
        _weights[prepared] = (weight.ToArray(), bias.ToArray());
        return prepared;
    }

    public override void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
        ConvGeometry g = geometry;
        (float[] weight, float[] bias) = _weights[weights];
        float[] x = new float[g.Input.Count], y = new float[g.Output.Count];
        Download(input, x);
        Parallel.For(0, g.N * g.O, plane =>
        {
            (int n, int o) = Math.DivRem(plane, g.O);
            Window w = g.Window;
            Span<float> sums = y.AsSpan(plane * g.OH * g.OW, g.OH * g.OW);
            sums.Fill(bias.Length > 0 ? bias[o] : 0);
            for (int c = 0; c < g.CG; c++)
            for (int kh = 0; kh < w.KH; kh++)
            for (int kw = 0; kw < w.KW; kw++)
            {
                float factor = weight[((o * g.CG + c) * w.KH + kh) * w.KW + kw];
                int from = (n * g.C + o / g.OG * g.CG + c) * g.H;
                for (int oh = 0; oh < g.OH; oh++)
                {
                    int h = oh * w.StrideH - w.PadTop + kh * w.DilationH;
                    if (h < 0 || h >= g.H) continue;
                    for (int ow = 0; ow < g.OW; ow++)
                    {
                        int column = ow * w.StrideW - w.PadLeft + kw * w.DilationW;
                        if (column >= 0 && column < g.W) sums[oh * g.OW + ow] += factor * x[(from + h) * g.W + column];
                    }
                }
            }
        });
        Upload(y, output);
    }
}
