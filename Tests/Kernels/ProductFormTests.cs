using NetViz.Kernels;
using NUnit.Framework;
using static NetViz.Tests.Kernels.ConvTable;

namespace NetViz.Tests.Kernels;

/// <summary>The GPU's forms of a product where the tables do not reach: tiles of 128, sums in parts, many images.</summary>
public class ProductFormTests
{
    private static readonly Operation[] Operations =
    [
        Conv("many pixels and channels, neither a multiple of a tile", 1, 2, 93, 91, 130, Pad(new(3, 3), 1)),
        Conv("many groups, sums of 774 terms in two parts, one after the other", 1, 264 * 86, 3, 3, 264, Pad(new(3, 3), 1), 264),
        WeightGradientTable.Conv(new("many pixels, many slices", 3, 5, 61, 67, 6, Pad(Stride(new(5, 3), 2), 1))),
        .. from inByOut in new[] { false, true }
           from shape in new[] { (40, 1100, 70), (33, 67, 130), (8, 300, 31), (11, 130, 260) }
           select FullyConnectedTable.FullyConnected(shape.Item1, shape.Item2, shape.Item3, inByOut, -0.75f, bias: true),
        WeightGradientTable.FullyConnected(600, 67, 130, false),
        WeightGradientTable.FullyConnected(600, 68, 132, true),
    ];

    private readonly LastDefinition _definition = new();

    private static IEnumerable<BackEnd> Forms =>
        [.. BackEnd.All.Where(backEnd => backEnd.Name is "opencl" or "cuda"), .. BackEnd.SlowForms];

    [Test]
    public void Each_form_agrees_with_the_definition([ValueSource(nameof(Operations))] Operation operation,
        [ValueSource(nameof(Forms))] BackEnd form)
    {
        using IKernels kernels = form.Create();
        Outcome expected = _definition.Of(operation), found = operation.Run(kernels);
        Assert.That(Numbers.RelativeError(found.Output, expected.Output), Is.LessThan(operation.Bound), "forward");
        for (int k = 0; k < operation.Inputs.Length; k++)
        {
            Assert.That(Numbers.RelativeError(found.InputSignals[k], expected.InputSignals[k]), Is.LessThan(operation.Bound),
                $"backward {k}");
        }
    }
}
