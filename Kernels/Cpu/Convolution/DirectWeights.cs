namespace NetViz.Kernels.Cpu;

/// <summary>Where one kernel position looks, relative to a grid point's place in the source plane.</summary>
internal readonly record struct Tap(int Row, int Column);

/// <summary>
/// Weights of a direct convolution in panels of <see cref="Columns"/> outputs: for each panel the blocks of source
/// channels that its outputs read, [block][tap][lane][column]. With groups a panel's outputs read some blocks only; a lane that
/// belongs to another group has the weight 0 there.
/// </summary>
internal sealed unsafe class DirectWeights : IDisposable
{
    private const int Lanes = Layout.Lanes;

    private readonly AlignedMemory _memory;
    private readonly CpuKernels _kernels;
    private readonly ReadOnlyMemory<float> _weight;
    private readonly int[] _positions;
    private readonly int _groupStride;
    private readonly int _outputStride;
    private readonly int _inputStride;
    private readonly long[] _start;
    private readonly int _outputsOfGroup;
    private readonly int _inputsOfGroup;

    /// <summary>Packs weights.</summary>
    /// <param name="groups">Groups of the convolution.</param>
    /// <param name="outputs">Channels that are computed, of all groups.</param>
    /// <param name="inputs">Channels that are read, of all groups.</param>
    /// <param name="positions">The kernel position of each tap.</param>
    /// <param name="weight">All weights, group after group.</param>
    /// <param name="outputStride">Weights from an output of a group to the next.</param>
    /// <param name="inputStride">Weights from an input of a group to the next.</param>
    /// <param name="kernels">The back-end that packs.</param>
    public DirectWeights(int groups, int outputs, int inputs, int[] positions, ReadOnlyMemory<float> weight, int outputStride,
        int inputStride, CpuKernels kernels)
    {
        int taps = positions.Length;
        (Outputs, Inputs, Taps) = (outputs, inputs, taps);
        (_weight, _positions, _groupStride) = (weight, positions, weight.Length / groups);
        (_outputStride, _inputStride) = (outputStride, inputStride);
        (_outputsOfGroup, _inputsOfGroup) = (outputs / groups, inputs / groups);
        _kernels = kernels;
        Columns = MicroKernel.ColumnsFor(outputs);
        Panels = (outputs + Columns - 1) / Columns;
        _start = new long[Panels + 1];
        for (int panel = 0; panel < Panels; panel++)
        {
            (int first, int end) = BlocksOf(panel);
            int lanes = Math.Min(inputs, end * Lanes) - first * Lanes;
            _start[panel + 1] = _start[panel] + (long)lanes * taps * Columns;
        }

        _memory = new AlignedMemory(_start[Panels] * sizeof(float));
        Refresh();
    }

    /// <summary>Channels that are computed, of all groups.</summary>
    public int Outputs { get; }

    /// <summary>Channels that are read, of all groups.</summary>
    public int Inputs { get; }

    /// <summary>Kernel positions.</summary>
    public int Taps { get; }

    /// <summary>Outputs of a panel.</summary>
    public int Columns { get; }

    /// <summary>Panels of outputs.</summary>
    public int Panels { get; }

    public long Bytes => _memory.Bytes;

    /// <summary>Computes the bytes that the weights of a convolution of one group take.</summary>
    public static long BytesFor(int outputs, int inputs, int taps)
    {
        int columns = MicroKernel.ColumnsFor(outputs), panels = (outputs + columns - 1) / columns;
        return (long)panels * inputs * taps * columns * sizeof(float);
    }

    /// <summary>The panel's weights.</summary>
    public float* Panel(int panel) => (float*)_memory.Pointer + _start[panel];

    /// <summary>The blocks of source channels that a panel's outputs read, end excluded.</summary>
    public (int First, int End) BlocksOf(int panel)
    {
        int firstOutput = panel * Columns, lastOutput = Math.Min(Outputs, firstOutput + Columns) - 1;
        int firstInput = firstOutput / _outputsOfGroup * _inputsOfGroup;
        int endInput = (lastOutput / _outputsOfGroup + 1) * _inputsOfGroup;
        return (firstInput / Lanes, Layout.BlocksOf(endInput));
    }

    /// <summary>Packs the weights as they are now.</summary>
    public void Refresh()
    {
        int blocks = Layout.BlocksOf(Inputs);
        _kernels.For(Panels * blocks, piece =>
        {
            (int panel, int block) = Math.DivRem(piece, blocks);
            (int first, int end) = BlocksOf(panel);
            if (block < first || block >= end) return;
            float* to = Panel(panel) + (long)(block - first) * Taps * Lanes * Columns;
            int lanes = Math.Min(Lanes, Inputs - block * Lanes);
            ReadOnlySpan<float> weight = _weight.Span;
            for (int tap = 0; tap < Taps; tap++)
            for (int lane = 0; lane < lanes; lane++)
            {
                (int group, int input) = Math.DivRem(block * Lanes + lane, _inputsOfGroup);
                int at = group * _groupStride + input * _inputStride + _positions[tap];
                for (int column = 0; column < Columns; column++)
                {
                    int output = panel * Columns + column - group * _outputsOfGroup;
                    bool belongs = (uint)output < (uint)_outputsOfGroup;
                    *to++ = belongs ? weight[at + output * _outputStride] : 0f;
                }
            }
        });
    }

    public void Dispose() => _memory.Dispose();
}
