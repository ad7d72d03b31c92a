using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// Convolution: X_{n+1}(o) = sum over c of X_n(c) * K(o, c) + b(o) (cross-correlation, as everywhere in this field).
/// <para>
/// On the backward pass R_n = R_{n+1} convolved with the flipped kernels: gradient and DeconvNet are the same here
/// (1312.6034, section 4). Nothing is kept.
/// </para>
/// </summary>
public sealed class Conv : Layer
{
    private readonly int _groups;
    private readonly Window _window;
    private readonly int _o;
    private readonly int _cg;

    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="weight">[O, C / groups, KH, KW].</param>
    /// <param name="weightShape">Its shape.</param>
    /// <param name="bias">[O], or empty.</param>
    /// <param name="window">Stride, padding and dilation; KH and KW must be the weight's.</param>
    /// <param name="groups">Groups.</param>
    /// <exception cref="NetVizException">The shapes contradict each other.</exception>
    public Conv(string name, ReadOnlyMemory<float> weight, Shape weightShape, ReadOnlyMemory<float> bias, Window window,
        int groups = 1)
        : base(name, "Conv")
    {
        if (weightShape.Rank != 4)
        {
            throw Refuse($"its weight has the shape {weightShape}; [O, C / groups, KH, KW] is supported",
                "one- and three-dimensional convolutions are not");
        }
        (_o, _cg) = (weightShape[0], weightShape[1]);
        if (window.KH != weightShape[2] || window.KW != weightShape[3])
            throw Refuse($"kernel_shape {window.KH}x{window.KW} contradicts the weight's shape {weightShape}");
        if (weight.Length != weightShape.Count)
            throw Refuse($"its weight has {Counted.Of(weight.Length, "number")} for the shape {weightShape}");
        if (bias.Length != 0 && bias.Length != _o) throw Refuse($"its bias has {Counted.Of(bias.Length, "number")} for "
            + $"{Counted.Of(_o, "output channel")}");
        if (groups < 1 || _o % groups != 0) throw Refuse($"{Counted.Of(_o, "output channel")} "
            + $"{Counted.Form(_o, "does", "do")} not divide into {Counted.Of(groups, "group")}");
        WindowChecks.Require(window, this);
        (Weight, Bias, _window, _groups) = (weight, bias, window, groups);
        WeightShape = weightShape;
    }

    /// <summary>[O, C / groups, KH, KW].</summary>
    public ReadOnlyMemory<float> Weight { get; }

    /// <summary>The weight's shape.</summary>
    public Shape WeightShape { get; }

    /// <summary>[O], or empty.</summary>
    public ReadOnlyMemory<float> Bias { get; }

    /// <summary>The number of groups; C and O are multiples of it.</summary>
    public int Groups => _groups;

    /// <summary>Stride, padding and dilation as in the file.</summary>
    public Window Window => _window;

    /// <inheritdoc/>
    public override long ParameterCount => Weight.Length + Bias.Length;

    /// <summary>The convolution's shapes for an input [N, C, H, W].</summary>
    public ConvGeometry Geometry(Shape input) =>
        new(input.N, input.C, input.H, input.W, _o, _groups, _window.Resolve(input.H, input.W));

    /// <inheritdoc/>
    public override long Operations(ReadOnlySpan<Shape> inputs) => Geometry(inputs[0]).Operations;

    // Kernels compute panels of 32 outputs, and read for a panel whole blocks of 16 channels of all groups that it touches
    // (Kernels/Cpu/Convolution/DirectWeights.cs).
    private const double Panel = 32;

    private static double Panels(double outputs) => Panel * Math.Ceiling(outputs / Panel);

    private static double Read(double outputsOfGroup, double inputsOfGroup, double inputs) =>
        Math.Min(inputs, (Math.Ceiling(Panel / outputsOfGroup) + 1) * inputsOfGroup + Panel);

    // 3x3 kernels are kept transformed, 36 numbers for 9 (Kernels/Cpu/Convolution/WinogradWeights.cs).
    private double KeptArea => _window is { KH: 3, KW: 3, StrideH: 1, StrideW: 1 } && _groups == 1 ? 36 : _window.Area;

    private double Channels => (double)_cg * _groups;

    private double OutputsOfGroup => (double)_o / _groups;

    /// <inheritdoc/>
    public override double Effort(ReadOnlySpan<Shape> inputs, Shape output) => EffortOf(Geometry(inputs[0]));

    /// <summary>The effort of these weights at some shapes.</summary>
    internal double EffortOf(in ConvGeometry g)
    {
        double area = g.Window.Area, strides = Math.Min((double)g.Window.StrideH * g.Window.StrideW, area);
        double up = (double)g.N * g.OH * g.OW * area * (2 * Panels(_o) * Read(OutputsOfGroup, _cg, Channels) + 16 * Channels);
        double down = (double)g.N * g.H * g.W * Math.Ceiling(area / strides)
            * (2 * Panels(Channels) * Read(_cg, OutputsOfGroup, _o) + 16 * (double)_o);
        return up + down;
    }

    /// <inheritdoc/>
    public override double PreparedBytes =>
        sizeof(float) * (KeptArea * Panels(_o) * Read(OutputsOfGroup, _cg, Channels)
            + KeptArea * Panels(Channels) * Read(_cg, OutputsOfGroup, _o) + 64 + _o + Channels);

    /// <inheritdoc/>
    public override double WorkspaceBytes =>
        // Transformed tiles and products, of each thread or together; a direct product's copied rows are of the input's size.
        KeptArea == 36 && _window.Area == 9
            ? Math.Max(16 << 20, 36.0 * 8 * sizeof(float) * (Channels + _o + 64))
                + (double)Environment.ProcessorCount * 36 * 28 * sizeof(float) * (Math.Max(Channels, _o) + 64)
            : (double)Environment.ProcessorCount * (1 << 20);

    /// <inheritdoc/>
    internal override double WorkspaceOn(IKernels kernels, PreparedWeights? weights, Shape[] inputs) =>
        kernels.WorkspaceBytes(Geometry(inputs[0]), weights!) ?? WorkspaceBytes;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = RequireRank(inputs, 4);
        if (input.C != _cg * _groups) throw Refuse($"its input has {Counted.Of(input.C, "channel")}, its weight wants "
            + $"{_cg * _groups}");
        ConvGeometry g = Geometry(input);
        return g.OH > 0 && g.OW > 0
            ? g.Output
            : throw Refuse($"its window {_window.KH}x{_window.KW} does not fit into the input {input}");
    }

    /// <inheritdoc/>
    public override PreparedWeights Prepare(IKernels kernels) => Prepare(kernels, ForwardSums.Fastest);

    /// <summary>Makes the parameters ready for a back-end.</summary>
    /// <param name="kernels">The back-end.</param>
    /// <param name="forward">How the forward pass may be computed.</param>
    internal PreparedWeights Prepare(IKernels kernels, ForwardSums forward) =>
        kernels.PrepareConv(_cg * _groups, _groups, _window, Weight, Bias, forward);

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) =>
        a.Kernels.ConvForward(Geometry(a.Input.Shape) with { PlainImages = a.PlainImages }, a.Input, a.Weights!, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) =>
        a.Kernels.ConvBackward(Geometry(a.InputSignal.Shape), a.OutputSignal, a.Weights!, a.InputSignal);
}
