using ILGPU;

namespace NetViz.Kernels.Gpu;

// A convolution as a product, in three directions, each operand gathering from a tensor in its stored layout:
//   y(o, p)      = sum over k = (c, tap) of w(k, o)    x(k, p)         ImageOperand, PointOperand
//   r(c, q)      = sum over k = (o, tap) of w(k, c)    R(k, q)         the same where the stride is 1, else SpreadOperand
//   dw(o, c tap) = sum over k = pixel    of R(k, o)    x(k, (c, tap))  SignalOperand, TapOperand
// Padding, and in the backward pass what lies between strides, is a 0 that takes part in the sum: there an infinite weight
// gives NaN, where the definition leaves the term out. Winograd's transforms make NaN of any infinity in a tile.
// Pixels are numbered over the batch, image after image; a batch z of the product is a group of channels.

/// <summary>
/// A tensor [N, Z Channels, H, W] seen through a window: what tap (kh, kw) of channel c sees from pixel p of another plane.
/// </summary>
internal struct WindowView
{
    public ArrayView<float> View;

    /// <summary>The tensor's planes, and the channels of a group.</summary>
    public int H, W, Channels, Z;

    /// <summary>Pixels that look through the window: all of them, in an image, in a row.</summary>
    public int Pixels;
    public Divisor Plane, Row;

    /// <summary>Taps of the window, and in a row of it.</summary>
    public Divisor Area, KernelRow;
    public int StrideH, StrideW, PadTop, PadLeft, DilationH, DilationW;

    /// <summary>The view that a forward pass has of its input.</summary>
    public static WindowView Forward(in ConvGeometry g, ArrayView<float> x) => new()
    {
        View = x, H = g.H, W = g.W, Channels = g.CG, Z = g.Groups, Pixels = g.N * g.OH * g.OW, Plane = new(g.OH * g.OW),
        Row = new(g.OW), Area = new(g.Window.Area), KernelRow = new(g.Window.KW), StrideH = g.Window.StrideH,
        StrideW = g.Window.StrideW, PadTop = g.Window.PadTop, PadLeft = g.Window.PadLeft, DilationH = g.Window.DilationH,
        DilationW = g.Window.DilationW,
    };

    /// <summary>
    /// The view that a backward pass has of the signal above, with the window flipped: q + pad - (K - 1 - k) dilation, over the
    /// stride where that is not 1.
    /// </summary>
    public static WindowView Backward(in ConvGeometry g, ArrayView<float> above) => new()
    {
        View = above, H = g.OH, W = g.OW, Channels = g.OG, Z = g.Groups, Pixels = g.N * g.H * g.W, Plane = new(g.H * g.W),
        Row = new(g.W), Area = new(g.Window.Area), KernelRow = new(g.Window.KW), StrideH = 1, StrideW = 1,
        PadTop = (g.Window.KH - 1) * g.Window.DilationH - g.Window.PadTop,
        PadLeft = (g.Window.KW - 1) * g.Window.DilationW - g.Window.PadLeft, DilationH = g.Window.DilationH,
        DilationW = g.Window.DilationW,
    };

    // A row that no tensor has: what looks from there, or is moved there, sees nothing.
    private const int Nowhere = 1 << 29;

    /// <summary>
    /// What pixel p sees of the tensor's plane 0 of its image through tap (0, 0) of channel 0; nothing where there is no p.
    /// </summary>
    public readonly Place Pixel(int p)
    {
        int image = Plane.Quotient(p), inPlane = p - image * Plane.Value;
        int row = Row.Quotient(inPlane), column = inPlane - row * Row.Value;
        int plane = image * Z * Channels, h = row * StrideH - PadTop, w = column * StrideW - PadLeft;
        return new Place(plane, p < Pixels ? h : -2 * Nowhere, w, (plane * H + h) * W + w);
    }

    /// <summary>
    /// By how much tap k = channel Area + kh KW + kw of a group of channels moves it; to nowhere where there is no k.
    /// </summary>
    public readonly Place Tap(int z, int k)
    {
        int channel = Area.Quotient(k), tap = k - channel * Area.Value;
        int kh = KernelRow.Quotient(tap), kw = tap - kh * KernelRow.Value;
        int plane = z * Channels + channel, h = kh * DilationH, w = kw * DilationW;
        return new Place(plane, channel < Channels ? h : Nowhere, w, (plane * H + h) * W + w);
    }

    /// <summary>The number there; 0 in the padding.</summary>
    public readonly float At(Place pixel, Place tap)
    {
        // Without a sign what is negative is too large.
        if ((uint)(pixel.H + tap.H) >= (uint)H || (uint)(pixel.W + tap.W) >= (uint)W) return 0f;
        return View[pixel.Index + tap.Index];
    }
}

/// <summary>A plane, a row and a column of a tensor and its index, or differences of two.</summary>
internal readonly struct Place(int plane, int h, int w, int index)
{
    public readonly int Plane = plane, H = h, W = w, Index = index;
}

/// <summary>Element (k, i) = what pixel i sees through tap k of its channels.</summary>
internal struct ImageOperand : IOperand
{
    public WindowView X;

    public static bool Gathers => true;

    public readonly Float4 Load(int z, int k, int i)
    {
        // What depends on i alone stands first and without a branch: it moves out of the loop over k.
        Place pixel0 = X.Pixel(i), pixel1 = X.Pixel(i + 1), pixel2 = X.Pixel(i + 2), pixel3 = X.Pixel(i + 3);
        Place tap = X.Tap(z, k);
        return new Float4(X.At(pixel0, tap), X.At(pixel1, tap), X.At(pixel2, tap), X.At(pixel3, tap));
    }
}

/// <summary>The same for one tap that moves by 1 over planes of a multiple of four pixels: 128 bits of a plane.</summary>
internal struct PointOperand : IOperand
{
    public WindowView X;

    public static bool Gathers => true;

    public readonly Float4 Load(int z, int k, int i)
    {
        int image = X.Plane.Quotient(i), p = i - image * X.Plane.Value;
        if (k >= X.Channels || i >= X.Pixels) return default;
        return X.View.Cast<Float4>()[(((image * X.Z + z) * X.Channels + k) * X.Plane.Value + p) / 4];
    }
}

/// <summary>
/// Element (k, i) = the signal of the window that looked at pixel i through tap k, counted from the last one; there is one where
/// the distance is a multiple of the stride.
/// </summary>
internal struct SpreadOperand : IOperand
{
    public WindowView Above;

    /// <summary>The convolution's strides.</summary>
    public Divisor StrideH, StrideW;

    public static bool Gathers => true;

    public readonly Float4 Load(int z, int k, int i)
    {
        Place pixel0 = Above.Pixel(i), pixel1 = Above.Pixel(i + 1), pixel2 = Above.Pixel(i + 2), pixel3 = Above.Pixel(i + 3);
        Place tap = Above.Tap(z, k);
        return new Float4(At(pixel0, tap), At(pixel1, tap), At(pixel2, tap), At(pixel3, tap));
    }

    private readonly float At(Place pixel, Place tap)
    {
        int h = pixel.H + tap.H, w = pixel.W + tap.W;
        if (h < 0 || w < 0) return 0f;
        int row = StrideH.Quotient(h), column = StrideW.Quotient(w);
        if (row * StrideH.Value != h || row >= Above.H || column * StrideW.Value != w || column >= Above.W) return 0f;
        return Above.View[((pixel.Plane + tap.Plane) * Above.H + row) * Above.W + column];
    }
}

/// <summary>Element (k, i) = what pixel k sees through tap i of its channels.</summary>
internal struct TapOperand : IOperand
{
    public WindowView X;

    public static bool Gathers => true;

    public readonly Float4 Load(int z, int k, int i)
    {
        Place tap0 = X.Tap(z, i), tap1 = X.Tap(z, i + 1), tap2 = X.Tap(z, i + 2), tap3 = X.Tap(z, i + 3);
        Place pixel = X.Pixel(k);
        return new Float4(X.At(pixel, tap0), X.At(pixel, tap1), X.At(pixel, tap2), X.At(pixel, tap3));
    }
}

/// <summary>Element (k, i) = the signal above at pixel k, numbered over the batch, in channel i of the group.</summary>
internal struct SignalOperand : IOperand
{
    public ArrayView<float> Above;

    /// <summary>Groups, channels of a group, pixels of the batch.</summary>
    public int Z, Channels, Pixels;
    public Divisor Plane;

    public static bool Gathers => true;

    public readonly Float4 Load(int z, int k, int i)
    {
        int image = Plane.Quotient(k), p = k - image * Plane.Value, plane = Plane.Value;
        if (k >= Pixels || i >= Channels) return default;
        int at = ((image * Z + z) * Channels + i) * plane + p;
        return new Float4(Above[at], i + 1 < Channels ? Above[at + plane] : 0f, i + 2 < Channels ? Above[at + 2 * plane] : 0f,
            i + 3 < Channels ? Above[at + 3 * plane] : 0f);
    }
}
