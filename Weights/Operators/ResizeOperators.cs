using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Operators;

/// <summary>Resize and Upsample: interpolation, one layer for each axis whose length changes.</summary>
internal static class ResizeOperators
{
    /// <summary>
    /// Upsample. Version 1 has height_scale and width_scale, 7 the attribute scales, 9 the input. Element x lies at x / scale.
    /// </summary>
    public static Value Upsample(NodeReader node)
    {
        ResizeMode mode = Mode(node);
        ActivationValue x = node.Activation();
        float[] scales = node.Opset < 7 ? [1, 1, node.Float("height_scale", 0), node.Float("width_scale", 0)]
            : node.Opset < 9 ? node.Floats("scales") ?? throw node.Refuse("its scales are missing")
            : node.Constant(1, "scales").Floats.ToArray();
        return Emit(node, x, scales, null, axis => new ResizeSampling
        {
            Mode = mode, Coordinates = ResizeCoordinates.Asymmetric, Rounding = OldRounding(scales[axis]), Scale = scales[axis],
        });
    }

    /// <summary>
    /// Resize. Version 10 has scales alone and coordinates x / scale; 11 roi, scales and sizes with coordinate modes; 18
    /// antialias and axes; 19 half_pixel_symmetric.
    /// </summary>
    public static Value Resize(NodeReader node)
    {
        ResizeMode mode = Mode(node);
        ActivationValue x = node.Activation();
        if (node.Opset < 11)
        {
            float[] old = node.Constant(1, "scales").Floats.ToArray();
            return Emit(node, x, old, null, axis => new ResizeSampling
            {
                Mode = mode, Coordinates = ResizeCoordinates.Asymmetric, Rounding = OldRounding(old[axis]), Scale = old[axis],
            });
        }

        ResizeCoordinates coordinates = Coordinates(node, node.Text("coordinate_transformation_mode", "half_pixel"));
        NearestRounding rounding = node.Text("nearest_mode", "round_prefer_floor") switch
        {
            "round_prefer_floor" => NearestRounding.PreferFloor,
            "round_prefer_ceil" => NearestRounding.PreferCeil,
            "floor" => NearestRounding.Floor,
            "ceil" => NearestRounding.Ceil,
            var other => throw node.Refuse($"nearest_mode is '{other}'; round_prefer_floor, round_prefer_ceil, floor and ceil are "
                + "supported"),
        };
        float a = node.Float("cubic_coeff_a", -0.75f);
        bool excludes = node.Flag("exclude_outside"), antialias = node.Flag("antialias");
        node.Ignore("extrapolation_value"); // for tf_crop_and_resize
        string policy = node.Text("keep_aspect_ratio_policy", "stretch");
        if (policy != "stretch")
            throw node.Refuse($"keep_aspect_ratio_policy is '{policy}'; stretch is supported", "export with sizes worked out");

        // The region of interest matters to tf_crop_and_resize alone; exporters write an empty one.
        float[]? scales = node.OptionalConstant(2, "scales") is { Count: > 0 } given ? given.Floats.ToArray() : null;
        long[]? sizes = Sizes(node, x);
        if (scales is null == sizes is null)
            throw node.Refuse(scales is null ? "it has neither scales nor sizes" : "it has both scales and sizes; one of them is needed");
        return Emit(node, x, scales, sizes, axis => new ResizeSampling
        {
            Mode = mode, Coordinates = coordinates, Rounding = rounding, CubicA = a, ExcludesOutside = excludes, Antialias = antialias,
            Scale = scales?[axis] ?? 0, Size = sizes is null ? 0 : checked((int)sizes[axis]),
        });
    }

    /// <summary>
    /// Writes one axis of a Resize; nearest neighbours whose coordinates newer versions do not have, as a Gather.
    /// </summary>
    public static void Write(NodeWriter node, AxisMapping layer, ResizeSampling sampling)
    {
        if (sampling.Coordinates == ResizeCoordinates.TfHalfPixelForNearest)
        {
            if (node.IsOpen(layer.Axis))
            {
                throw new NetVizException($"layer '{layer.Name}' resizes by tf_half_pixel_for_nn, which newer versions of ONNX do not "
                    + "have, and the length of its axis is open", "load the model with a size");
            }

            node.Last("Gather", [node.Input, node.Integers("indices", [.. layer.Taps(node.InputShape).Sources])],
                NodeWriter.Attribute("axis", layer.Axis));
            return;
        }

        List<AttributeProto> attributes =
        [
            NodeWriter.Attribute("axes", new[] { layer.Axis }),
            NodeWriter.Attribute("coordinate_transformation_mode", sampling.Coordinates switch
            {
                ResizeCoordinates.HalfPixel => "half_pixel",
                ResizeCoordinates.PytorchHalfPixel => "pytorch_half_pixel",
                ResizeCoordinates.AlignCorners => "align_corners",
                ResizeCoordinates.Asymmetric => "asymmetric",
                _ => "half_pixel_symmetric",
            }),
            NodeWriter.Attribute("mode", sampling.Mode switch
            {
                ResizeMode.Nearest => "nearest",
                ResizeMode.Linear => "linear",
                _ => "cubic",
            }),
        ];
        if (sampling.Mode == ResizeMode.Nearest)
        {
            attributes.Add(NodeWriter.Attribute("nearest_mode", sampling.Rounding switch
            {
                NearestRounding.PreferFloor => "round_prefer_floor",
                NearestRounding.PreferCeil => "round_prefer_ceil",
                NearestRounding.Floor => "floor",
                _ => "ceil",
            }));
        }

        if (sampling.Mode == ResizeMode.Cubic) attributes.Add(NodeWriter.Attribute("cubic_coeff_a", sampling.CubicA));
        if (sampling.ExcludesOutside) attributes.Add(NodeWriter.Attribute("exclude_outside", 1));
        if (sampling.Antialias) attributes.Add(NodeWriter.Attribute("antialias", 1));
        node.Last("Resize", sampling.Size > 0
            ? [node.Input, "", "", node.Integers("sizes", sampling.Size)]
            : [node.Input, "", node.Weights("scales", new[] { sampling.Scale }, 1)], attributes);
    }

    // Before version 11 nearest neighbours lie below, and above where the result is smaller, as ONNX Runtime and the
    // operator's own tests have it.
    private static NearestRounding OldRounding(float scale) => scale < 1 ? NearestRounding.Ceil : NearestRounding.Floor;

    private static ResizeMode Mode(NodeReader node) => node.Text("mode", "nearest") switch
    {
        "nearest" => ResizeMode.Nearest,
        "linear" or "bilinear" => ResizeMode.Linear, // version 1 of Upsample calls it bilinear
        "cubic" when node.Operator == "Resize" && node.Opset >= 11 => ResizeMode.Cubic,
        var other => throw node.Refuse($"mode is '{other}'; nearest, linear and, for Resize since version 11, cubic are supported"),
    };

    private static ResizeCoordinates Coordinates(NodeReader node, string name) => name switch
    {
        "half_pixel" => ResizeCoordinates.HalfPixel,
        "pytorch_half_pixel" => ResizeCoordinates.PytorchHalfPixel,
        "align_corners" => ResizeCoordinates.AlignCorners,
        "asymmetric" => ResizeCoordinates.Asymmetric,
        "half_pixel_symmetric" => ResizeCoordinates.HalfPixelSymmetric,
        "tf_half_pixel_for_nn" => ResizeCoordinates.TfHalfPixelForNearest,
        _ => throw node.Refuse($"coordinate_transformation_mode is '{name}'; half_pixel, pytorch_half_pixel, align_corners, asymmetric, "
            + "half_pixel_symmetric and tf_half_pixel_for_nn are supported",
            name == "tf_crop_and_resize" ? "crop before the network, and export a resize without a region of interest" : null),
    };

    // The sizes of all axes; that of the batch may be worked out from the batch size.
    private static long[]? Sizes(NodeReader node, ActivationValue x)
    {
        switch (node.Input(3))
        {
            case null: return null;
            case ConstantValue { Tensor: { Count: > 0 } sizes } constant:
                long[] first = sizes.Integers.ToArray();
                if (constant.AtOtherBatch is { } other && x.ShapeAtOtherBatch is { } shape
                    && (first.Length != x.Shape.Rank || !other.Integers.ToArray().AsSpan(1).SequenceEqual(first.AsSpan(1))
                        || other.Integers.Span[0] != shape[0]))
                    throw node.Refuse("sizes other than the batch's depend on the batch size, which is not supported");
                return first;
            case ConstantValue: return null;
            default: throw node.Refuse("its sizes are computed by the network, and only constants are supported");
        }
    }

    private static ActivationValue Emit(NodeReader node, ActivationValue x, float[]? scales, long[]? sizes,
        Func<int, ResizeSampling> sampling)
    {
        int rank = x.Shape.Rank;
        long[]? given = node.Opset < 18 ? null : node.Ints("axes");
        int[] axes = given is null ? [.. Enumerable.Range(0, rank)]
            : [.. given.Select(axis => ConstantFolding.Axis(axis, rank))];
        int count = scales?.Length ?? sizes!.Length;
        if (count != axes.Length || axes.Distinct().Count() != axes.Length)
            throw node.Refuse($"it has {Counted.Of(count, scales is null ? "size" : "scale")} for {Counted.Of(axes.Length, "axis")} of its "
                + $"input {x.Shape}; one for each is needed");
        var layers = new List<Func<string, Layer>>();
        for (int k = 0; k < axes.Length; k++)
        {
            (int axis, float scale, long size) = (axes[k], scales?[k] ?? 0, sizes?[k] ?? 0);
            if (scales is not null && !(scale > 0 && float.IsFinite(scale)))
                throw node.Refuse($"the scale of axis {axis} is {scale}; scales above 0 are supported");
            if (sizes is not null && size is < 1 or > int.MaxValue)
                throw node.Refuse($"the size of axis {axis} is {size}; sizes of 1 or more are supported");
            if (scales is not null ? scale == 1 : size == x.Shape[axis]) continue;
            if (axis == 0) throw node.Refuse("it resizes axis 0; that is the batch, whose images stay apart");
            ResizeSampling along = sampling(k);
            if (along is { Coordinates: ResizeCoordinates.TfHalfPixelForNearest, Mode: not ResizeMode.Nearest })
                throw node.Refuse("coordinate_transformation_mode is 'tf_half_pixel_for_nn' and mode is not nearest, for which it is made");
            layers.Add(name => new AxisMapping(name, node.Operator, axis, along));
        }

        return node.EmitChain(layers, "axis", x);
    }
}
