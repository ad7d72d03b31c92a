using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

// Sums over a channel's places and images, for batch normalisation and biases.
public sealed unsafe partial class CpuKernels
{
    /// <summary>Sums of sixteen channels of one image, kept as sixteen first and sixteen second moments.</summary>
    private const int SumsOfBlock = 2 * Layout.Lanes;

    /// <summary>Room for the sums of a tensor, and for five numbers a channel.</summary>
    private Moments MomentsOf(in Layout layout)
    {
        long sums = (long)layout.Images * layout.Blocks * SumsOfBlock;
        float* memory = WorkingMemory(2 * sums + 5L * layout.Blocks * Layout.Lanes);
        return new Moments(layout.Blocks, (double*)memory, memory + 2 * sums);
    }

    /// <summary>For each channel of each image the sum of u - a, and of (u - a) (v - b).</summary>
    private void Sum(in Layout layout, float* u, float* a, float* v, float* b, in Moments moments)
    {
        var job = new MomentsJob(layout, u, a, v, b, moments.Sums);
        For(layout.Images * layout.Blocks, ref job);
    }

    /// <summary>Sums in working memory, [image][block][2][16], and behind them numbers a channel.</summary>
    private readonly struct Moments(int blocks, double* sums, float* numbers)
    {
        public double* Sums => sums;

        public float* Numbers => numbers;

        /// <summary>The sum over images of a channel's u - a.</summary>
        public double FirstOf(int channel, int images) =>
            Total(sums + channel / Layout.Lanes * SumsOfBlock + channel % Layout.Lanes, images);

        /// <summary>The sum over images of a channel's (u - a) (v - b).</summary>
        public double SecondOf(int channel, int images) =>
            Total(sums + channel / Layout.Lanes * SumsOfBlock + Layout.Lanes + channel % Layout.Lanes, images);

        private double Total(double* at, int images)
        {
            double total = 0;
            for (int n = 0; n < images; n++, at += blocks * SumsOfBlock) total += *at;
            return total;
        }
    }

    /// <summary>One block of channels of one image.</summary>
    private readonly struct MomentsJob(Layout layout, float* u, float* a, float* v, float* b, double* sums) : IJob
    {
        /// <summary>Places that are summed in float32, half of them in each of two sums.</summary>
        private const int Piece = 128;

        public void Run(int index, int worker)
        {
            double* to = sums + (long)index * SumsOfBlock;
            new Span<double>(to, SumsOfBlock).Clear();
            for (int first = 0; first < layout.Area; first += Piece)
            for (int half = 0; half < Layout.Lanes; half += 8)
            {
                int c = index % layout.Blocks * Layout.Lanes + half, count = Math.Min(Piece, layout.Area - first), i = 0;
                long at = index * layout.BlockFloats + (long)first * Layout.Lanes + half;
                float* x = u + at, y = v + at;
                Vector256<float> aa = Vector256.Load(a + c), bb = Vector256.Load(b + c);
                Vector256<float> sum0 = default, sum1 = default, product0 = default, product1 = default;
                for (; i + 1 < count; i += 2, x += 2 * Layout.Lanes, y += 2 * Layout.Lanes)
                {
                    Vector256<float> d0 = Vector256.Load(x) - aa, d1 = Vector256.Load(x + Layout.Lanes) - aa;
                    sum0 += d0;
                    sum1 += d1;
                    product0 += d0 * (Vector256.Load(y) - bb);
                    product1 += d1 * (Vector256.Load(y + Layout.Lanes) - bb);
                }

                if (i < count)
                {
                    Vector256<float> d0 = Vector256.Load(x) - aa;
                    sum0 += d0;
                    product0 += d0 * (Vector256.Load(y) - bb);
                }

                Add(sum0 + sum1, to + half);
                Add(product0 + product1, to + Layout.Lanes + half);
            }
        }

        private static void Add(Vector256<float> sum, double* to)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(sum);
            (Vector256.Load(to) + low).Store(to);
            (Vector256.Load(to + 4) + high).Store(to + 4);
        }
    }
}
