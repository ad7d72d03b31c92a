using NetViz.Engine.Layers;
using NetViz.Kernels;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Export;

/// <summary>Layers with weights, and windows.</summary>
internal sealed partial class LayerWriter
{
    private void Write(Conv conv)
    {
        string weight = Weights("weight", conv.Weight, conv.WeightShape.Lengths);
        string[] inputs = conv.Bias.IsEmpty ? [Input, weight] : [Input, weight, Weights("bias", conv.Bias, conv.Bias.Length)];
        List<AttributeProto> attributes = WindowAttributes(conv.Window);
        if (conv.Groups != 1) attributes.Add(Attribute("group", conv.Groups));
        Last("Conv", inputs, attributes);
    }

    // Of a matrix a Gemm; of a tensor with more axes, for which Gemm is not made, a MatMul and what comes after it.
    private void Write(FullyConnected layer)
    {
        int outputs = shapes[node.Output][^1], inputs = InputShape[^1];
        bool plain = layer.Alpha == 1 && layer.Bias.IsEmpty;
        if (InputShape.Rank == 2 && !(plain && layer.WeightIsInByOut && layer.Operator == "MatMul"))
        {
            string weight = Weights("weight", layer.Weight, layer.WeightIsInByOut ? [inputs, outputs] : [outputs, inputs]);
            List<AttributeProto> attributes = [];
            if (layer.Alpha != 1) attributes.Add(Attribute("alpha", layer.Alpha));
            if (!layer.WeightIsInByOut) attributes.Add(Attribute("transB", 1));
            string[] tensors = layer.Bias.IsEmpty ? [Input, weight] : [Input, weight, Weights("bias", layer.Bias, outputs)];
            Last("Gemm", tensors, attributes);
            return;
        }

        string what = plain ? "weight" : "/product.weight";
        string matrix = layer.WeightIsInByOut
            ? Weights(what, layer.Weight, inputs, outputs)
            : graph.TransposedWeights(NameOf(what), layer.Weight, outputs, inputs);
        if (plain)
        {
            Last("MatMul", [Input, matrix]);
            return;
        }

        string top = Before("MatMul", "product", [Input, matrix]);
        ReadOnlyMemory<float> alpha = new[] { layer.Alpha };
        if (layer.Bias.IsEmpty) Last("Mul", [top, Weights("scale", alpha)]);
        else
        {
            if (layer.Alpha != 1) top = Before("Mul", "scaled", [top, Weights("/scaled.scale", alpha)]);
            Last("Add", [top, Weights("shift", layer.Bias, outputs)]);
        }
    }

    // y = scale x + shift. By channel with both: a BatchNormalization of mean 0 and variance 1 with epsilon 0, whose scale and
    // bias are these very numbers, since gamma / sqrt(1 + 0) is gamma and beta - 0 gamma is beta. Otherwise Mul and Add; a
    // difference from a constant keeps its form, and a quotient becomes a product with the reciprocal that the layer holds.
    private void Write(Affine affine)
    {
        if (affine.Scale.IsEmpty && affine.Shift.IsEmpty) Last("Identity", [Input]);
        else if (affine.Shift.IsEmpty) Last("Mul", [Input, Weights("scale", affine.Scale, affine.ScaleShape.Lengths)]);
        else if (affine.Scale.IsEmpty) Last("Add", [Input, Weights("shift", affine.Shift, affine.ShiftShape.Lengths)]);
        else if (affine.Operator == "Sub" && affine.Scale.Length == 1 && affine.Scale.Span[0] == -1)
            Last("Sub", [Weights("shift", affine.Shift, affine.ShiftShape.Lengths), Input]);
        else if (IsByChannel(affine.ScaleShape) && affine.ShiftShape == affine.ScaleShape) WriteBatchNormalization(affine);
        else
        {
            string scaled = Before("Mul", "scaled", [Input, Weights("/scaled.scale", affine.Scale, affine.ScaleShape.Lengths)]);
            Last("Add", [scaled, Weights("shift", affine.Shift, affine.ShiftShape.Lengths)]);
        }
    }

    private bool IsByChannel(Shape constant)
    {
        bool fits = InputShape.Rank >= 2 && constant.Rank == InputShape.Rank - 1 && constant[0] == InputShape.C;
        for (int axis = 1; fits && axis < constant.Rank; axis++) fits = constant[axis] == 1;
        return fits;
    }

    private void WriteBatchNormalization(Affine affine)
    {
        int channels = affine.Scale.Length;
        string scale = Weights("scale", affine.Scale, channels), bias = Weights("bias", affine.Shift, channels);
        string mean = Weights("mean", new float[channels], channels);
        string variance = Weights("variance", Enumerable.Repeat(1f, channels).ToArray(), channels);
        Last("BatchNormalization", [Input, scale, bias, mean, variance], Attribute("epsilon", 0f));
    }

    private void Write(AveragePool pool, Window window)
    {
        List<AttributeProto> attributes = Pool(window);
        if (pool.CountIncludePad) attributes.Add(Attribute("count_include_pad", 1));
        Last("AveragePool", [Input], attributes);
    }

    private static List<AttributeProto> Pool(Window window)
    {
        List<AttributeProto> attributes = WindowAttributes(window);
        if (window.CeilMode) attributes.Add(Attribute("ceil_mode", 1));
        return attributes;
    }

    // What differs from ONNX's defaults.
    private static List<AttributeProto> WindowAttributes(Window w)
    {
        List<AttributeProto> attributes = [Attribute("kernel_shape", new[] { w.KH, w.KW })];
        if ((w.StrideH, w.StrideW) != (1, 1)) attributes.Add(Attribute("strides", new[] { w.StrideH, w.StrideW }));
        if ((w.DilationH, w.DilationW) != (1, 1)) attributes.Add(Attribute("dilations", new[] { w.DilationH, w.DilationW }));
        if (w.AutoPad != AutoPad.None)
        {
            attributes.Add(Attribute("auto_pad", w.AutoPad switch
            {
                AutoPad.SameUpper => "SAME_UPPER",
                AutoPad.SameLower => "SAME_LOWER",
                _ => "VALID",
            }));
        }
        else if ((w.PadTop, w.PadLeft, w.PadBottom, w.PadRight) != (0, 0, 0, 0))
        {
            attributes.Add(Attribute("pads", new[] { w.PadTop, w.PadLeft, w.PadBottom, w.PadRight }));
        }

        return attributes;
    }
}
