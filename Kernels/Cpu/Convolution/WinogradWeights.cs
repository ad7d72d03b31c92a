using System.Runtime.CompilerServices;

namespace NetViz.Kernels.Cpu;

/// <summary>
/// Weights of a 3x3 convolution at the 36 tile positions, G g G^T, in panels of <see cref="Columns"/> outputs:
/// [position][panel][input][column], columns past the last output 0.
/// </summary>
internal sealed unsafe class WinogradWeights : IDisposable
{
    private const int Lanes = Layout.Lanes;
    private const int Positions = WinogradTransforms.Positions;

    private readonly AlignedMemory _memory;
    private readonly long _positionFloats;
    private readonly ReadOnlyMemory<float> _weight;
    private readonly bool _down;
    private readonly CpuKernels _kernels;

    /// <summary>Transforms the filters.</summary>
    /// <param name="o">O, the convolution's output channels.</param>
    /// <param name="c">C, its input channels.</param>
    /// <param name="weight">[O, C, 3, 3].</param>
    /// <param name="down">Whether for the backward pass: outputs are the convolution's inputs, filters are flipped.</param>
    /// <param name="kernels">Threads to use.</param>
    public WinogradWeights(int o, int c, ReadOnlyMemory<float> weight, bool down, CpuKernels kernels)
    {
        (Outputs, Inputs) = down ? (c, o) : (o, c);
        (_weight, _down, _kernels) = (weight, down, kernels);
        Columns = MicroKernel.ColumnsFor(Outputs);
        Panels = (Outputs + Columns - 1) / Columns;
        _positionFloats = Winograd.OddLines((long)Panels * Inputs * Columns);
        _memory = new AlignedMemory(Positions * _positionFloats * sizeof(float));
        Refresh();
    }

    /// <summary>Channels that are summed over.</summary>
    public int Inputs { get; }

    /// <summary>Channels that are computed.</summary>
    public int Outputs { get; }

    /// <summary>Outputs of a panel.</summary>
    public int Columns { get; }

    /// <summary>Panels of outputs.</summary>
    public int Panels { get; }

    public long Bytes => _memory.Bytes;

    /// <summary>What the weights of the given number of channels take.</summary>
    public static long BytesFor(int o, int c, bool down)
    {
        (int outputs, int inputs) = down ? (c, o) : (o, c);
        int columns = MicroKernel.ColumnsFor(outputs), panels = (outputs + columns - 1) / columns;
        return Positions * Winograd.OddLines((long)panels * inputs * columns) * sizeof(float);
    }

    /// <summary>[input][column] of a position and panel.</summary>
    public float* Panel(int position, int panel) =>
        (float*)_memory.Pointer + position * _positionFloats + (long)panel * Inputs * Columns;

    /// <summary>Transforms the filters as they are now.</summary>
    public void Refresh()
    {
        int blocks = Layout.BlocksOf(Inputs);
        _kernels.For(Panels * blocks, piece =>
        {
            (int panel, int block) = Math.DivRem(piece, blocks);
            fixed (float* weight = _weight.Span) Transform(weight, panel, block * Lanes, Math.Min(Inputs, (block + 1) * Lanes));
        });
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>Transforms the filters of one panel of outputs and some inputs, sixteen outputs at a time.</summary>
    [SkipLocalsInit]
    private void Transform(float* weight, int panel, int firstInput, int endInput)
    {
        float* filters = stackalloc float[Lanes * 9 * Lanes], lines = stackalloc float[Positions * Lanes];
        for (int column = 0; column < Columns; column += Lanes)
        {
            // [input][9][16 outputs], read in the order in which the weights lie.
            int first = panel * Columns + column, count = Math.Clamp(Outputs - first, 0, Lanes);
            if (count < Lanes) new Span<float>(filters, Lanes * 9 * Lanes).Clear();
            if (_down)
            {
                for (int input = firstInput; input < endInput; input++)
                for (int lane = 0; lane < count; lane++)
                {
                    float* g = weight + ((long)input * Outputs + first + lane) * 9;
                    for (int k = 0; k < 9; k++) filters[((input - firstInput) * 9 + k) * Lanes + lane] = g[8 - k];
                }
            }
            else
            {
                for (int lane = 0; lane < count; lane++)
                {
                    float* g = weight + ((long)(first + lane) * Inputs + firstInput) * 9;
                    for (int i = 0; i < (endInput - firstInput) * 9; i++) filters[i * Lanes + lane] = g[i];
                }
            }

            for (int input = firstInput; input < endInput; input++)
            {
                WinogradTransforms.Filter(filters + (input - firstInput) * 9 * Lanes, lines);
                float* to = Panel(0, panel) + (long)input * Columns + column;
                for (int p = 0; p < Positions; p++, to += _positionFloats)
                    new ReadOnlySpan<float>(lines + p * Lanes, Lanes).CopyTo(new Span<float>(to, Lanes));
            }
        }
    }
}
