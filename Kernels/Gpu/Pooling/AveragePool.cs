using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public void AveragePoolForward(in PoolGeometry geometry, DeviceTensor input, DeviceTensor output)
    {
        // One output a plane, as global pooling has it, leaves too few threads: a group each.
        if (geometry.OH * geometry.OW == 1)
        {
            LaunchGroups(new Index3D(checked((int)output.Shape.Count), 1, 1),
                new WholeAverageForwardKernel { G = new PoolShape(geometry), X = Floats(input), Y = Floats(output) });
        }
        else
        {
            Launch(output.Shape.Count,
                new AveragePoolForwardKernel { G = new PoolShape(geometry), X = Floats(input), Y = Floats(output) });
        }
    }

    /// <inheritdoc/>
    public void AveragePoolBackward(in PoolGeometry geometry, DeviceTensor outputSignal, DeviceTensor inputSignal) =>
        Launch(inputSignal.Shape.Count, new AveragePoolBackwardKernel
        {
            G = new PoolShape(geometry), Above = Floats(outputSignal), Below = Floats(inputSignal),
        });
}

/// <summary>y(p) = sum over k of x(p stride - pad + k dilation) / divisor(p); a thread an output.</summary>
internal struct AveragePoolForwardKernel : IThreadKernel
{
    public PoolShape G;
    public ArrayView<float> X, Y;

    public readonly void Run(int i)
    {
        int ow = i % G.OW, rest = i / G.OW;
        int oh = rest % G.OH, plane = rest / G.OH;
        float sum = 0f;
        for (int kh = 0; kh < G.KH; kh++)
        {
            int h = oh * G.StrideH - G.PadTop + kh * G.DilationH;
            if (h < 0 || h >= G.H) continue;
            float ofRow = 0f;
            for (int kw = 0; kw < G.KW; kw++)
            {
                int w = ow * G.StrideW - G.PadLeft + kw * G.DilationW;
                if (w >= 0 && w < G.W) ofRow += X[(plane * G.H + h) * G.W + w];
            }

            sum += ofRow;
        }

        Y[i] = sum / G.Divisor(oh, ow);
    }
}

/// <summary>The same where there is one output a plane; a group each.</summary>
internal struct WholeAverageForwardKernel : IGroupKernel
{
    public PoolShape G;
    public ArrayView<float> X, Y;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        int plane = Grid.IdxX;
        float sum = 0f;
        for (int k = Group.IdxX; k < G.KH * G.KW; k += Reduction.Threads)
        {
            int h = k / G.KW * G.DilationH - G.PadTop, w = k % G.KW * G.DilationW - G.PadLeft;
            if (h >= 0 && h < G.H && w >= 0 && w < G.W) sum += X[(plane * G.H + h) * G.W + w];
        }

        sum = Reduction.Sum(sum);
        if (Group.IdxX == 0) Y[plane] = sum / G.Divisor(0, 0);
    }
}

/// <summary>r(q) = sum of R(p) / divisor(p) over the windows p that contain q; a gather.</summary>
internal struct AveragePoolBackwardKernel : IThreadKernel
{
    public PoolShape G;
    public ArrayView<float> Above, Below;

    public readonly void Run(int i)
    {
        int w = i % G.W, rest = i / G.W;
        int h = rest % G.H, plane = rest / G.H;
        float sum = 0f;
        for (int kh = G.KH - 1; kh >= 0; kh--)
        {
            int row = h + G.PadTop - kh * G.DilationH;
            if (row < 0 || row % G.StrideH != 0 || row / G.StrideH >= G.OH) continue;
            for (int kw = G.KW - 1; kw >= 0; kw--)
            {
                int column = w + G.PadLeft - kw * G.DilationW;
                if (column < 0 || column % G.StrideW != 0 || column / G.StrideW >= G.OW) continue;
                int oh = row / G.StrideH, ow = column / G.StrideW;
                sum += Above[(plane * G.OH + oh) * G.OW + ow] / G.Divisor(oh, ow);
            }
        }

        Below[i] = sum;
    }
}
