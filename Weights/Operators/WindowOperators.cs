using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Kernels;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Import;

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

    /// <summary>
    /// ReduceMean over rows and columns, of [N, C, H, W] or of [N, H, W, C]: a global average pool. The axes are an attribute
    /// up to version 17, an input since 18.
    /// </summary>
    public static Value ReduceMean(NodeReader node)
    {
        node.Ignore("noop_with_empty_axes"); // without axes it is refused anyway
        ActivationValue x = node.Activation();
        bool keep = node.Flag("keepdims", otherwise: true);
        long[] given = node.IntsOrInput("axes", 1, inputSince: 18) ?? [];
        int[] axes = [.. given.Select(axis => ConstantFolding.Axis(axis, x.Shape.Rank)).Order()];
        if (x.Shape.Rank != 4 || axes is not ([2, 3] or [1, 2]))
            throw node.Refuse($"it takes the mean over the axes [{string.Join(", ", given)}] of {x.Shape};"
                + " over rows and columns of images is supported");
        if (axes is [1, 2])
        {
            ActivationValue planes = node.EmitBefore(name => new Transpose(name, [0, 3, 1, 2]), "planes", x);
            ActivationValue mean = node.EmitBefore(name => new AveragePool(name, null), "mean", planes);
            return node.Emit(keep ? new Transpose(node.Name, [0, 2, 3, 1]) : Reshape.Squeeze(node.Name, [2, 3]), mean);
        }

        return keep
            ? node.Emit(new AveragePool(node.Name, null), x)
            : node.Emit(Reshape.Squeeze(node.Name, [2, 3]), node.EmitBefore(name => new AveragePool(name, null), "mean", x));
    }

    /// <summary>GlobalMaxPool.</summary>
    public static Value GlobalMaxPool(NodeReader node) => node.Emit(new MaxPool(node.Name, null), node.Activation());

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
}
