namespace NetViz.Kernels;

/// <summary>How a window's padding is found (ONNX attribute <c>auto_pad</c>).</summary>
public enum AutoPad
{
    /// <summary>The four pads are given.</summary>
    None,

    /// <summary>Output size ceil(input / stride); an odd pad's extra row or column comes last.</summary>
    SameUpper,

    /// <summary>Output size ceil(input / stride); an odd pad's extra row or column comes first.</summary>
    SameLower,

    /// <summary>No padding.</summary>
    Valid,
}

/// <summary>
/// The window that a convolution or pooling slides over a plane: size, stride, padding and dilation.
/// Output position p looks at the input rows p * Stride - PadTop + k * Dilation, k = 0 .. KH - 1; columns alike.
/// </summary>
/// <param name="KH">Rows of the window.</param>
/// <param name="KW">Columns of the window.</param>
public readonly record struct Window(int KH, int KW)
{
    // Less by 1, so that a window made without the constructor, new Window { KH = 3, KW = 3 }, has strides and dilations of 1, too.
    private readonly int _strideH;
    private readonly int _strideW;
    private readonly int _dilationH;
    private readonly int _dilationW;

    /// <summary>Input rows between neighbouring output rows.</summary>
    public int StrideH
    {
        get => _strideH + 1;
        init => _strideH = value - 1;
    }

    /// <summary>Input columns between neighbouring output columns.</summary>
    public int StrideW
    {
        get => _strideW + 1;
        init => _strideW = value - 1;
    }

    /// <summary>Rows added above the plane.</summary>
    public int PadTop { get; init; }

    /// <summary>Columns added to the left of the plane.</summary>
    public int PadLeft { get; init; }

    /// <summary>Rows added below the plane.</summary>
    public int PadBottom { get; init; }

    /// <summary>Columns added to the right of the plane.</summary>
    public int PadRight { get; init; }

    /// <summary>Input rows between neighbouring rows of the window.</summary>
    public int DilationH
    {
        get => _dilationH + 1;
        init => _dilationH = value - 1;
    }

    /// <summary>Input columns between neighbouring columns of the window.</summary>
    public int DilationW
    {
        get => _dilationW + 1;
        init => _dilationW = value - 1;
    }

    /// <summary>How the padding is found; anything but <see cref="AutoPad.None"/> replaces the four pads.</summary>
    public AutoPad AutoPad { get; init; }

    /// <summary>
    /// Whether a last window that reaches past the padded plane counts (pooling only). It counts only where it starts
    /// inside the plane or its leading pad, as ONNX and PyTorch have it.
    /// </summary>
    public bool CeilMode { get; init; }

    /// <summary>Positions in the window: KH * KW.</summary>
    public int Area => KH * KW;

    /// <summary>
    /// Whether a byte holds every position in the window and, as 255, none: how small a max-pooling's switches are.
    /// </summary>
    public bool FitsByte => Area <= byte.MaxValue;

    /// <summary>The same window with <see cref="AutoPad"/> turned into four pads for a plane of h x w.</summary>
    public Window Resolve(int h, int w)
    {
        if (AutoPad == AutoPad.None) return this;
        if (AutoPad == AutoPad.Valid)
            return this with { AutoPad = AutoPad.None, PadTop = 0, PadLeft = 0, PadBottom = 0, PadRight = 0 };
        (int top, int bottom) = Same(h, KH, StrideH, DilationH, AutoPad);
        (int left, int right) = Same(w, KW, StrideW, DilationW, AutoPad);
        return this with { AutoPad = AutoPad.None, PadTop = top, PadBottom = bottom, PadLeft = left, PadRight = right };
    }

    /// <summary>Output rows for a plane of h rows, pads resolved; not positive where the window does not fit.</summary>
    public int OutputHeight(int h) => OutputLength(h, KH, StrideH, DilationH, PadTop, PadBottom);

    /// <summary>Output columns for a plane of w columns, pads resolved; not positive where the window does not fit.</summary>
    public int OutputWidth(int w) => OutputLength(w, KW, StrideW, DilationW, PadLeft, PadRight);

    private int OutputLength(int length, int kernel, int stride, int dilation, int before, int after)
    {
        // In 64 bits: a file may claim any pads, and a wrapped sum would look like a window that fits.
        long room = (long)length + before + after - ((kernel - 1L) * dilation + 1);
        // Rounding up leaves one window where the plane lacks less than a stride.
        if (room < 0) return CeilMode && room > -stride ? 1 : 0;
        if (!CeilMode) return (int)Math.Min(room / stride + 1, int.MaxValue);
        long output = (room + stride - 1) / stride + 1;
        if ((output - 1) * stride >= (long)length + before) output--;
        return (int)Math.Min(output, int.MaxValue);
    }

    private static (int Before, int After) Same(int length, int kernel, int stride, int dilation, AutoPad pad)
    {
        long output = ((long)length + stride - 1) / stride;
        var total = (int)Math.Clamp((output - 1) * stride + (kernel - 1L) * dilation + 1 - length, 0, int.MaxValue);
        int small = total / 2;
        return pad == AutoPad.SameUpper ? (small, total - small) : (total - small, small);
    }
}

/// <summary>
/// A convolution's shapes: input [N, C, H, W], weight [O, C / Groups, KH, KW], bias [O], output [N, O, OH, OW].
/// </summary>
/// <param name="N">Images.</param>
/// <param name="C">Input channels.</param>
/// <param name="H">Input rows.</param>
/// <param name="W">Input columns.</param>
/// <param name="O">Output channels.</param>
/// <param name="Groups">Groups: output channel o reads only the input channels of its own group.</param>
/// <param name="Window">The window, pads resolved.</param>
public readonly record struct ConvGeometry(int N, int C, int H, int W, int O, int Groups, Window Window)
{
    /// <summary>Output rows.</summary>
    public int OH => Window.OutputHeight(H);

    /// <summary>Output columns.</summary>
    public int OW => Window.OutputWidth(W);

    /// <summary>Input channels of one group.</summary>
    public int CG => C / Groups;

    /// <summary>Output channels of one group.</summary>
    public int OG => O / Groups;

    /// <summary>
    /// [N], or empty: the images whose forward pass is computed by plain sums although the others go through Winograd's
    /// transforms. Only weights that were prepared with <see cref="ForwardSums.ByImage"/> obey it.
    /// </summary>
    public ReadOnlyMemory<bool> PlainImages { get; init; }

    /// <summary>[N, C, H, W].</summary>
    public Shape Input => new(N, C, H, W);

    /// <summary>[N, O, OH, OW].</summary>
    public Shape Output => new(N, O, OH, OW);

    /// <summary>Multiplications and additions of one pass, either direction: 2 N O OH OW CG KH KW.</summary>
    public long Operations => checked(2L * N * O * OH * OW * CG * Window.Area);
}

/// <summary>A pooling's shapes: input [N, C, H, W], output [N, C, OH, OW].</summary>
/// <param name="N">Images.</param>
/// <param name="C">Channels.</param>
/// <param name="H">Input rows.</param>
/// <param name="W">Input columns.</param>
/// <param name="Window">The window, pads resolved.</param>
public readonly record struct PoolGeometry(int N, int C, int H, int W, Window Window)
{
    /// <summary>Output rows.</summary>
    public int OH => Window.OutputHeight(H);

    /// <summary>Output columns.</summary>
    public int OW => Window.OutputWidth(W);

    /// <summary>Average pooling: whether padding counts in the divisor (rows past the padded plane never do).</summary>
    public bool CountIncludePad { get; init; }

    /// <summary>[N, C, H, W].</summary>
    public Shape Input => new(N, C, H, W);

    /// <summary>[N, C, OH, OW].</summary>
    public Shape Output => new(N, C, OH, OW);

    /// <summary>
    /// Whether position kh * KW + kw of the window at output position (oh, ow) exists and lies inside the plane.
    /// </summary>
    public bool Reaches(int oh, int ow, int position)
    {
        Window w = Window;
        (int kh, int kw) = Math.DivRem(position, w.KW);
        int h = oh * w.StrideH - w.PadTop + kh * w.DilationH, column = ow * w.StrideW - w.PadLeft + kw * w.DilationW;
        return position >= 0 && position < w.Area && h >= 0 && h < H && column >= 0 && column < W;
    }

    /// <summary>
    /// Average pooling's divisor at output position (oh, ow): the window's positions inside the plane, or, with
    /// <see cref="CountIncludePad"/>, inside the padded plane.
    /// </summary>
    public int Divisor(int oh, int ow)
    {
        Window w = Window;
        return CountIncludePad
            ? Inside(oh * w.StrideH, w.KH, w.DilationH, 0, H + w.PadTop + w.PadBottom)
                * Inside(ow * w.StrideW, w.KW, w.DilationW, 0, W + w.PadLeft + w.PadRight)
            : Inside(oh * w.StrideH, w.KH, w.DilationH, w.PadTop, w.PadTop + H)
                * Inside(ow * w.StrideW, w.KW, w.DilationW, w.PadLeft, w.PadLeft + W);
    }

    private static int Inside(int start, int kernel, int dilation, int low, int high)
    {
        int count = 0;
        for (int k = 0; k < kernel; k++)
        {
            int position = start + k * dilation;
            if (position >= low && position < high) count++;
        }

        return count;
    }
}

/// <summary>
/// A fully connected layer's shapes: input [N, In], output [N, Out], bias [Out], weight [Out, In], or [In, Out] where
/// <paramref name="WeightIsInByOut"/>.
/// </summary>
/// <param name="N">Rows of the input: images.</param>
/// <param name="In">Inputs of one image.</param>
/// <param name="Out">Outputs of one image.</param>
/// <param name="WeightIsInByOut">The weight's order in memory: false [Out, In] (Gemm with transB), true [In, Out].</param>
public readonly record struct FullyConnectedGeometry(int N, int In, int Out, bool WeightIsInByOut)
{
    /// <summary>Multiplications and additions of one pass, either direction: 2 N In Out.</summary>
    public long Operations => 2L * N * In * Out;
}

/// <summary>
/// Local response normalisation across channels (Krizhevsky, Sutskever, Hinton 2012; ONNX LRN):
/// y_c = x_c / s_c^Beta, s_c = Bias + Alpha / Size * sum of x_j^2 over j = c - floor((Size - 1) / 2) .. c + ceil((Size - 1) / 2).
/// </summary>
/// <param name="Size">Channels in the window.</param>
/// <param name="Alpha">Weight of the sum of squares.</param>
/// <param name="Beta">Exponent.</param>
/// <param name="Bias">What is added to the sum (k in the paper).</param>
public readonly record struct LrnParameters(int Size, float Alpha, float Beta, float Bias)
{
    /// <summary>Channels of the window before the middle one.</summary>
    public int Before => (Size - 1) / 2;

    /// <summary>Channels of the window after the middle one.</summary>
    public int After => Size - 1 - Before;
}
