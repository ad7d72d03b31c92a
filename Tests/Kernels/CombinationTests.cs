using NetViz.Kernels;
using NetViz.Kernels.Reference;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>
/// What relevance rules compute element by element: by hand, and on each back-end against the definition in double.
/// </summary>
public class CombinationTests
{
    private static readonly (CombinationKind Kind, double P, double Q, double[] Expected)[] ByHand =
    [
        // a = -2, 0, 3, 4;  b = 0, -1, 0.5, -2;  c = 1, -1, 0, -3
        (CombinationKind.Positive, 0, 1, [0, 0, 3, 4]),
        (CombinationKind.Negative, 0, 1, [-2, 0, 0, 0]),
        (CombinationKind.Quotient, 0.5, 3, [-12, 0, 9, -4.8]),
        (CombinationKind.Quotient, 0, 1, [0, 0, 6, -2]),
        (CombinationKind.QuotientAbove, 0.5, 1, [-4, 0, 0, 0]),
        (CombinationKind.QuotientBelow, 0.5, 1, [0, 0, 0, -1.6]),
        (CombinationKind.Product, 0, 1, [0, 0, 1.5, -8]),
        (CombinationKind.SignedProduct, 0, 1, [-2, 0, 1.5, -8]),
        (CombinationKind.MultiplyAdd, -1, 1, [1, -1, -1.5, 5]),
        (CombinationKind.Difference, 0, 1, [-2, 1, 2.5, 6]),
        (CombinationKind.Sum, 0, 1, [-2, -1, 3.5, 2]),
        (CombinationKind.Constant, 7, 1, [7, 7, 7, 7]),
        (CombinationKind.Slope, 0.75, 1, [1, 0, 0, -2]),
    ];

    private static IEnumerable<TestCaseData> OnEachBackEnd =>
        from backEnd in BackEnd.All
        from shape in new[] { new Shape(3, 11), new Shape(2, 5, 7, 9), new Shape(1, 3, 43, 47) }
        select new TestCaseData(backEnd, shape);

    [Test]
    public void The_definition_is_what_hands_compute([Range(0, 12)] int index)
    {
        (CombinationKind kind, double p, double q, double[] expected) = ByHand[index];
        double[] found = Run(new ReferenceKernels<double>(), new Combination(kind, p, q), new Shape(1, 4),
            [-2, 0, 3, 4], [0, -1, 0.5, -2], [1, -1, 0, -3]);
        Assert.That(found, Is.EqualTo(expected).Within(1e-15));
    }

    [Test]
    public void Each_kind_has_a_case() =>
        Assert.That(ByHand.Select(one => one.Kind).Distinct(), Is.EquivalentTo(Enum.GetValues<CombinationKind>()));

    [TestCaseSource(nameof(OnEachBackEnd))]
    public void Every_back_end_agrees_with_the_definition(BackEnd backEnd, Shape shape)
    {
        double[][] x = [.. new[] { "a", "b", "c" }.Select(name =>
            Numbers.Normal(shape.Count, name).Select(value => (double)(float)value).ToArray())];
        foreach ((CombinationKind kind, double p, double q, _) in ByHand)
        {
            var f = new Combination(kind, p, q);
            double[] expected = Run(new ReferenceKernels<double>(), f, shape, x[0], x[1], x[2]);
            using IKernels kernels = backEnd.Create();
            double[] found = Run(kernels, f, shape, x[0], x[1], x[2]);
            for (int i = 0; i < found.Length; i++)
            {
                // Terms of a sum may cancel: what is rounded is their size.
                double size = Math.Abs(expected[i]) + (kind is CombinationKind.MultiplyAdd or CombinationKind.Sum
                    or CombinationKind.Difference or CombinationKind.SignedProduct
                        ? Math.Abs(x[0][i]) + Math.Abs(x[1][i]) + Math.Abs(x[1][i] * x[2][i]) + Math.Abs(x[0][i] * x[2][i])
                        : 0);
                Assert.That(found[i], Is.EqualTo(expected[i]).Within(4e-7 * size + 1e-12), $"{kind} {i}");
            }
        }
    }

    private static double[] Run(IKernels kernels, Combination f, Shape shape, double[] a, double[] b, double[] c)
    {
        DeviceBuffer[] buffers = [.. Enumerable.Range(0, 4).Select(_ => kernels.Allocate(kernels.BytesOf(shape)))];
        DeviceTensor[] tensors = [.. buffers.Select(buffer => kernels.View(buffer, shape))];
        foreach ((double[] values, DeviceTensor tensor) in new[] { a, b, c }.Zip(tensors)) kernels.Upload(values, tensor);
        kernels.Combine(f, tensors[0], tensors[1], tensors[2], tensors[3]);
        var found = new double[shape.Count];
        kernels.Download(tensors[3], found);
        foreach (DeviceBuffer buffer in buffers) buffer.Dispose();
        return found;
    }
}
