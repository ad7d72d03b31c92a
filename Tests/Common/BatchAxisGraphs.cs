namespace NetViz.Tests.Common;

/// <summary>Networks whose scores do not have the batch as their first axis.</summary>
internal static class BatchAxisGraphs
{
    internal static readonly Dictionary<string, (Func<object, TestGraph> Graph, int Classes, string Node)> All = new()
    {
        ["a pool squeezed to [C]"] = (batch => Pooled(batch).Node("Squeeze", "y", "p", ("axes", new long[] { 0, 2, 3 })), 6, "'y'"),
        ["one number squeezed to []"] = (batch => Image(batch).Random("w", 1, 3, 3, 3).Node("Conv", "c", "x w")
            .Node("GlobalAveragePool", "p", "c").Node("Squeeze", "y", "p", ("axes", new long[] { 0, 1, 2, 3 })), 1, "'y'"),
        ["a reshape to [C]"] = (batch => Pooled(batch).Integers("s", 6).Node("Reshape", "y", "p s"), 6, "'y'"),
        ["a reshape to [-1]"] = (batch => Pooled(batch).Integers("s", -1).Node("Reshape", "y", "p s"), 6, "'y'"),
        ["a reshape that merges"] = (batch => Pooled(batch).Integers("s", -1, 3).Node("Reshape", "y", "p s"), 6, "'y'"),
        ["a transpose to [C, N]"] = (batch => Pooled(batch).Node("Flatten", "f", "p").Node("Transpose", "t", "f")
            .Node("Relu", "y", "t"), 6, "'t'"),
        ["a flatten from axis 0"] = (batch => Pooled(batch).Node("Flatten", "y", "p", ("axis", 0L)), 6, "'y'"),
        ["a Gemm that transposes the batch"] = (batch => Pooled(batch).Node("Flatten", "f", "p").Random("m", 1, 5)
            .Node("Gemm", "y", "f m", ("transA", 1L)), 30, "'y'"),
        ["a concatenation of images"] = (batch => Pooled(batch).Node("Flatten", "f", "p").Node("Relu", "r", "f")
            .Node("Concat", "y", "f r", ("axis", 0L)), 12, "'y'"),
        ["a softmax over [C, N]"] = (batch => Pooled(batch).Node("Flatten", "f", "p").Node("Transpose", "t", "f")
            .Node("Softmax", "y", "t", ("axis", 0L)), 6, "'t'"),
    };

    public static TestGraph Pooled(object batch) =>
        Image(batch).Random("w", 6, 3, 3, 3).Node("Conv", "c", "x w").Node("GlobalAveragePool", "p", "c");

    public static TestGraph Image(object batch) => new TestGraph(12).Input("x", batch, 3, 8, 8);
}
