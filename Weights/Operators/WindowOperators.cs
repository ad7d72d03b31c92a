using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Kernels;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Operators;

/// <summary>Operators that slide a window over planes.</summary>
internal static class WindowOperators
{
    /// <summary>Conv: X [N, C, H, W], W [O, C / group, KH, KW], B [O] if given. Unchanged in all versions.</summary>
    public static Value Conv(NodeReader node)
    {
        OnnxTensor weight = node.Constant(1, "weight");
        OnnxTensor? bias = node.OptionalConstant(2, "bias");
        if (weight.Dims.Length != 4)
            throw node.Refuse($"its weight has the shape {weight.DimsText}; [O, C / group, KH, KW] is supported",
                "one- and three-dimensional convolutions are not");
        Window window = ReadWindow(node, weight.Dims[2..].ToArray());
        int groups = checked((int)node.Int("group", 1));
        var layer = new Conv(node.Name, weight.Floats, new Shape(weight.Dims), bias?.Floats ?? default, window, groups);
        return node.Emit(layer, node.Activation());
    }

    /// <summary>Writes a Conv.</summary>
    public static void Write(NodeWriter node, Conv conv)
    {
        string weight = node.Weights("weight", conv.Weight, conv.WeightShape.Lengths);
        string[] inputs = conv.Bias.IsEmpty ? [node.Input, weight] : [node.Input, weight, node.Weights("bias", conv.Bias, conv.Bias.Length)];
        List<AttributeProto> attributes = WindowAttributes(conv.Window);
        if (conv.Groups != 1) attributes.Add(NodeWriter.Attribute("group", conv.Groups));
        node.Last("Conv", inputs, attributes);
    }

    /// <summary>
    /// ConvTranspose: X [N, C, H, W], W [C, O / group, KH, KW], B [O] if given; output_padding and output_shape of rows and
    /// columns.
    /// </summary>
    public static Value ConvTranspose(NodeReader node)
    {
        OnnxTensor weight = node.Constant(1, "weight");
        OnnxTensor? bias = node.OptionalConstant(2, "bias");
        if (weight.Dims.Length != 4)
            throw node.Refuse($"its weight has the shape {weight.DimsText}; [C, O / group, KH, KW] is supported",
                "one- and three-dimensional convolutions are not");
        Window window = ReadWindow(node, weight.Dims[2..].ToArray());
        int groups = checked((int)node.Int("group", 1));
        int[] extra = Pair(node, "output_padding", [0, 0]);

        // Up to version 10 some files name batch and channels too.
        long[]? size = node.Ints("output_shape");
        if (size is { Length: 4 }) size = size[2..];
        if (size is { Length: not 2 })
            throw node.Refuse($"output_shape [{string.Join(", ", size)}] has {Counted.Of(size.Length, "number")}; rows and columns are "
                + "supported");
        (int, int)? output = size is null ? null : (checked((int)size[0]), checked((int)size[1]));
        var layer = new ConvTranspose(node.Name, weight.Floats, new Shape(weight.Dims), bias?.Floats ?? default, window, groups,
            (extra[0], extra[1]), output);
        return node.Emit(layer, node.Activation());
    }

    /// <summary>Writes a ConvTranspose.</summary>
    public static void Write(NodeWriter node, ConvTranspose conv)
    {
        string weight = node.Weights("weight", conv.Weight, conv.WeightShape.Lengths);
        string[] inputs = conv.Bias.IsEmpty ? [node.Input, weight] : [node.Input, weight, node.Weights("bias", conv.Bias, conv.Bias.Length)];
        List<AttributeProto> attributes = WindowAttributes(conv.Window);
        if (conv.Groups != 1) attributes.Add(NodeWriter.Attribute("group", conv.Groups));
        if (conv.Extra != (0, 0)) attributes.Add(NodeWriter.Attribute("output_padding", new[] { conv.Extra.H, conv.Extra.W }));
        if (conv.Size is { } size) attributes.Add(NodeWriter.Attribute("output_shape", new[] { size.H, size.W }));
        node.Last("ConvTranspose", inputs, attributes);
    }

    /// <summary>MaxPool. Since version 8 with indices as a second output, since 10 with dilations and ceil_mode.</summary>
    public static Value MaxPool(NodeReader node)
    {
        node.RequireOneOutput("the indices");
        node.Ignore("storage_order"); // the order of the indices
        Window window = ReadWindow(node, null) with { CeilMode = node.Flag("ceil_mode") };
        return node.Emit(new MaxPool(node.Name, window), node.Activation());
    }

    /// <summary>AveragePool. Since version 7 with count_include_pad, since 10 with ceil_mode, since 19 with dilations.</summary>
    public static Value AveragePool(NodeReader node)
    {
        Window window = ReadWindow(node, null) with { CeilMode = node.Flag("ceil_mode") };
        return node.Emit(new AveragePool(node.Name, window, node.Flag("count_include_pad")), node.Activation());
    }

    /// <summary>GlobalAveragePool.</summary>
    public static Value GlobalAveragePool(NodeReader node) => node.Emit(new AveragePool(node.Name, null), node.Activation());

    /// <summary>Writes an AveragePool or a GlobalAveragePool.</summary>
    public static void Write(NodeWriter node, AveragePool pool)
    {
        if (pool.Window is not Window window)
        {
            node.Last("GlobalAveragePool", [node.Input]);
            return;
        }

        List<AttributeProto> attributes = Pool(window);
        if (pool.CountIncludePad) attributes.Add(NodeWriter.Attribute("count_include_pad", 1));
        node.Last("AveragePool", [node.Input], attributes);
    }

    /// <summary>GlobalMaxPool.</summary>
    public static Value GlobalMaxPool(NodeReader node) => node.Emit(new MaxPool(node.Name, null), node.Activation());

    /// <summary>Writes a MaxPool or a GlobalMaxPool.</summary>
    public static void Write(NodeWriter node, MaxPool pool)
    {
        if (pool.Window is Window window) node.Last("MaxPool", [node.Input], Pool(window));
        else node.Last("GlobalMaxPool", [node.Input]);
    }

    private static Window ReadWindow(NodeReader node, int[]? kernelOfWeight)
    {
        int[] kernel = Pair(node, "kernel_shape", kernelOfWeight);
        int[] strides = Pair(node, "strides", [1, 1]), dilations = Pair(node, "dilations", [1, 1]);
        string auto = node.Text("auto_pad", "NOTSET");
        AutoPad autoPad = auto switch
        {
            "NOTSET" or "" => AutoPad.None,
            "SAME_UPPER" => AutoPad.SameUpper,
            "SAME_LOWER" => AutoPad.SameLower,
            "VALID" => AutoPad.Valid,
            _ => throw node.Refuse($"auto_pad is '{auto}'; NOTSET, SAME_UPPER, SAME_LOWER and VALID are supported"),
        };
        // pads: all begins, then all ends. With auto_pad they do not count.
        int[] pads = Numbers(node, "pads", 4) ?? [0, 0, 0, 0];
        return new Window(kernel[0], kernel[1])
        {
            StrideH = strides[0], StrideW = strides[1], DilationH = dilations[0], DilationW = dilations[1],
            PadTop = pads[0], PadLeft = pads[1], PadBottom = pads[2], PadRight = pads[3], AutoPad = autoPad,
        };
    }

    private static int[] Pair(NodeReader node, string attribute, int[]? otherwise) =>
        Numbers(node, attribute, 2) ?? otherwise ?? throw node.Refuse($"its attribute {attribute} is missing");

    private static int[]? Numbers(NodeReader node, string attribute, int count)
    {
        if (node.Ints(attribute) is not { } numbers) return null;
        return numbers.Length == count
            ? Array.ConvertAll(numbers, number => checked((int)number))
            : throw node.Refuse($"{attribute} [{string.Join(", ", numbers)}] has {Counted.Of(numbers.Length, "number")}; "
                + $"{count} are supported",
                "one- and three-dimensional windows are not");
    }

    private static List<AttributeProto> Pool(Window window)
    {
        List<AttributeProto> attributes = WindowAttributes(window);
        if (window.CeilMode) attributes.Add(NodeWriter.Attribute("ceil_mode", 1));
        return attributes;
    }

    // What differs from ONNX's defaults.
    private static List<AttributeProto> WindowAttributes(Window w)
    {
        List<AttributeProto> attributes = [NodeWriter.Attribute("kernel_shape", new[] { w.KH, w.KW })];
        if ((w.StrideH, w.StrideW) != (1, 1)) attributes.Add(NodeWriter.Attribute("strides", new[] { w.StrideH, w.StrideW }));
        if ((w.DilationH, w.DilationW) != (1, 1)) attributes.Add(NodeWriter.Attribute("dilations", new[] { w.DilationH, w.DilationW }));
        if (w.AutoPad != AutoPad.None)
        {
            attributes.Add(NodeWriter.Attribute("auto_pad", w.AutoPad switch
            {
                AutoPad.SameUpper => "SAME_UPPER",
                AutoPad.SameLower => "SAME_LOWER",
                _ => "VALID",
            }));
        }
        else if ((w.PadTop, w.PadLeft, w.PadBottom, w.PadRight) != (0, 0, 0, 0))
        {
            attributes.Add(NodeWriter.Attribute("pads", new[] { w.PadTop, w.PadLeft, w.PadBottom, w.PadRight }));
        }

        return attributes;
    }
}
