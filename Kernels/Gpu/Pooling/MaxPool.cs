using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void MaxPoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output, Switches switches)
    {
        var store = (GpuSwitches)switches;
        if (IsHalving(geometry))
        {
            Launch(output.Shape.Count / 2, new HalvingForwardKernel
            {
                OW = geometry.OW, X = Floats(input), Y = Floats(output), Positions = store.BytesOfAll,
            });
        }
        else if (store.IsByte) Run(geometry, store.Bytes);
        else Run(geometry, store.Ints);

        void Run<TStore>(in PoolGeometry g, TStore positions)
            where TStore : struct, ISwitchStore =>
            Launch(output.Shape.Count, new MaxPoolForwardKernel<TStore>
            {
                G = new PoolShape(g), X = Floats(input), Y = Floats(output), Positions = positions,
            });
    }

    /// <inheritdoc/>
    public void MaxPoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, Switches switches, DeviceTensor inputSignal)
    {
        var store = (GpuSwitches)switches;
        if (IsHalving(geometry))
        {
            Launch(outputSignal.Shape.Count / 2, new HalvingBackwardKernel
            {
                OW = geometry.OW, Above = Floats(outputSignal), Below = Floats(inputSignal), Positions = store.BytesOfAll,
            });
        }
        else if (store.IsByte) Run(geometry, store.Bytes);
        else Run(geometry, store.Ints);

        void Run<TStore>(in PoolGeometry g, TStore positions)
            where TStore : struct, ISwitchStore =>
            Launch(inputSignal.Shape.Count, new MaxPoolBackwardKernel<TStore>
            {
                G = new PoolShape(g), Above = Floats(outputSignal), Below = Floats(inputSignal), Positions = positions,
            });
    }
}

/// <summary>y(p) = max over k of x(p stride - pad + k dilation); of equal values the first one is the switch.</summary>
internal struct MaxPoolForwardKernel<TStore> : IThreadKernel
    where TStore : struct, ISwitchStore
{
    public PoolShape G;
    public ArrayView<float> X, Y;
    public TStore Positions;

    public readonly void Run(int i)
    {
        int ow = i % G.OW, rest = i / G.OW;
        int oh = rest % G.OH, plane = rest / G.OH, position = Switches.None;
        float best = 0f;
        for (int kh = 0; kh < G.KH; kh++)
        {
            int h = oh * G.StrideH - G.PadTop + kh * G.DilationH;
            if (h < 0 || h >= G.H) continue;
            for (int kw = 0; kw < G.KW; kw++)
            {
                int w = ow * G.StrideW - G.PadLeft + kw * G.DilationW;
                if (w < 0 || w >= G.W) continue;
                float value = X[(plane * G.H + h) * G.W + w];
                if (position != Switches.None && !(value > best)) continue;
                best = value;
                position = kh * G.KW + kw;
            }
        }

        Y[i] = best;
        Positions.Set(i, position);
    }
}

/// <summary>
/// r(q) = sum of R(p) over the windows p whose switch points at q: a gather, each element asking the windows that hold it, in
/// row-major order.
/// </summary>
internal struct MaxPoolBackwardKernel<TStore> : IThreadKernel
    where TStore : struct, ISwitchStore
{
    public PoolShape G;
    public ArrayView<float> Above, Below;
    public TStore Positions;

    public readonly void Run(int i)
    {
        int w = i % G.W, rest = i / G.W;
        int h = rest % G.H, plane = rest / G.H;
        float sum = 0f;
        // Later taps belong to earlier windows.
        for (int kh = G.KH - 1; kh >= 0; kh--)
        {
            int row = h + G.PadTop - kh * G.DilationH;
            if (row < 0 || row % G.StrideH != 0 || row / G.StrideH >= G.OH) continue;
            for (int kw = G.KW - 1; kw >= 0; kw--)
            {
                int column = w + G.PadLeft - kw * G.DilationW;
                if (column < 0 || column % G.StrideW != 0 || column / G.StrideW >= G.OW) continue;
                int p = (plane * G.OH + row / G.StrideH) * G.OW + column / G.StrideW;
                if (Positions.Get(p) == kh * G.KW + kw) sum += Above[p];
            }
        }

        Below[i] = sum;
    }
}
