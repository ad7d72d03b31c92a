using System.Numerics.Tensors;
using NetViz.Engine.Layers;
using NetViz.Kernels;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Operators;

/// <summary>Products with a constant matrix.</summary>
internal static class LinearOperators
{
    /// <summary>
    /// Gemm: Y = alpha A' B' + beta C, A' and B' transposed where transA and transB say so; B and C have to be constants.
    /// C broadcasts to Y: one number, [Out], [1, Out], [M, 1] or [M, Out]. Up to version 6 only with the attribute broadcast,
    /// up to version 10 it had to be given.
    /// </summary>
    public static Value Gemm(NodeReader node)
    {
        node.Ignore("broadcast");
        float alpha = node.Float("alpha", 1), beta = node.Float("beta", 1);
        bool transA = node.Flag("transA"), transB = node.Flag("transB");
        ActivationValue a = node.Activation();
        OnnxTensor b = node.Constant(1, "matrix B");
        OnnxTensor? c = node.OptionalConstant(2, "summand C");
        if (b.Dims.Length != 2 || a.Shape.Rank != 2)
            throw node.Refuse($"A has the shape {a.Shape} and B {b.DimsText}; two matrices are needed",
                "is a Flatten missing?");
        if (transA) a = node.EmitBefore(name => new Transpose(name, [1, 0]), "transA", a);

        (int inputs, int outputs) = transB ? (b.Dims[1], b.Dims[0]) : (b.Dims[0], b.Dims[1]);
        ReadOnlyMemory<float> summand = c is null || beta == 0 ? default : Scaled(c.Floats, beta);
        // A summand that is the same for all rows is the layer's bias; any other is added by a layer of its own.
        bool sameForAllRows = summand.Length is 0 or 1 || (summand.Length == outputs && c!.Dims[^1] == outputs);
        if (summand.Length == 1 && outputs > 1) summand = Repeated(summand.Span[0], outputs);
        ReadOnlyMemory<float> bias = sameForAllRows ? summand : default;
        FullyConnected Layer(string name) => new(name, "Gemm", b.Floats, inputs, outputs, weightIsInByOut: !transB, bias, alpha);
        if (sameForAllRows) return node.Emit(Layer(node.Name), a);
        ActivationValue product = node.EmitBefore(Layer, "product", a);
        return node.Emit(new Affine(node.Name, "Gemm", default, new Shape(), summand, new Shape(c!.Dims)), product);
    }

    /// <summary>
    /// MatMul: X [..., In] times a constant [In, Out]; a constant [In] leaves the last axis out, X [In] stands for one row. A
    /// constant before X, and stacks of constant matrices, are in <see cref="MatrixStacks"/>. Unchanged in all versions.
    /// </summary>
    public static Value MatMul(NodeReader node)
    {
        if (node.IsConstant) return node.Fold(2, inputs => Folding.MatMul(node, inputs));
        if (node.Input(0) is ConstantValue && node.Input(1) is ActivationValue) return MatrixStacks.ConstantFirst(node);
        ActivationValue x = node.Activation();
        OnnxTensor matrix = node.Constant(1, "second factor");
        if (x.Shape.Rank == 0 || matrix.Dims.Length == 0)
            throw node.Refuse($"its factors have the shapes {x.Shape} and {matrix.DimsText}; a number is no matrix");
        if (matrix.Dims.Length > 2) return MatrixStacks.Stack(node, x, matrix);
        int inputs = matrix.Dims[0], outputs = matrix.Dims.Length == 2 ? matrix.Dims[1] : 1;
        FullyConnected Layer(string name) => new(name, "MatMul", matrix.Floats, inputs, outputs, weightIsInByOut: true, default);
        if (x.Shape.Rank == 1)
        {
            ActivationValue row = node.EmitBefore(name => Engine.Layers.Reshape.Unsqueeze(name, [0]), "row", x);
            ActivationValue single = node.EmitBefore(Layer, "product", row);
            return node.Emit(Engine.Layers.Reshape.Squeeze(node.Name, matrix.Dims.Length == 2 ? [0] : [0, 1]), single);
        }

        if (matrix.Dims.Length == 2) return node.Emit(Layer(node.Name), x);
        ActivationValue product = node.EmitBefore(Layer, "product", x);
        return node.Emit(Engine.Layers.Reshape.Squeeze(node.Name, [-1]), product);
    }

    private static ReadOnlyMemory<float> Scaled(ReadOnlyMemory<float> numbers, float factor)
    {
        if (factor == 1) return numbers;
        var scaled = new float[numbers.Length];
        TensorPrimitives.Multiply(numbers.Span, factor, scaled);
        return scaled;
    }

    private static float[] Repeated(float number, int count)
    {
        var numbers = new float[count];
        Array.Fill(numbers, number);
        return numbers;
    }

    /// <summary>
    /// Writes a fully connected layer: of a matrix a Gemm; of a tensor with more axes, for which Gemm is not made, a MatMul and
    /// what comes after it.
    /// </summary>
    public static void Write(NodeWriter node, FullyConnected layer)
    {
        int outputs = node.OutputShape[^1], inputs = node.InputShape[^1];
        bool plain = layer.Alpha == 1 && layer.Bias.IsEmpty;
        if (node.InputShape.Rank == 2 && !(plain && layer.WeightIsInByOut && layer.Operator == "MatMul"))
        {
            string weight = node.Weights("weight", layer.Weight, layer.WeightIsInByOut ? [inputs, outputs] : [outputs, inputs]);
            List<AttributeProto> attributes = [];
            if (layer.Alpha != 1) attributes.Add(NodeWriter.Attribute("alpha", layer.Alpha));
            if (!layer.WeightIsInByOut) attributes.Add(NodeWriter.Attribute("transB", 1));
            string[] tensors = layer.Bias.IsEmpty ? [node.Input, weight] : [node.Input, weight, node.Weights("bias", layer.Bias, outputs)];
            node.Last("Gemm", tensors, attributes);
            return;
        }

        string what = plain ? "weight" : "/product.weight";
        string matrix = layer.WeightIsInByOut
            ? node.Weights(what, layer.Weight, inputs, outputs)
            : node.TransposedWeights(what, layer.Weight, outputs, inputs);
        if (plain)
        {
            node.Last("MatMul", [node.Input, matrix]);
            return;
        }

        string top = node.Before("MatMul", "product", [node.Input, matrix]);
        ReadOnlyMemory<float> alpha = new[] { layer.Alpha };
        if (layer.Bias.IsEmpty) node.Last("Mul", [top, node.Weights("scale", alpha)]);
        else
        {
            if (layer.Alpha != 1) top = node.Before("Mul", "scaled", [top, node.Weights("/scaled.scale", alpha)]);
            node.Last("Add", [top, node.Weights("shift", layer.Bias, outputs)]);
        }
    }
}
