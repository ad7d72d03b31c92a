using ILGPU;

namespace NetViz.Kernels.Gpu;

public sealed partial class GpuKernels
{
    /// <summary>
    /// A convolution's weights on the device. For the naive form as they are; for products once for each direction, in the order
    /// in which it runs through them: forward [groups][CG KH KW][OG] and, taps flipped, backward [groups][OG KH KW][CG], the last
    /// axis padded with zeros to a multiple of four, so that every load is one of 128 bits. Where the convolution goes through
    /// Winograd's transforms, the filters transformed, [36][C][O] and [36][O][C] alike.
    /// </summary>
    private sealed class ConvWeights : PreparedWeights
    {
        private readonly GpuKernels _kernels;
        private readonly ReadOnlyMemory<float> _weight, _bias;
        private readonly GpuBuffer? _plain, _forward, _backward, _direct;
        private readonly GpuBuffer _biasOnDevice;
        private readonly int _groups, _og, _cg, _area;

        public ConvWeights(GpuKernels kernels, int c, int groups, Window window, ReadOnlyMemory<float> weight,
            ReadOnlyMemory<float> bias, ForwardSums forward)
        {
            (_kernels, _weight, _bias, _groups, _cg, _area) = (kernels, weight, bias, groups, c / groups, window.Area);
            IsWinogradDown = kernels.UsesWinograd(window, groups, c, weight.Length / Math.Max(1, _cg * _area));
            IsWinogradUp = IsWinogradDown && forward != ForwardSums.Plain;
            HasPlainForm = !IsWinogradUp || forward == ForwardSums.ByImage;
            _og = weight.Length / Math.Max(1, _cg * _area) / groups;
            if (kernels.Form == ProductForm.Naive) _plain = Allocate(weight.Length);
            else
            {
                _forward = Allocate((long)groups * _cg * Places(IsWinogradUp) * PaddedOG);
                _backward = Allocate((long)groups * _og * Places(IsWinogradDown) * PaddedCG);
                if (IsWinogradUp && HasPlainForm) _direct = Allocate((long)groups * _cg * _area * PaddedOG);
            }

            _biasOnDevice = Allocate(bias.Length);
            Refresh();
        }

        /// <summary>[O, CG, KH, KW], in the naive form.</summary>
        public ArrayView<float> Plain => _plain!.Floats(_weight.Length);

        /// <summary>[O].</summary>
        public ArrayView<float> Bias => _biasOnDevice.Floats(Math.Max(1, _bias.Length));

        /// <summary>Whether there is a bias.</summary>
        public bool HasBias => !_bias.IsEmpty;

        /// <summary>k = channel KH KW + tap, i = output channel.</summary>
        public MatrixOperand Forward => Matrix(_forward!, _cg, PaddedOG, IsWinogradUp);

        /// <summary>The same of the plain sum, beside the transformed filters.</summary>
        public MatrixOperand PlainForward => _direct is null ? Forward : Matrix(_direct, _cg, PaddedOG, isTransformed: false);

        /// <summary>k = output channel KH KW + flipped tap, i = channel.</summary>
        public MatrixOperand Backward => Matrix(_backward!, _og, PaddedCG, IsWinogradDown);

        /// <summary>
        /// Whether the forward pass's filters are transformed: k is then a channel, and z a position of the 36.
        /// </summary>
        public bool IsWinogradUp { get; }

        /// <summary>The same of the backward pass.</summary>
        public bool IsWinogradDown { get; }

        /// <summary>Whether the forward pass can be computed by plain sums.</summary>
        public bool HasPlainForm { get; }

        /// <inheritdoc/>
        public override ConvAlgorithm AlgorithmUp => IsWinogradUp ? ConvAlgorithm.Winograd : ConvAlgorithm.Direct;

        /// <inheritdoc/>
        public override ConvAlgorithm AlgorithmDown => IsWinogradDown ? ConvAlgorithm.Winograd : ConvAlgorithm.Direct;

        /// <inheritdoc/>
        public override long Bytes =>
            (_plain?.Taken ?? 0) + (_forward?.Taken ?? 0) + (_backward?.Taken ?? 0) + (_direct?.Taken ?? 0)
            + _biasOnDevice.Taken;

        private int PaddedOG => (_og + 3) / 4 * 4;

        private int PaddedCG => (_cg + 3) / 4 * 4;

        /// <inheritdoc/>
        public override void Refresh()
        {
            _kernels._memory.Staging.Upload(_bias.Span, Bias.SubView(0, _bias.Length));
            if (_weight.IsEmpty) return;
            ArrayView<float> plain = _plain is null ? _kernels.WorkingMemory(_weight.Length) : Plain;
            _kernels._memory.Staging.Upload(_weight.Span, plain);
            if (_plain is not null) return;
            if (IsWinogradUp) Transform(plain, Forward, _og, PaddedOG, _cg, isDown: 0);
            if (HasPlainForm)
            {
                _kernels.Launch(PlainForward.View.Length, new PrepareForwardKernel
                {
                    CG = _cg, OG = _og, PaddedOG = PaddedOG, Area = _area, Plain = plain, Prepared = PlainForward.View,
                });
            }

            if (IsWinogradDown)
            {
                Transform(plain, Backward, _cg, PaddedCG, _og, isDown: 1);
                return;
            }

            _kernels.Launch(Backward.View.Length, new PrepareBackwardKernel
            {
                CG = _cg, OG = _og, PaddedCG = PaddedCG, Area = _area, Plain = plain, Prepared = Backward.View,
            });
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _plain?.Dispose();
                _forward?.Dispose();
                _backward?.Dispose();
                _direct?.Dispose();
                _biasOnDevice.Dispose();
            }

            base.Dispose(disposing);
        }

        private void Transform(ArrayView<float> plain, in MatrixOperand to, int rows, int paddedRows, int terms, int isDown) =>
            _kernels.Launch((long)terms * paddedRows, new WinogradFilterKernel
            {
                Rows = rows, PaddedRows = paddedRows, Terms = terms, IsDown = isDown, Weight = plain, Transformed = to.View,
            });

        private int Places(bool isTransformed) => isTransformed ? WinogradTiles.Positions : _area;

        private MatrixOperand Matrix(GpuBuffer buffer, int channels, int padded, bool isTransformed)
        {
            int k = isTransformed ? channels : channels * _area;
            long floats = (long)_groups * channels * Places(isTransformed) * padded;
            return MatrixOperand.Of(buffer.Floats(floats), k, padded, k * padded);
        }

        private GpuBuffer Allocate(long floats) => new(_kernels._memory, floats * sizeof(float));
    }
}

/// <summary>prepared(group, c tap, o) = w(o, c, tap), 0 where there is no o; a thread an element.</summary>
internal struct PrepareForwardKernel : IThreadKernel
{
    public int CG, OG, PaddedOG, Area;
    public ArrayView<float> Plain, Prepared;

    public readonly void Run(int i)
    {
        int og = i % PaddedOG, rest = i / PaddedOG, k = rest % (CG * Area), group = rest / (CG * Area);
        Prepared[i] = og < OG ? Plain[(group * OG + og) * CG * Area + k] : 0f;
    }
}

/// <summary>prepared(group, o (KH KW - 1 - tap), c) = w(o, c, tap), 0 where there is no c; a thread an element.</summary>
internal struct PrepareBackwardKernel : IThreadKernel
{
    public int CG, OG, PaddedCG, Area;
    public ArrayView<float> Plain, Prepared;

    public readonly void Run(int i)
    {
        int cg = i % PaddedCG, rest = i / PaddedCG, flipped = rest % Area, o = rest / Area;
        Prepared[i] = cg < CG ? Plain[(o * CG + cg) * Area + Area - 1 - flipped] : 0f;
    }
}
