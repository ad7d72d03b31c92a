using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Kernels;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Operators;

/// <summary>Products of an activation with constant matrices that are no fully connected layer as they stand.</summary>
internal static class MatrixStacks
{
    /// <summary>A constant [M, K] times X [..., K, N]: the transposed product, X^T [..., N, K] times [K, M].</summary>
    public static Value ConstantFirst(NodeReader node)
    {
        OnnxTensor matrix = node.Constant(0, "first factor");
        ActivationValue x = node.Activation(1);
        if (matrix.Dims.Length != 2 || x.Shape.Rank < 2)
        {
            throw node.Refuse($"its factors have the shapes {matrix.DimsText} and {x.Shape}; a constant matrix [M, K] before an "
                + "activation [..., K, N] is supported");
        }

        ActivationValue turned = node.EmitBefore(name => SwapLast(name, x.Shape.Rank), "turned", x);
        ActivationValue product = node.EmitBefore(name => new FullyConnected(name, "MatMul", matrix.Floats, matrix.Dims[1],
            matrix.Dims[0], weightIsInByOut: false, default), "product", turned);
        return node.Emit(SwapLast(node.Name, x.Shape.Rank), product);
    }

    /// <summary>
    /// X times a stack of matrices [..., K, N]. Of X [K] or [M, K] each matrix makes columns of one fully connected layer;
    /// where the axes before the last two are those of X, each matrix is a group of a convolution by 1 x 1.
    /// </summary>
    public static Value Stack(NodeReader node, ActivationValue x, OnnxTensor stack)
    {
        int[] dims = stack.Dims.ToArray();
        (int k, int n) = (dims[^2], dims[^1]);
        int[] lead = dims[..^2];
        bool isRow = x.Shape.Rank == 1;
        if (isRow) x = node.EmitBefore(name => Reshape.Unsqueeze(name, [0]), "row", x);
        if (x.Shape[^1] != k || ConstantFolding.Product(lead) == 0) throw Refused(node, x, stack);
        if (x.Shape.Rank == 2) return Columns(node, x, stack, lead, k, n, isRow);
        while (lead.Length > 0 && lead[0] == 1) lead = lead[1..];
        if (lead.Length == 0 && dims.Length <= x.Shape.Rank)
            return node.Emit(new FullyConnected(node.Name, "MatMul", stack.Floats, k, n, weightIsInByOut: true, default), x);
        int outer = x.Shape.Rank - 2 - lead.Length;
        if (outer < 0 || dims.Length > x.Shape.Rank || !x.Shape.Lengths[outer..^2].SequenceEqual(lead)) throw Refused(node, x, stack);
        return Groups(node, x, stack, lead, outer, k, n);
    }

    private static ActivationValue Columns(NodeReader node, ActivationValue x, OnnxTensor stack, int[] lead, int k, int n, bool isRow)
    {
        int matrices = ConstantFolding.Product(lead);
        ReadOnlyMemory<float> weight = Laid(node, stack, (matrix, row, column) => (row * matrices + matrix) * n + column, matrices, k, n);
        ActivationValue product = node.EmitBefore(name => new FullyConnected(name, "MatMul", weight, k, matrices * n,
            weightIsInByOut: true, default), "product", x);
        ActivationValue apart = node.EmitBefore(name => Reshape.To(name, [x.Shape[0], .. lead, n], false), "apart", product);
        int[] turn = [.. Enumerable.Range(1, lead.Length), 0, lead.Length + 1];
        return isRow
            ? node.Emit(Reshape.Squeeze(node.Name, [lead.Length]), node.EmitBefore(name => new Transpose(name, turn), "turned", apart))
            : node.Emit(new Transpose(node.Name, turn), apart);
    }

    private static ActivationValue Groups(NodeReader node, ActivationValue x, OnnxTensor stack, int[] lead, int outer, int k, int n)
    {
        int matrices = ConstantFolding.Product(lead), rank = x.Shape.Rank, m = x.Shape[^2];
        ReadOnlyMemory<float> weight = Laid(node, stack, (matrix, row, column) => (matrix * n + column) * k + row, matrices, k, n);

        // The batch stays open: 0 copies its length, -1 is what is left of several outer axes.
        int[] first = outer == 0 ? [] : outer == 1 ? [0] : [-1, .. x.Shape.Lengths[1..outer]];
        ActivationValue turned = node.EmitBefore(name => SwapLast(name, rank), "turned", x);
        ActivationValue planes = node.EmitBefore(
            name => Reshape.To(name, [outer == 0 ? 1 : outer == 1 ? 0 : -1, matrices * k, m, 1], false), "planes", turned);
        ActivationValue product = node.EmitBefore(name => new Conv(name, weight, new Shape(matrices * n, k, 1, 1), default,
            new Window(1, 1), matrices), "product", planes);
        ActivationValue apart = node.EmitBefore(name => Reshape.To(name, [.. first, .. lead, n, m], false), "apart", product);
        return node.Emit(SwapLast(node.Name, rank), apart);
    }

    private static Transpose SwapLast(string name, int rank) => new(name, [.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2]);

    private static float[] Laid(NodeReader node, OnnxTensor stack, Func<int, int, int, int> place, int matrices, int k, int n)
    {
        ConstantFolding.RequireAffordable(stack.Dims, node.MostElements);
        node.Hold(stack.Count * (double)sizeof(float));
        node.RequireFinite(stack.Floats.Span, "second factor");
        var weight = new float[stack.Count];
        ReadOnlySpan<float> from = stack.Floats.Span;
        for (int matrix = 0, i = 0; matrix < matrices; matrix++)
            for (int row = 0; row < k; row++)
                for (int column = 0; column < n; column++, i++) weight[place(matrix, row, column)] = from[i];
        return weight;
    }

    private static NetVizException Refused(NodeReader node, ActivationValue x, OnnxTensor stack) => node.Refuse(
        $"its factors have the shapes {x.Shape} and {stack.DimsText}; a matrix [In, Out], or a stack of them whose axes before the "
            + "last two are the activation's, is supported");
}
