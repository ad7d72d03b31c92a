using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>Operators as they were before version 7, with numbers worked out by hand.</summary>
public class OldOperatorTests
{
    private static readonly float[] Six = [1, -2, 3, -4, 5, -6];

    [Test]
    public void Reshape_of_version_1_has_its_shape_as_an_attribute()
    {
        (float[] values, int[] dims) = new TestGraph(1).Input("x", "N", 2, 1, 3)
            .Node("Reshape", "y", "x", ("shape", new long[] { 0, 3, -1 })).Run(Six, 1, 2, 1, 3);
        Assert.That(dims, Is.EqualTo(new[] { 1, 3, 2 }));
        Assert.That(values, Is.EqualTo(Six));
    }

    [Test]
    public void Add_of_version_6_broadcasts_from_its_axis()
    {
        (float[] values, _) = new TestGraph(6).Input("x", "N", 2, 1, 3).Floats("b", [2], 10, 20)
            .Node("Add", "y", "x b", ("broadcast", 1L), ("axis", 1L)).Run(Six, 1, 2, 1, 3);
        Assert.That(values, Is.EqualTo(new float[] { 11, 8, 13, 16, 25, 14 }));
    }

    [Test]
    public void Mul_of_version_6_broadcasts_from_the_end_without_an_axis()
    {
        (float[] values, _) = new TestGraph(6).Input("x", "N", 2, 1, 3).Floats("b", [3], 1, 10, 100)
            .Node("Mul", "y", "x b", ("broadcast", 1L)).Run(Six, 1, 2, 1, 3);
        Assert.That(values, Is.EqualTo(new float[] { 1, -20, 300, -4, 50, -600 }));
    }

    [Test]
    public void Constants_of_version_6_broadcast_the_same_way()
    {
        (float[] values, _) = new TestGraph(6).Input("x", "N", 2, 1, 3).Floats("a", [2, 1, 1], 1, 2).Floats("b", [2], 10, 20)
            .Node("Mul", "c", "a b", ("broadcast", 1L), ("axis", 0L)).Node("Add", "y", "x c", ("broadcast", 1L))
            .Run(Six, 1, 2, 1, 3);
        Assert.That(values, Is.EqualTo(new float[] { 11, 8, 13, 36, 45, 34 }));
    }

    [Test]
    public void Pad_of_version_1_has_paddings()
    {
        (float[] values, int[] dims) = new TestGraph(1).Input("x", "N", 1, 2, 3)
            .Node("Pad", "y", "x", ("paddings", new long[] { 0, 0, 0, 1, 0, 0, 0, 0 }), ("value", 9f)).Run(Six, 1, 1, 2, 3);
        Assert.That(dims, Is.EqualTo(new[] { 1, 1, 2, 4 }));
        Assert.That(values, Is.EqualTo(new float[] { 9, 1, -2, 3, 9, -4, 5, -6 }));
    }

    [Test]
    public void Concat_of_version_1_joins_channels_by_default()
    {
        (_, int[] dims) = new TestGraph(1).Input("x", "N", 2, 1, 3).Node("Concat", "y", "x x").Run(Six, 1, 2, 1, 3);
        Assert.That(dims, Is.EqualTo(new[] { 1, 4, 1, 3 }));
    }

    [Test]
    public void Clip_of_version_1_and_Relu_with_a_hint_to_reuse_memory()
    {
        (float[] values, _) = new TestGraph(1).Input("x", "N", 2, 1, 3)
            .Node("Relu", "r", "x", ("consumed_inputs", new long[] { 0 }))
            .Node("Clip", "y", "r", ("max", 2f), ("consumed_inputs", new long[] { 0 })).Run(Six, 1, 2, 1, 3);
        Assert.That(values, Is.EqualTo(new float[] { 1, 0, 2, 0, 2, 0 }));
    }

    [Test]
    public void BatchNormalization_of_version_6_and_Dropout_of_version_1()
    {
        (float[] values, _) = new TestGraph(6).Input("x", "N", 2, 1, 3)
            .Floats("s", [2], 2, 3).Floats("b", [2], 1, 0).Floats("m", [2], 1, 2).Floats("v", [2], 4, 9)
            
            .Node("BatchNormalization", "n", "x s b m v",
                ("is_test", 1L), ("epsilon", 0f), ("consumed_inputs", new long[] { 0, 0, 0, 1, 1 }), ("spatial", 1L))
            .Node("Dropout", "y mask", "n", ("ratio", 0.5f), ("is_test", 1L)).Run(Six, 1, 2, 1, 3);
        Assert.That(values, Is.EqualTo(new float[] { 1, -2, 3, -6, 3, -8 }).Within(1e-6));
    }

    [Test]
    public void Gemm_of_version_6_broadcasts_its_summand()
    {
        (float[] values, _) = new TestGraph(6).Input("x", "N", 3).Floats("w", [3, 2], 1, 0, 0, 1, 1, 1).Floats("c", [2], 10, 20)
            .Node("Gemm", "y", "x w c", ("broadcast", 1L)).Run(Six, 2, 3);
        Assert.That(values, Is.EqualTo(new float[] { 14, 21, 0, 19 }));
    }

    [Test]
    public void Slice_and_Unsqueeze_of_version_1_have_attributes()
    {
        (float[] values, int[] dims) = new TestGraph(1).Input("x", "N", 2, 1, 3).Floats("w", [4], 1, 2, 3, 4)
            .Node("Slice", "s", "w", ("starts", new long[] { 1 }), ("ends", new long[] { -1 }))
            .Node("Unsqueeze", "u", "s", ("axes", new long[] { 1, 2 })).Node("Add", "y", "x u", ("broadcast", 1L))
            .Run(Six, 1, 2, 1, 3);
        Assert.That(dims, Is.EqualTo(new[] { 1, 2, 1, 3 }));
        Assert.That(values, Is.EqualTo(new float[] { 3, 0, 5, -1, 8, -3 }));
    }
}
