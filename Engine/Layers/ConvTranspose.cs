using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// Transposed convolution, also called deconvolution: X_{n+1} = X_n convolved with the flipped kernels, + b, which is what a
/// convolution with the same weights does to a signal in its backward pass.
/// <para>
/// On the backward pass it is that convolution: R_n(c) = sum over o of R_{n+1}(o) * K(c, o). Gradient and DeconvNet are the
/// same here, and nothing is kept.
/// </para>
/// </summary>
public sealed class ConvTranspose : Layer
{
    private readonly Window _window;
    private readonly Conv _conv;
    private readonly Conv? _flipped;

    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="weight">[C, O / groups, KH, KW].</param>
    /// <param name="weightShape">Its shape.</param>
    /// <param name="bias">[O], or empty.</param>
    /// <param name="window">
    /// Stride and dilation; the pads, which are cut off the output. SAME pads give an output of input times stride.
    /// </param>
    /// <param name="groups">Groups.</param>
    /// <param name="extra">Rows and columns that the output has more at its end.</param>
    /// <param name="size">Rows and columns of the output, from which pads follow; null for what the pads say.</param>
    /// <exception cref="NetVizException">The shapes contradict each other.</exception>
    public ConvTranspose(string name, ReadOnlyMemory<float> weight, Shape weightShape, ReadOnlyMemory<float> bias, Window window,
        int groups = 1, (int H, int W) extra = default, (int H, int W)? size = null)
        : base(name, "ConvTranspose")
    {
        if (weightShape.Rank != 4)
        {
            throw Refuse($"its weight has the shape {weightShape}; [C, O / groups, KH, KW] is supported",
                "one- and three-dimensional convolutions are not");
        }

        if (window.KH != weightShape[2] || window.KW != weightShape[3])
            throw Refuse($"kernel_shape {window.KH}x{window.KW} contradicts the weight's shape {weightShape}");
        if (weight.Length != weightShape.Count)
            throw Refuse($"its weight has {Counted.Of(weight.Length, "number")} for the shape {weightShape}");
        if (groups < 1 || weightShape[0] % groups != 0)
            throw Refuse($"{Counted.Of(weightShape[0], "input channel")} {Counted.Form(weightShape[0], "does", "do")} not divide into "
                + $"{Counted.Of(groups, "group")}");
        Channels = (int)Math.Min((long)weightShape[1] * groups, int.MaxValue);
        if (bias.Length != 0 && bias.Length != Channels)
            throw Refuse($"its bias has {Counted.Of(bias.Length, "number")} for {Counted.Of(Channels, "output channel")}");
        if (extra.H < 0 || extra.W < 0 || size is { H: < 1 } or { W: < 1 })
            throw Refuse($"output_padding {extra.H}, {extra.W}{(size is { } s ? $" and output_shape {s.H}, {s.W}" : "")}; "
                + "paddings of at least 0 and sizes of at least 1 are supported");
        WindowChecks.Require(window, this);
        (Weight, WeightShape, Bias, _window, Groups, Extra, Size) = (weight, weightShape, bias, window, groups, extra, size);
        Window plain = window with { AutoPad = AutoPad.None, PadTop = 0, PadLeft = 0, PadBottom = 0, PadRight = 0 };
        _conv = new Conv(name, weight, weightShape, default, plain, groups);
        _flipped = Flipped(plain);
    }

    /// <summary>[C, O / groups, KH, KW].</summary>
    public ReadOnlyMemory<float> Weight { get; }

    /// <summary>The weight's shape.</summary>
    public Shape WeightShape { get; }

    /// <summary>[O], or empty.</summary>
    public ReadOnlyMemory<float> Bias { get; }

    /// <summary>The number of groups; C and O are multiples of it.</summary>
    public int Groups { get; }

    /// <summary>Output channels.</summary>
    public int Channels { get; }

    /// <summary>Stride, padding and dilation as in the file.</summary>
    public Window Window => _window;

    /// <summary>Rows and columns that the output has more at its end.</summary>
    public (int H, int W) Extra { get; }

    /// <summary>Rows and columns of the output; null where they follow from the pads.</summary>
    public (int H, int W)? Size { get; }

    /// <inheritdoc/>
    public override long ParameterCount => Weight.Length + Bias.Length;

    /// <summary>
    /// The convolution whose backward pass this layer computes: its input is this layer's output, its output this layer's input.
    /// </summary>
    /// <param name="input">This layer's input [N, C, H, W].</param>
    /// <exception cref="NetVizException">No output is left.</exception>
    public ConvGeometry Geometry(Shape input)
    {
        (int top, int bottom, int rows) = Place(input.H, _window.KH, _window.StrideH, _window.DilationH, _window.PadTop,
            _window.PadBottom, Extra.H, Size?.H, input);
        (int left, int right, int columns) = Place(input.W, _window.KW, _window.StrideW, _window.DilationW, _window.PadLeft,
            _window.PadRight, Extra.W, Size?.W, input);
        Window window = _window with
        {
            AutoPad = AutoPad.None, PadTop = top, PadBottom = bottom, PadLeft = left, PadRight = right,
        };
        return new ConvGeometry(input.N, Channels, rows, columns, WeightShape[0], Groups, window);
    }

    /// <inheritdoc/>
    public override long Operations(ReadOnlySpan<Shape> inputs) => Geometry(inputs[0]).Operations;

    /// <inheritdoc/>
    public override double Effort(ReadOnlySpan<Shape> inputs, Shape output) =>
        _conv.EffortOf(Geometry(inputs[0])) + 20.0 * output.Count;

    /// <inheritdoc/>
    public override double PreparedBytes =>
        Math.Max(_conv.PreparedBytes, _flipped?.PreparedBytes + sizeof(float) * (double)Weight.Length ?? 0);

    /// <inheritdoc/>
    public override double WorkspaceBytes => Math.Max(_conv.WorkspaceBytes, _flipped?.WorkspaceBytes ?? 0);

    /// <inheritdoc/>
    internal override double WorkspaceOn(IKernels kernels, PreparedWeights? weights, Shape[] inputs) => weights is TransposedWeights w
        ? kernels.WorkspaceBytes(_flipped?.Geometry(inputs[0]) ?? Geometry(inputs[0]), w.Conv) ?? WorkspaceBytes
        : WorkspaceBytes;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = RequireRank(inputs, 4);
        return input.C == WeightShape[0]
            ? Geometry(input).Input
            : throw Refuse($"its input has {Counted.Of(input.C, "channel")}, its weight wants {WeightShape[0]}");
    }

    /// <inheritdoc/>
    public override PreparedWeights Prepare(IKernels kernels)
    {
        // Plain sums forward: a unit's value must not depend on its place.
        if (_flipped is not null) return new TransposedWeights(_flipped.Prepare(kernels, ForwardSums.Plain), null);
        PreparedWeights conv = _conv.Prepare(kernels);
        return new TransposedWeights(conv, Bias.IsEmpty ? null
            : kernels.PrepareAffine(default, new Shape(), Bias, new Shape(Channels, 1, 1)));
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a)
    {
        var w = (TransposedWeights)a.Weights!;
        if (_flipped is not null)
        {
            a.Kernels.ConvForward(_flipped.Geometry(a.Input.Shape), a.Input, w.Conv, a.Output);
            return;
        }

        a.Kernels.ConvBackward(Geometry(a.Input.Shape), a.Input, w.Conv, a.Output);
        if (w.Bias is not null) a.Kernels.AffineForward(a.Output, w.Bias, a.Output);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a)
    {
        PreparedWeights conv = ((TransposedWeights)a.Weights!).Conv;
        Shape input = a.InputSignal.Shape;
        if (_flipped is null) a.Kernels.ConvForward(Geometry(input), a.OutputSignal, conv, a.InputSignal);
        else a.Kernels.ConvBackward(_flipped.Geometry(input), a.OutputSignal, conv, a.InputSignal);
    }

    // Along rows or columns: where the convolution's windows begin, its pads, and the output's length. The whole output is
    // stride (length - 1) + dilation (kernel - 1) + 1 + extra long; pads are cut off it.
    private (int Before, int After, int Length) Place(int length, int kernel, int stride, int dilation, int before, int after,
        int extra, int? wanted, Shape input)
    {
        long reached = (length - 1L) * stride + (kernel - 1L) * dilation + 1, whole = reached + extra;
        bool isSame = _window.AutoPad is AutoPad.SameUpper or AutoPad.SameLower;
        long output = wanted ?? (isSame ? (long)length * stride : _window.AutoPad == AutoPad.Valid ? whole : whole - before - after);
        long first = before;
        if (wanted is not null || isSame)
        {
            long cut = Math.Max(0, whole - output);
            first = _window.AutoPad == AutoPad.SameUpper ? cut / 2 : cut - cut / 2;
        }
        else if (_window.AutoPad == AutoPad.Valid) first = 0;

        if (output is < 1 or > 1 << 24)
        {
            throw Refuse($"its output would have {output} rows or columns for its input {input}; 1 to {1 << 24} are supported",
                "pads are cut off the output of a transposed convolution");
        }

        return ((int)first, (int)(reached - first - output), (int)output);
    }

    // At stride 1 it is an ordinary convolution with the kernel flipped and its channels exchanged, which adds the bias by
    // itself.
    private Conv? Flipped(Window plain)
    {
        Window w = _window;
        int top = (w.KH - 1) * w.DilationH - w.PadTop, bottom = (w.KH - 1) * w.DilationH - w.PadBottom;
        int left = (w.KW - 1) * w.DilationW - w.PadLeft, right = (w.KW - 1) * w.DilationW - w.PadRight;
        if (w.StrideH != 1 || w.StrideW != 1 || w.AutoPad != AutoPad.None || Size is not null || Extra != (0, 0)
            || Math.Min(Math.Min(top, bottom), Math.Min(left, right)) < 0)
            return null;
        (int cg, int og, int area) = (WeightShape[0] / Groups, WeightShape[1], w.Area);
        var flipped = new float[Weight.Length];
        ReadOnlySpan<float> weight = Weight.Span;
        for (int g = 0; g < Groups; g++)
        for (int c = 0; c < cg; c++)
        for (int o = 0; o < og; o++)
        for (int k = 0; k < area; k++)
            flipped[((g * og + o) * cg + c) * area + area - 1 - k] = weight[((g * cg + c) * og + o) * area + k];
        return new Conv(Name, flipped, new Shape(Channels, cg, w.KH, w.KW), Bias,
            plain with { PadTop = top, PadBottom = bottom, PadLeft = left, PadRight = right }, Groups);
    }

    private sealed class TransposedWeights(PreparedWeights conv, PreparedWeights? bias) : PreparedWeights
    {
        public PreparedWeights Conv => conv;

        public PreparedWeights? Bias => bias;

        public override long Bytes => conv.Bytes + (bias?.Bytes ?? 0);

        public override void Refresh()
        {
            conv.Refresh();
            bias?.Refresh();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                conv.Dispose();
                bias?.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
