using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias, ForwardSums forward = ForwardSums.Fastest) =>
        new ConvWeights(this, c, groups, window, weight, bias,
            Options.Algorithm == ConvAlgorithm.Winograd ? ForwardSums.Fastest : forward);

    /// <inheritdoc/>
    public void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
        var w = (ConvWeights)weights;
        ConvGeometry g = geometry;
        if (Form == ProductForm.Naive)
        {
            Launch(output.Shape.Count, new ConvForwardNaive
            {
                G = new ConvShape(g), X = Floats(input), W = w.Plain, B = w.Bias, HasBias = w.HasBias ? 1 : 0, Y = Floats(output),
            });
            return;
        }

        ReadOnlySpan<bool> isPlain = w.IsWinogradUp && w.HasPlainForm ? g.PlainImages.Span : [];

        // Neighbouring images that are computed alike form one batch; without a mark there is one.
        for (int first = 0, end; first < g.N; first = end)
        {
            for (end = first + 1; end < g.N && (isPlain.IsEmpty || isPlain[end] == isPlain[first]); end++)
            {
            }

            ConvGeometry part = g with { N = end - first };
            ArrayView<float> x = Images(Floats(input), g.N, first, part.N), y = Images(Floats(output), g.N, first, part.N);
            if (w.IsWinogradUp && (isPlain.IsEmpty || !isPlain[first]))
                WinogradForward(part, x, w, new TensorTarget { Y = y });
            else ProductForward(part, x, w, y, default);
        }
    }

    private static ArrayView<float> Images(ArrayView<float> tensor, int images, int first, int count) =>
        tensor.SubView(first * (tensor.Length / images), count * (tensor.Length / images));

    /// <inheritdoc/>
    public void ConvBackward(in ConvGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        var w = (ConvWeights)weights;
        ConvGeometry g = geometry;
        if (Form == ProductForm.Naive)
        {
            Launch(inputSignal.Shape.Count, new ConvBackwardNaive
            {
                G = new ConvShape(g), Above = Floats(outputSignal), W = w.Plain, Below = Floats(inputSignal),
            });
            return;
        }

        if (w.IsWinogradDown)
        {
            var source = new TensorSource
            {
                X = Floats(outputSignal), IsAligned = g.OW % 4 == 0 && g.Window.PadLeft == 1 ? 1 : 0,
            };
            WinogradBackward(g, source, w, Floats(inputSignal));
            return;
        }

        WindowView above = WindowView.Backward(g, Floats(outputSignal));
        PlaneProduct below = Planes(g.Groups, g.CG, g.N, g.H * g.W, Floats(inputSignal));
        int terms = g.OG * g.Window.Area;
        if (IsPointwise(g)) Multiply(terms, w.Backward, new PointOperand { X = above }, below, SumOrder.ByTerms);
        else if (g.Window is { StrideH: 1, StrideW: 1 })
            Multiply(terms, w.Backward, new ImageOperand { X = above }, below, SumOrder.ByTerms);
        else
        {
            var spread = new SpreadOperand { Above = above, StrideH = new(g.Window.StrideH), StrideW = new(g.Window.StrideW) };
            Multiply(terms, w.Backward, spread, below, SumOrder.ByTerms);
        }
    }

    /// <inheritdoc/>
    public void ConvBackwardToWeights(in ConvGeometry geometry, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor weightSignal)
    {
        ConvGeometry g = geometry;
        if (Form == ProductForm.Naive)
        {
            LaunchGroups(new Index3D(checked((int)weightSignal.Shape.Count), 1, 1), new ConvBackwardToWeightsNaive
            {
                G = new ConvShape(g), X = Floats(input), Above = Floats(outputSignal), Result = Floats(weightSignal),
            });
            return;
        }

        int pixels = g.N * g.OH * g.OW;
        var above = new SignalOperand
        {
            Above = Floats(outputSignal), Z = g.Groups, Channels = g.OG, Pixels = pixels, Plane = new(g.OH * g.OW),
        };
        Multiply(pixels, above, new TapOperand { X = WindowView.Forward(g, Floats(input)) },
            Planes(g.Groups, g.OG, 1, g.CG * g.Window.Area, Floats(weightSignal)), SumOrder.ByShape);
    }

    private void ProductForward(in ConvGeometry g, ArrayView<float> input, ConvWeights w, ArrayView<float> output,
        in ProductTail tail)
    {
        WindowView x = WindowView.Forward(g, input);
        PlaneProduct y = Planes(g.Groups, g.OG, g.N, g.OH * g.OW, output);
        y.Tail = tail;
        if (w.HasBias) (y.Bias, y.BiasAlong) = (w.Bias, BiasAxis.Rows);
        int terms = g.CG * g.Window.Area;
        if (IsPointwise(g)) Multiply(terms, w.PlainForward, new PointOperand { X = x }, y, SumOrder.ByTerms);
        else Multiply(terms, w.PlainForward, new ImageOperand { X = x }, y, SumOrder.ByTerms);
    }

    /// <summary>A window of one tap that reads each pixel once, in runs of four that lie together.</summary>
    private static bool IsPointwise(in ConvGeometry g) =>
        g.Window.Area == 1 && g.Window is { StrideH: 1, StrideW: 1, PadTop: 0, PadLeft: 0 } && g.OH == g.H && g.OW == g.W
        && g.H * g.W % 4 == 0;

    private static PlaneProduct Planes(int groups, int rows, int images, int plane, ArrayView<float> result) => new()
    {
        Result = result, Bias = result, Z = groups, M = rows, N = images * plane, Plane = new(plane), Alpha = 1f,
    };
}
