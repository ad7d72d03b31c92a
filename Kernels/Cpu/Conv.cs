namespace NetViz.Kernels.Cpu;

// Both directions are the same computation, a sum over taps (TapProduct.cs):
//   up:   y(o, p) = b(o) + sum over c, k of x(c, p stride - pad + k dilation) w(o, c, k)
//   down: r(c, q) = sum over o, k of R(o, (q + pad - k dilation) / stride) w(o, c, k), where the division leaves no rest
// On the way down the input pixels fall into stride x stride phases: pixels of one phase, q = p stride + phase, see the
// same kernel positions k, those with phase + pad - k dilation = 0 mod stride, each at a fixed distance in R. So the way
// down is one tap product a phase, with the kernel's positions shared out among the phases; at stride 1 it is a
// convolution with the flipped kernel.
//
// 3x3 kernels of stride 1 go through Winograd's transforms instead (Winograd.cs), up with the kernel as it is and down with
// the kernel flipped and its channels exchanged.
public sealed unsafe partial class CpuKernels
{
    /// <inheritdoc/>
    public PreparedWeights PrepareConv(int c, int groups, Window window, ReadOnlyMemory<float> weight,
        ReadOnlyMemory<float> bias) =>
        new ConvWeights(c, groups, window, weight, bias, this, _algorithm);

    /// <inheritdoc/>
    public void ConvForward(in ConvGeometry geometry, DeviceTensor input, PreparedWeights weights, DeviceTensor output)
    {
        ConvGeometry g = geometry;
        Window w = g.Window;
        var prepared = (ConvWeights)weights;
        float* from = Rows(0, input), to = RowsFor(1, output);
        if (prepared.WinogradForward is not null)
        {
            var winograd = new Winograd
            {
                From = new Planes(g.C, g.H, g.W),
                To = new Planes(g.O, g.OH, g.OW),
                PadTop = w.PadTop,
                PadLeft = w.PadLeft,
            };
            winograd.Run(this, g.N, from, prepared.WinogradForward, prepared.Bias, to);
            Commit(to, output);
            return;
        }

        ForwardProduct(g).Run(this, g.N, from, prepared.Forward!, prepared.Bias, to);
        Commit(to, output);
    }

    /// <inheritdoc/>
    public void ConvBackward(in ConvGeometry geometry, DeviceTensor outputSignal, PreparedWeights weights,
        DeviceTensor inputSignal)
    {
        ConvGeometry g = geometry;
        Window w = g.Window;
        var prepared = (ConvWeights)weights;
        float* from = Rows(0, outputSignal), to = RowsFor(1, inputSignal);
        if (prepared.WinogradBackward is not null)
        {
            var winograd = new Winograd
            {
                From = new Planes(g.O, g.OH, g.OW),
                To = new Planes(g.C, g.H, g.W),
                PadTop = 2 - w.PadTop,
                PadLeft = 2 - w.PadLeft,
            };
            winograd.Run(this, g.N, from, prepared.WinogradBackward, default, to);
            Commit(to, inputSignal);
            return;
        }

        if (!prepared.ReachesAll) Numbers(to, inputSignal).Clear();

        foreach (Phase phase in prepared.Phases)
        {
            // The first input pixel q of this phase: (q + pad) mod stride = the phase's rest.
            int firstH = Mod(phase.RestH - w.PadTop, w.StrideH), firstW = Mod(phase.RestW - w.PadLeft, w.StrideW);
            if (firstH >= g.H || firstW >= g.W) continue;
            var taps = new Tap[phase.Positions.Length];
            for (int t = 0; t < taps.Length; t++)
            {
                (int kh, int kw) = Math.DivRem(phase.Positions[t], w.KW);
                taps[t] = new Tap((firstH + w.PadTop - kh * w.DilationH) / w.StrideH,
                    (firstW + w.PadLeft - kw * w.DilationW) / w.StrideW);
            }

            var product = new TapProduct
            {
                Groups = g.Groups,
                From = new Planes(g.OG, g.OH, g.OW),
                To = new Planes(g.CG, g.H, g.W),
                Grid = new Grid((g.H - firstH + w.StrideH - 1) / w.StrideH, (g.W - firstW + w.StrideW - 1) / w.StrideW, 1, 1,
                    w.StrideH, w.StrideW, firstH, firstW),
                Taps = taps,
            };
            product.Run(this, g.N, from, phase.Weights, default, to);
        }

        Commit(to, inputSignal);
    }

    /// <inheritdoc/>
    public void ConvBackwardToWeights(in ConvGeometry geometry, DeviceTensor input, DeviceTensor outputSignal,
        DeviceTensor weightSignal)
    {
        ConvGeometry g = geometry;
        float* x = Rows(0, input), above = Rows(1, outputSignal), result = RowsFor(2, weightSignal);
        if (WinogradApplies(g.Window, g.Groups, _algorithm) && Math.Min(g.C, g.O) >= LeastForWinograd(_algorithm))
        {
            var winograd = new WinogradWeightSignal
            {
                Input = new Planes(g.C, g.H, g.W),
                Output = new Planes(g.O, g.OH, g.OW),
                PadTop = g.Window.PadTop,
                PadLeft = g.Window.PadLeft,
            };
            winograd.Run(this, g.N, x, above, result);
            Commit(result, weightSignal);
            return;
        }

        var product = new TapCorrelation { Product = ForwardProduct(g) };
        product.Run(this, g.N, x, above, result);
        Commit(result, weightSignal);
    }

    /// <summary>
    /// Whether a convolution goes through Winograd's transforms: its rounding is then that of a tile, not of its own sum.
    /// </summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="backward">On the way down; else up.</param>
    public bool UsesWinograd(in ConvGeometry geometry, bool backward) =>
        WinogradApplies(geometry.Window, geometry.Groups, _algorithm)
        && (backward ? geometry.O : geometry.C) >= LeastForWinograd(_algorithm);

    private static bool WinogradApplies(in Window w, int groups, ConvAlgorithm algorithm) =>
        w is { KH: 3, KW: 3, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1 } && groups == 1
        && algorithm != ConvAlgorithm.Direct;

    /// <summary>Channels that the transforms need to be worth their while.</summary>
    private static int LeastForWinograd(ConvAlgorithm algorithm) => algorithm == ConvAlgorithm.Auto ? 16 : 1;

    private static TapProduct ForwardProduct(in ConvGeometry g)
    {
        Window w = g.Window;
        var taps = new Tap[w.Area];
        for (int k = 0; k < taps.Length; k++)
            taps[k] = new Tap(k / w.KW * w.DilationH - w.PadTop, k % w.KW * w.DilationW - w.PadLeft);
        return new TapProduct
        {
            Groups = g.Groups,
            From = new Planes(g.CG, g.H, g.W),
            To = new Planes(g.OG, g.OH, g.OW),
            Grid = new Grid(g.OH, g.OW, w.StrideH, w.StrideW, 1, 1, 0, 0),
            Taps = taps,
        };
    }

    private static int Mod(int value, int modulus) => ((value % modulus) + modulus) % modulus;

    /// <summary>The input pixels that see the same kernel positions on the way down.</summary>
    /// <param name="RestH">(row + pad) mod stride of its pixels.</param>
    /// <param name="RestW">(column + pad) mod stride of its pixels.</param>
    /// <param name="Positions">Kernel positions kh * KW + kw with k dilation = rest mod stride, at least one.</param>
    /// <param name="Weights">The weights at those positions, transposed and packed.</param>
    private sealed record Phase(int RestH, int RestW, int[] Positions, PackedWeights Weights);

    /// <summary>A convolution's weights for both directions, each either transformed or packed.</summary>
    private sealed class ConvWeights : PreparedWeights
    {
        public ConvWeights(int c, int groups, Window w, ReadOnlyMemory<float> weight, ReadOnlyMemory<float> bias,
            CpuKernels kernels, ConvAlgorithm algorithm)
        {
            int cg = c / groups, area = w.Area, o = weight.Length / (cg * area), og = o / groups;
            Bias = bias;
            bool applies = WinogradApplies(w, groups, algorithm);
            int least = LeastForWinograd(algorithm);
            if (applies && c >= least)
            {
                WinogradForward = new WinogradWeights(o, c, weight, down: false, kernels);
            }
            else
            {
                Forward = new PackedWeights(groups, og, cg * area, kernels, (group, row, terms) =>
                    weight.Span.Slice((group * og + row) * cg * area, cg * area).CopyTo(terms));
            }

            if (applies && o >= least)
            {
                WinogradBackward = new WinogradWeights(o, c, weight, down: true, kernels);
                return;
            }

            // A stride may be far longer than the kernel (stride 100000: 10^10 phases);
            // phases that no position reaches are left out.
            foreach (IGrouping<(int, int), int> phase in Enumerable.Range(0, area)
                .GroupBy(k => ((int)((long)(k / w.KW) * w.DilationH % w.StrideH),
                    (int)((long)(k % w.KW) * w.DilationW % w.StrideW)))
                .OrderBy(p => p.Key))
            {
                (int restH, int restW) = phase.Key;
                int[] positions = [.. phase];
                Phases.Add(new Phase(restH, restW, positions,
                    new PackedWeights(groups, cg, og * positions.Length, kernels, (group, row, terms) =>
                    {
                        ReadOnlySpan<float> all = weight.Span;
                        for (int term = 0, channel = group * og; channel < (group + 1) * og; channel++)
                            foreach (int position in positions) terms[term++] = all[(channel * cg + row) * area + position];
                    })));
            }

            ReachesAll = Phases.Count == (long)w.StrideH * w.StrideW;
        }

        public WinogradWeights? WinogradForward { get; }

        public WinogradWeights? WinogradBackward { get; }

        public PackedWeights? Forward { get; }

        public List<Phase> Phases { get; } = [];

        /// <summary>Whether every input pixel is in one of the phases; else those that are not get no signal.</summary>
        public bool ReachesAll { get; }

        public ReadOnlyMemory<float> Bias { get; }

        public override long Bytes => (WinogradForward?.Bytes ?? 0) + (WinogradBackward?.Bytes ?? 0) + (Forward?.Bytes ?? 0)
            + Phases.Sum(phase => phase.Weights.Bytes);

        public override ConvAlgorithm AlgorithmDown =>
            WinogradBackward is null ? ConvAlgorithm.Direct : ConvAlgorithm.Winograd;

        public override void Refresh()
        {
            WinogradForward?.Refresh();
            WinogradBackward?.Refresh();
            Forward?.Refresh();
            foreach (Phase phase in Phases) phase.Weights.Refresh();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                WinogradForward?.Dispose();
                WinogradBackward?.Dispose();
                Forward?.Dispose();
                foreach (Phase phase in Phases) phase.Weights.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
