namespace NetViz.Kernels.Cpu;

public sealed unsafe partial class CpuKernels
{
    /// <summary>The input pixels that see the same kernel positions in the backward pass.</summary>
    /// <param name="RestH">(row + pad) mod stride of its pixels.</param>
    /// <param name="RestW">(column + pad) mod stride of its pixels.</param>
    /// <param name="Positions">Kernel positions kh * KW + kw with k dilation = rest mod stride, at least one.</param>
    /// <param name="Weights">The weights at those positions, transposed and packed.</param>
    private sealed record Phase(int RestH, int RestW, int[] Positions, DirectWeights Weights)
    {
        // The last ones, never changed once they are here: passes of several threads read them.
        private volatile PhaseTaps? _last;

        /// <summary>The phase's pixels of an input; none where the input is too small for the first.</summary>
        public Grid GridFor(in Window w, int height, int width)
        {
            // The first input pixel q of this phase: (q + pad) mod stride = the phase's rest.
            int firstH = Mod(RestH - w.PadTop, w.StrideH), firstW = Mod(RestW - w.PadLeft, w.StrideW);
            return firstH >= height || firstW >= width ? default
                : new Grid((height - firstH + w.StrideH - 1) / w.StrideH, (width - firstW + w.StrideW - 1) / w.StrideW, 1, 1,
                    w.StrideH, w.StrideW, firstH, firstW);
        }

        /// <summary>Where the positions look from the phase's first pixel on.</summary>
        public Tap[] TapsFor(in Window w, int firstH, int firstW)
        {
            if (_last is { } last && last.FirstH == firstH && last.FirstW == firstW && last.Window == w) return last.Taps;
            var taps = new Tap[Positions.Length];
            for (int t = 0; t < taps.Length; t++)
            {
                (int kh, int kw) = Math.DivRem(Positions[t], w.KW);
                taps[t] = new Tap((firstH + w.PadTop - kh * w.DilationH) / w.StrideH,
                    (firstW + w.PadLeft - kw * w.DilationW) / w.StrideW);
            }

            _last = new PhaseTaps(w, firstH, firstW, taps);
            return taps;
        }

        private sealed record PhaseTaps(Window Window, int FirstH, int FirstW, Tap[] Taps);
    }

    /// <summary>A convolution's weights for both directions, each either transformed or packed.</summary>
    private sealed class ConvWeights : PreparedWeights
    {
        private readonly ReadOnlyMemory<float> _weight;
        private readonly ReadOnlyMemory<float> _bias;
        private readonly AlignedMemory _shift;
        private readonly int _area;
        private readonly Lock _making = new();
        private readonly int _noBiasAt;
        private readonly Func<WinogradWeights>? _transformDown;
        private readonly long _bytesDown;
        private readonly Func<DirectWeights> _packForward;
        private readonly long _bytesPlain;
        private WinogradWeights? _down;
        private DirectWeights? _forward;
        private bool _isDisposed;
        private volatile WindowTaps? _last;
        private volatile NarrowPlan? _narrow;
        private volatile object? _areFinite;

        public ConvWeights(int c, int groups, Window w, ReadOnlyMemory<float> weight, ReadOnlyMemory<float> bias,
            CpuKernels kernels, ConvAlgorithm algorithm, ForwardSums forward)
        {
            int cg = c / groups, area = w.Area, o = weight.Length / (cg * area);
            (_weight, _bias) = (weight, bias);
            _area = area;

            // Whole panels of both directions' outputs, so that a block's bias is always sixteen numbers.
            _noBiasAt = (o + MicroKernel.MostColumns) / Layout.Lanes * Layout.Lanes;
            int zeros = (c + MicroKernel.MostColumns) / Layout.Lanes * Layout.Lanes;
            _shift = new AlignedMemory((long)(_noBiasAt + zeros) * sizeof(float));
            SetBias();
            bool applies = WinogradApplies(w, groups, algorithm);
            int least = LeastForWinograd(algorithm);
            _packForward = () => new DirectWeights(groups, o, c, [.. Enumerable.Range(0, area)], weight, cg * area, area, kernels);
            bool isTransformed = applies && c >= least && forward != ForwardSums.Plain;
            HasPlainForm = !isTransformed || forward == ForwardSums.ByImage;
            if (isTransformed) WinogradForward = new WinogradWeights(o, c, weight, down: false, kernels);
            else _forward = _packForward();
            if (isTransformed && HasPlainForm) _bytesPlain = DirectWeights.BytesFor(o, c, area);

            if (applies && o >= least)
            {
                _transformDown = () => new WinogradWeights(o, c, weight, down: true, kernels);
                _bytesDown = WinogradWeights.BytesFor(o, c, down: true);
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
                    new DirectWeights(groups, c, o, positions, weight, area, cg * area, kernels)));
            }

            ReachesAll = Phases.Count == (long)w.StrideH * w.StrideW;
        }

        public WinogradWeights? WinogradForward { get; }

        /// <summary>
        /// Transformed when the first signal comes down: a network that only classifies holds one form of its weights, not two.
        /// (The forms of the two directions are permutations of each other, scaled, but with channels exchanged: to turn panels
        /// of one as they are used would cost, counting instructions, 40 % of the product at 14x14 and 13 % at 28x28.)
        /// </summary>
        public WinogradWeights? WinogradBackward => _transformDown is null ? null : Made(ref _down, _transformDown);

        /// <summary>Gets whether the forward pass can be computed by plain sums.</summary>
        public bool HasPlainForm { get; }

        /// <summary>
        /// Gets the packed weights of the plain sum. Beside the transformed ones they are packed when the first image needs them.
        /// </summary>
        public DirectWeights PlainForward => Made(ref _forward, _packForward);

        public List<Phase> Phases { get; } = [];

        /// <summary>Whether every input pixel is in one of the phases; else those that are not get no signal.</summary>
        public bool ReachesAll { get; }

        /// <summary>The bias, zeros behind it.</summary>
        public float* Bias => (float*)_shift.Pointer;

        /// <summary>As many zeros as the backward pass has outputs.</summary>
        public float* NoBias => Bias + _noBiasAt;

        /// <summary>Gets whether no weight is infinite or NaN; found out when first asked for.</summary>
        public bool AreFinite
        {
            get
            {
                if (_areFinite is bool known) return known;
                bool found = true;
                foreach (float value in _weight.Span) found &= float.IsFinite(value);
                _areFinite = found;
                return found;
            }
        }

        public override long Bytes => (WinogradForward?.Bytes ?? 0) + _bytesDown
            + (WinogradForward is null ? PlainForward.Bytes : _bytesPlain)
            + Phases.Sum(phase => phase.Weights.Bytes) + _shift.Bytes;

        public override ConvAlgorithm AlgorithmUp =>
            WinogradForward is null ? ConvAlgorithm.Direct : ConvAlgorithm.Winograd;

        public override ConvAlgorithm AlgorithmDown =>
            _transformDown is null ? ConvAlgorithm.Direct : ConvAlgorithm.Winograd;

        /// <summary>Where the kernel's positions look from a point on.</summary>
        public Tap[] TapsUp(in Window w)
        {
            if (_last is { } last && last.Window == w) return last.Taps;
            var taps = new Tap[_area];
            for (int k = 0; k < taps.Length; k++)
                taps[k] = new Tap(k / w.KW * w.DilationH - w.PadTop, k % w.KW * w.DilationW - w.PadLeft);
            _last = new WindowTaps(w, taps);
            return taps;
        }

        /// <summary>The phases of a gradient with respect to few channels, remembered for the last size.</summary>
        public NarrowPlan NarrowPlanFor(in Window w, int height, int width)
        {
            if (_narrow is { } last && last.Height == height && last.Width == width && last.Window == w) return last;
            var phases = new List<NarrowPhase>();
            foreach (Phase phase in Phases)
            {
                if (phase.GridFor(w, height, width) is { Count: > 0 } grid)
                    phases.Add(new NarrowPhase(grid, phase.TapsFor(w, grid.ToFirstH, grid.ToFirstW), phase.Weights));
            }

            return _narrow = new NarrowPlan(w, height, width, [.. phases]);
        }

        public override void Refresh()
        {
            SetBias();
            _areFinite = null;
            WinogradForward?.Refresh();
            _down?.Refresh();
            _forward?.Refresh();
            foreach (Phase phase in Phases) phase.Weights.Refresh();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                lock (_making) _isDisposed = true;
                _shift.Dispose();
                WinogradForward?.Dispose();
                _down?.Dispose();
                _forward?.Dispose();
                foreach (Phase phase in Phases) phase.Weights.Dispose();
            }

            base.Dispose(disposing);
        }

        /// <summary>A form of the weights, made once, whichever pass wants it first.</summary>
        private T Made<T>(ref T? form, Func<T> make)
            where T : class
        {
            if (Volatile.Read(ref form) is { } made) return made;
            lock (_making)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                if (form is null) Volatile.Write(ref form, make());
                return form!;
            }
        }

        private sealed record WindowTaps(Window Window, Tap[] Taps);

        private void SetBias()
        {
            var shift = new Span<float>(Bias, checked((int)(_shift.Bytes / sizeof(float))));
            shift.Clear();
            _bias.Span.CopyTo(shift);
        }
    }
}
