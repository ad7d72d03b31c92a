using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NetViz.Kernels.Cpu;

/// <summary>One of the sums that a <see cref="NarrowConv"/> computes: its points, its kernel positions and its weights.</summary>
internal sealed record NarrowPhase(Grid Grid, Tap[] Taps, DirectWeights Weights);

/// <summary>The phases of a gradient with respect to few channels, and which places of the source they read.</summary>
internal sealed class NarrowPlan
{
    public NarrowPlan(in Window window, int height, int width, NarrowPhase[] phases)
    {
        (Window, Height, Width, Phases) = (window, height, width, phases);
        if (phases.Length == 0) return;
        (MinRow, MaxRow) = (phases.Min(phase => phase.Taps.Min(tap => tap.Row)), phases.Max(phase => phase.Taps.Max(tap => tap.Row)));
        (MinColumn, MaxColumn) =
            (phases.Min(phase => phase.Taps.Min(tap => tap.Column)), phases.Max(phase => phase.Taps.Max(tap => tap.Column)));
        (Rows, Columns) = (phases.Max(phase => phase.Grid.Height), phases.Max(phase => phase.Grid.Width));
        Taps = phases.Max(phase => phase.Taps.Length);
    }

    /// <summary>The convolution's window.</summary>
    public Window Window { get; }

    /// <summary>Rows of the gradient.</summary>
    public int Height { get; }

    /// <summary>Columns of the gradient.</summary>
    public int Width { get; }

    public NarrowPhase[] Phases { get; }

    public int MinRow { get; }

    public int MaxRow { get; }

    public int MinColumn { get; }

    public int MaxColumn { get; }

    /// <summary>The most rows of points of a phase.</summary>
    public int Rows { get; }

    /// <summary>The most columns of points of a phase.</summary>
    public int Columns { get; }

    /// <summary>The most kernel positions of a phase.</summary>
    public int Taps { get; }
}

/// <summary>
/// The gradient of a convolution with respect to one to three channels, an image's. <see cref="DirectConv"/> puts channels side by
/// side in a vector, so that thirteen of sixteen lanes would compute nothing. Here a vector holds neighbouring points of a row: a
/// piece copies the source's rows with columns side by side, [row][channel][column], once for all phases, and each weight is
/// broadcast. Every sum has the terms of <see cref="DirectConv"/> in the same order, so the bytes are the same.
/// </summary>
internal readonly unsafe struct NarrowConv(ConvSource source, ConvTarget target, NarrowPlan plan)
{
    /// <summary>Channels at most: three, times four vectors of sums, leave registers for a vector of the source and the weights.</summary>
    public const int MostOutputs = 3;

    private const int Lanes = Layout.Lanes;
    private const int Vectors = 4;

    /// <summary>Bytes of copied rows that a piece aims at: half of a second-level cache of 1 MB.</summary>
    private const long PieceBytes = 512 << 10;

    /// <summary>Rows of points of a piece at least; neighbouring pieces copy some rows twice.</summary>
    private const int LeastRows = 4;

    private int Outputs => plan.Phases[0].Weights.Outputs;

    private int Inputs => source.Layout.Channels;

    /// <summary>Points that are computed together.</summary>
    private static int Points => Vectors * VectorWidth.Bits / 32;

    /// <summary>Columns of sums, up to whole groups of points.</summary>
    private int SumColumns => (plan.Columns + Points - 1) / Points * Points;

    /// <summary>Columns of a copied row of one channel, up to whole lines of the cache.</summary>
    private int CopiedColumns => (SumColumns + plan.MaxColumn - plan.MinColumn + Lanes - 1) / Lanes * Lanes;

    private long RowFloats => (long)Inputs * CopiedColumns;

    /// <summary>Computes it.</summary>
    public void Run(CpuKernels kernels)
    {
        int images = source.Layout.Images, threads = kernels.Threads;
        if (images == 0) return;
        int most = (int)Math.Clamp(PieceBytes / (RowFloats * sizeof(float)), Math.Min(LeastRows, plan.Rows), plan.Rows);
        int pieces = (plan.Rows + most - 1) / most;
        if (images % threads != 0) pieces = Math.Min(plan.Rows, (pieces + threads - 1) / threads * threads);
        var job = new RowsJob(this, kernels, pieces);
        kernels.For(images * pieces, ref job);
    }

    /// <summary>Some rows of points of all phases.</summary>
    private readonly struct RowsJob(NarrowConv conv, CpuKernels kernels, int pieces) : IJob
    {
        public void Run(int index, int worker)
        {
            (int image, int piece) = Math.DivRem(index, pieces);
            conv.Rows(kernels, worker, image, (int)((long)conv.Plan.Rows * piece / pieces),
                (int)((long)conv.Plan.Rows * (piece + 1) / pieces));
        }
    }

    private NarrowPlan Plan => plan;

    private void Rows(CpuKernels kernels, int worker, int image, int first, int end)
    {
        int rows = end - first + plan.MaxRow - plan.MinRow, terms = source.Layout.Blocks * plan.Taps;
        long copied = rows * RowFloats, table = Winograd.OddLines(terms);
        long weights = Winograd.OddLines((long)Inputs * plan.Taps * Outputs), sumFloats = (long)Outputs * SumColumns;
        float* memory = kernels.Scratch(worker, copied + table + weights + sumFloats + source.Layout.Width * Lanes);
        int* offsets = (int*)(memory + copied);
        float* weight = memory + copied + table, sums = weight + weights, work = sums + sumFloats;
        for (int r = 0; r < rows; r++) CopyRow(image, first + plan.MinRow + r, work, memory + r * RowFloats);

        foreach (NarrowPhase phase in plan.Phases)
        {
            Pack(phase.Weights, weight);
            int last = Math.Min(end, phase.Grid.Height);
            for (int i = first; i < last; i++)
            {
                int* offset = offsets;
                for (int block = 0; block < source.Layout.Blocks; block++)
                {
                    foreach (Tap tap in phase.Taps)
                    {
                        *offset++ = checked((int)((i - first + tap.Row - plan.MinRow) * RowFloats
                            + (long)block * Lanes * CopiedColumns + tap.Column - plan.MinColumn));
                    }
                }

                Multiply(phase.Taps.Length, phase.Grid.Width, memory, offsets, weight, sums);
                Write(phase.Grid, image, i, sums);
            }
        }
    }

    /// <summary>Computes a row of points of one phase, [outputs][columns].</summary>
    private void Multiply(int taps, int points, float* memory, int* offsets, float* weight, float* sums)
    {
        int count = source.Layout.Blocks * taps, rest = Inputs % Lanes, whole = rest == 0 ? count : count - taps;
        for (int j = 0; j < points; j += Points)
        {
            float* from = weight;
            for (int term = 0; term < count; term += DirectConv.BlocksOfSum)
            {
                int here = Math.Min(DirectConv.BlocksOfSum, count - term), wholeHere = Math.Clamp(whole - term, 0, here);
                Run(Outputs, memory + j, offsets + term, here, wholeHere, rest, CopiedColumns, from, sums + j, SumColumns, term > 0);
                from += (wholeHere * Lanes + (here - wholeHere) * rest) * Outputs;
            }
        }
    }

    /// <summary>Writes a row of points; the lanes of channels that there are not become 0.</summary>
    private void Write(in Grid grid, int image, int i, float* sums)
    {
        int outputs = Outputs, columns = SumColumns;
        for (int j = 0; j < grid.Width; j++)
        {
            float* to = target.At(image, 0, i * grid.ToStepH + grid.ToFirstH, j * grid.ToStepW + grid.ToFirstW);
            Vector512<float>.Zero.Store(to);
            // Adding 0 makes 0 of -0, as adding the bias does.
            for (int c = 0; c < outputs; c++) to[c] = sums[c * columns + j] + 0f;
        }
    }

    /// <summary>Copies a row of the source, [channel][column], zeros where it ends.</summary>
    private void CopyRow(int image, int row, float* work, float* to)
    {
        Layout layout = source.Layout;
        int columns = CopiedColumns;
        var copy = new Span<float>(to, checked((int)RowFloats));
        if ((uint)row >= (uint)layout.Height)
        {
            copy.Clear();
            return;
        }

        // Column p of the copy is column p + MinColumn of the source.
        int from = Math.Max(0, plan.MinColumn), before = Math.Min(Math.Max(0, -plan.MinColumn), columns);
        int inside = Math.Clamp(layout.Width - from, 0, columns - before);
        for (int block = 0; block < layout.Blocks; block++)
        {
            float* line = work;
            if (inside > 0)
            {
                if (source.IsPlain) line = source.At(image, block, row, from);
                else source.Read(image, block, row, from, inside, work);
            }

            int lanes = Math.Min(Lanes, Inputs - block * Lanes);
            for (int lane = 0; lane < lanes; lane++, to += columns)
            {
                new Span<float>(to, before).Clear();
                for (int p = 0; p < inside; p++) to[before + p] = line[p * Lanes + lane];
                new Span<float>(to + before + inside, columns - before - inside).Clear();
            }
        }
    }

    /// <summary>Copies the weights without the columns that stand for no channel.</summary>
    private static void Pack(DirectWeights weights, float* to)
    {
        float* from = weights.Panel(0);
        int lines = weights.Inputs * weights.Taps;
        for (int line = 0; line < lines; line++, from += weights.Columns)
            for (int c = 0; c < weights.Outputs; c++) *to++ = from[c];
    }

    private static void Run(int outputs, float* source, int* offsets, int terms, int whole, int rest, int step, float* weight,
        float* sums, int columns, bool add)
    {
        if (MicroKernel.IsWide) Run<Wide, Vector512<float>>(outputs, source, offsets, terms, whole, rest, step, weight, sums, columns, add);
        else if (MicroKernel.IsSlim)
            Run<Slim, Vector128<float>>(outputs, source, offsets, terms, whole, rest, step, weight, sums, columns, add);
        else Run<Narrow, Vector256<float>>(outputs, source, offsets, terms, whole, rest, step, weight, sums, columns, add);
    }

    private static void Run<TS, TV>(int outputs, float* source, int* offsets, int terms, int whole, int rest, int step, float* weight,
        float* sums, int columns, bool add)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        switch (outputs)
        {
            case 1: Run<TS, TV, MicroKernel.N1>(source, offsets, terms, whole, rest, step, weight, sums, columns, add); break;
            case 2: Run<TS, TV, MicroKernel.N2>(source, offsets, terms, whole, rest, step, weight, sums, columns, add); break;
            default: Run<TS, TV, MicroKernel.N3>(source, offsets, terms, whole, rest, step, weight, sums, columns, add); break;
        }
    }

    // As in MicroKernel: named locals, which the JIT keeps in registers, and no first tier.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TS, TV, TOutputs>(float* source, int* offsets, int terms, int whole, int rest, int step, float* weight,
        float* sums, int columns, bool add)
        where TS : struct, ISimd<TV>
        where TV : struct
        where TOutputs : struct, INumber
    {
        TV a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        TV c0 = default, c1 = default, c2 = default, c3 = default, v = default, w = default;
        for (int term = 0; term < terms; term++)
        {
            float* x = source + offsets[term], end = weight + (term < whole ? Lanes : rest) * TOutputs.Value;
            for (; weight < end; weight += TOutputs.Value, x += step)
            {
                TV a = TS.Broadcast(weight[0]);
                if (TOutputs.Value > 1) v = TS.Broadcast(weight[1]);
                if (TOutputs.Value > 2) w = TS.Broadcast(weight[2]);
                Add<TS, TV, TOutputs>(x, a, v, w, ref a0, ref b0, ref c0);
                Add<TS, TV, TOutputs>(x + TS.Count, a, v, w, ref a1, ref b1, ref c1);
                Add<TS, TV, TOutputs>(x + 2 * TS.Count, a, v, w, ref a2, ref b2, ref c2);
                Add<TS, TV, TOutputs>(x + 3 * TS.Count, a, v, w, ref a3, ref b3, ref c3);
            }
        }

        Put<TS, TV>(sums, add, a0, a1, a2, a3);
        if (TOutputs.Value > 1) Put<TS, TV>(sums + columns, add, b0, b1, b2, b3);
        if (TOutputs.Value > 2) Put<TS, TV>(sums + 2 * columns, add, c0, c1, c2, c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TS, TV, TOutputs>(float* x, TV u, TV v, TV w, ref TV a, ref TV b, ref TV c)
        where TS : struct, ISimd<TV>
        where TV : struct
        where TOutputs : struct, INumber
    {
        TV all = TS.Load(x);
        a = TS.MultiplyAdd(all, u, a);
        if (TOutputs.Value > 1) b = TS.MultiplyAdd(all, v, b);
        if (TOutputs.Value > 2) c = TS.MultiplyAdd(all, w, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TS, TV>(float* sums, bool add, TV a, TV b, TV c, TV d)
        where TS : struct, ISimd<TV>
        where TV : struct
    {
        int count = TS.Count;
        if (add)
        {
            (a, b) = (TS.Add(TS.Load(sums), a), TS.Add(TS.Load(sums + count), b));
            (c, d) = (TS.Add(TS.Load(sums + 2 * count), c), TS.Add(TS.Load(sums + 3 * count), d));
        }

        TS.Store(a, sums);
        TS.Store(b, sums + count);
        TS.Store(c, sums + 2 * count);
        TS.Store(d, sums + 3 * count);
    }
}
