using ILGPU;

namespace NetViz.Kernels.Gpu;

// A convolution in its three directions as it is defined, everything read from device memory.

/// <summary>y(n, o, p) = b(o) + sum over c, k of x(n, c, p stride - pad + k dilation) w(o, c, k); a thread an output.</summary>
internal struct ConvForwardNaive : IThreadKernel
{
    public ConvShape G;
    public ArrayView<float> X, W, B, Y;
    public int HasBias;

    public readonly void Run(int i)
    {
        int ow = i % G.OW, rest = i / G.OW;
        int oh = rest % G.OH;
        rest /= G.OH;
        int o = rest % G.O, n = rest / G.O, firstChannel = o / G.OG * G.CG;
        float sum = 0f;
        for (int cg = 0; cg < G.CG; cg++)
        {
            // A sum for each channel, then the sum of those: long sums in float lose less that way.
            float ofChannel = 0f;
            int plane = (n * G.C + firstChannel + cg) * G.H, taps = (o * G.CG + cg) * G.KH * G.KW;
            for (int kh = 0; kh < G.KH; kh++)
            {
                int h = oh * G.StrideH - G.PadTop + kh * G.DilationH;
                if (h < 0 || h >= G.H) continue;
                for (int kw = 0; kw < G.KW; kw++)
                {
                    int w = ow * G.StrideW - G.PadLeft + kw * G.DilationW;
                    if (w < 0 || w >= G.W) continue;
                    ofChannel += X[(plane + h) * G.W + w] * W[taps + kh * G.KW + kw];
                }
            }

            sum += ofChannel;
        }

        Y[i] = HasBias != 0 ? sum + B[o] : sum;
    }
}

/// <summary>r(n, c, q) = sum over o, p, k with p stride - pad + k dilation = q of R(n, o, p) w(o, c, k); a gather.</summary>
internal struct ConvBackwardNaive : IThreadKernel
{
    public ConvShape G;
    public ArrayView<float> Above, W, Below;

    public readonly void Run(int i)
    {
        int w = i % G.W, rest = i / G.W;
        int h = rest % G.H;
        rest /= G.H;
        int c = rest % G.C, n = rest / G.C, group = c / G.CG;
        float sum = 0f;
        for (int og = 0; og < G.OG; og++)
        {
            int o = group * G.OG + og;
            float ofChannel = 0f;
            int plane = (n * G.O + o) * G.OH, taps = (o * G.CG + c % G.CG) * G.KH * G.KW;
            for (int kh = 0; kh < G.KH; kh++)
            {
                int row = h + G.PadTop - kh * G.DilationH;
                if (row < 0 || row % G.StrideH != 0 || row / G.StrideH >= G.OH) continue;
                for (int kw = 0; kw < G.KW; kw++)
                {
                    int column = w + G.PadLeft - kw * G.DilationW;
                    if (column < 0 || column % G.StrideW != 0 || column / G.StrideW >= G.OW) continue;
                    ofChannel += Above[(plane + row / G.StrideH) * G.OW + column / G.StrideW] * W[taps + kh * G.KW + kw];
                }
            }

            sum += ofChannel;
        }

        Below[i] = sum;
    }
}

/// <summary>dw(o, c, k) = sum over n, p of R(n, o, p) x(n, c, p stride - pad + k dilation); a group a weight.</summary>
internal struct ConvBackwardToWeightsNaive : IGroupKernel
{
    public ConvShape G;
    public ArrayView<float> X, Above, Result;

    public static int GroupSize => Reduction.Threads;

    public readonly void Run()
    {
        int i = Grid.IdxX, tap = i % (G.KH * G.KW), rest = i / (G.KH * G.KW);
        int cg = rest % G.CG, o = rest / G.CG, c = o / G.OG * G.CG + cg, kh = tap / G.KW, kw = tap % G.KW;
        int places = G.OH * G.OW;
        float sum = 0f;
        for (int at = Group.IdxX; at < G.N * places; at += Reduction.Threads)
        {
            int n = at / places, p = at % places;
            int h = p / G.OW * G.StrideH - G.PadTop + kh * G.DilationH, w = p % G.OW * G.StrideW - G.PadLeft + kw * G.DilationW;
            if (h >= 0 && h < G.H && w >= 0 && w < G.W)
                sum += Above[(n * G.O + o) * places + p] * X[((n * G.C + c) * G.H + h) * G.W + w];
        }

        sum = Reduction.Sum(sum);
        if (Group.IdxX == 0) Result[i] = sum;
    }
}
