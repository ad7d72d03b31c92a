using NetViz.Kernels;
using NetViz.Kernels.Reference;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>
/// Operations x shapes x back-ends: each back-end agrees with the definition in double, each backward is the transpose or
/// the derivative of its forward.
/// </summary>
public class OperationTests
{
    private static readonly Operation[] Operations =
    [
        .. ConvTable.All, .. PoolTable.All, .. FullyConnectedTable.All, .. ElementwiseTable.All, .. PairTable.All, .. MovementTable.All,
        .. WeightGradientTable.All, .. BatchNormalizationTable.All, .. ResamplingTable.All,
    ];

    private readonly ReachedErrors _reached = new();
    private readonly LastDefinition _definition = new();

    private static IEnumerable<TestCaseData> OnEachBackEnd =>
    [
        .. from operation in Operations
           from backEnd in BackEnd.For(operation)
           let data = new TestCaseData(operation, backEnd)
           select operation.IsSmall && backEnd.IsCpuOnTwo ? data.SetCategory(InstructionSetTests.Category) : data,
        .. from operation in Operations
           where (operation.Name.StartsWith("Conv", StringComparison.Ordinal)
               || operation.Name.StartsWith("FullyConnected", StringComparison.Ordinal)) && operation.IsSmall
           from backEnd in BackEnd.SlowForms
           select new TestCaseData(operation, backEnd),
        .. from operation in ConvTable.ForWinograd
           from backEnd in BackEnd.Winograd
           select new TestCaseData(operation, backEnd),
    ];

    private static IEnumerable<TestCaseData> LinearOnEachBackEnd =>
        from operation in Operations
        where operation.Map is Map.Linear or Map.Affine
        from backEnd in BackEnd.OnceFor(operation)
        select new TestCaseData(operation, backEnd);

    private static IEnumerable<TestCaseData> BilinearOnEachBackEnd =>
        from operation in Operations
        where operation.Map == Map.Bilinear
        from backEnd in BackEnd.OnceFor(operation)
        select new TestCaseData(operation, backEnd);

    /// <summary>DeconvNet and Guided are no derivatives, and ties have none.</summary>
    private static IEnumerable<Operation> Differentiable =>
        Operations.Where(o => o.HasDifferences && !o.Name.Contains("ties") && !o.Name.Contains(nameof(ReluRule.DeconvNet))
            && !o.Name.Contains(nameof(ReluRule.Guided)));

    [TestCaseSource(nameof(OnEachBackEnd))]
    public void Agrees_with_the_definition(Operation operation, BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        Outcome expected = _definition.Of(operation), found = operation.Run(kernels);
        Assert.That(found.Bits.AsSpan().SequenceEqual(expected.Bits), "bits");
        Assert.That(found.Switches.AsSpan().SequenceEqual(expected.Switches), "switches");
        double bound = backEnd.SumsInDouble ? Math.Min(operation.Bound, 1.2e-7)
            : operation.Name.StartsWith("Conv", StringComparison.Ordinal) ? Math.Max(operation.Bound, backEnd.ConvBound)
            : operation.Bound;
        double condition = operation.Name.StartsWith("BatchNormalization", StringComparison.Ordinal)
                || operation.Name.StartsWith("Normalization", StringComparison.Ordinal)
            ? operation.Condition * backEnd.ChannelCondition
            : operation.Condition;
        Check("forward", found.Output, expected.Output, bound);
        for (int k = 0; k < operation.Inputs.Length; k++)
            Check("backward", found.InputSignals[k], expected.InputSignals[k], bound * condition);
        if (operation.Kept.Length > 0)
            Check("kept", [.. found.Kept.SelectMany(x => x)], [.. expected.Kept.SelectMany(x => x)], bound);

        void Check(string direction, double[] numbers, double[] right, double limit)
        {
            double error = Numbers.RelativeError(numbers, right);
            _reached.Add($"{backEnd.Name} {operation.Name.Split(' ', ',')[0]} {direction}", error, operation.Name);
            Assert.That(error, Is.LessThanOrEqualTo(limit), direction);
        }
    }

    /// <summary>&lt;A x, y&gt; = &lt;x, A^T y&gt;, where A x = f(x) - f(0).</summary>
    [TestCaseSource(nameof(LinearOnEachBackEnd))]
    public void Backward_is_the_transpose(Operation operation, BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        double[][] x = operation.InputNumbers;
        double[] y = operation.SignalNumbers;
        Outcome at = operation.Run(kernels, x, y);
        double[] zero = operation.Map == Map.Affine
            ? operation.Run(kernels, [.. x.Select(numbers => new double[numbers.Length])], y).Output
            : new double[y.Length];
        double[] image = [.. at.Output.Zip(zero, (a, b) => a - b)];
        double above = Numbers.Dot(image, y), below = x.Zip(at.InputSignals, Numbers.Dot).Sum();

        // Both are sums of rounded numbers: their difference is measured against the norms, not against the sums.
        double scale = (Numbers.Norm(at.Output) + Numbers.Norm(zero)) * Numbers.Norm(y);
        Assert.That(double.IsFinite(above) && double.IsFinite(below));
        Assert.That(below, Is.EqualTo(above).Within(1e-6 * scale));
    }

    /// <summary>&lt;A(x0) x1, y&gt; = &lt;x0, r0&gt; = &lt;x1, r1&gt;, where r0 and r1 are what backward makes of y.</summary>
    [TestCaseSource(nameof(BilinearOnEachBackEnd))]
    public void Backward_is_the_transpose_on_each_side(Operation operation, BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        double[][] x = operation.InputNumbers;
        double[] y = operation.SignalNumbers;
        Outcome at = operation.Run(kernels, x, y);
        double above = Numbers.Dot(at.Output, y), scale = Numbers.Norm(at.Output) * Numbers.Norm(y);
        Assert.That(double.IsFinite(above));
        for (int k = 0; k < 2; k++)
        {
            double below = Numbers.Dot(x[k], at.InputSignals[k]);
            Assert.That(double.IsFinite(below));
            Assert.That(below, Is.EqualTo(above).Within(2e-6 * scale), $"side {k}");
        }
    }

    /// <summary>Central differences along random directions, for few inputs along every axis, on the definition.</summary>
    [TestCaseSource(nameof(Differentiable))]
    public void Backward_is_the_derivative(Operation operation)
    {
        const double Step = 1e-5;
        using var kernels = new ReferenceKernels<double>();
        double[][] x = operation.InputNumbers;
        double[] y = operation.SignalNumbers;
        double[][] derivative = operation.Run(kernels, x, y).InputSignals;
        double norm = Numbers.Norm([.. derivative.SelectMany(numbers => numbers)]);
        foreach (double[][] direction in Directions(operation))
        {
            double length = Numbers.Norm([.. direction.SelectMany(numbers => numbers)]);
            double slope = (Along(Step) - Along(-Step)) / (2 * Step);
            double expected = direction.Zip(derivative, Numbers.Dot).Sum();

            // Rounding of sums near ||f|| ||y|| by 2^-53, divided by the step, and a third derivative times its square.
            Assert.That(double.IsFinite(slope));
            Assert.That(slope, Is.EqualTo(expected).Within(1e-8 * (1 + norm) * length + 1e-9 * Numbers.Norm(y)));

            double Along(double step)
            {
                double[][] moved =
                    [.. x.Select((numbers, k) => numbers.Select((value, i) => value + step * direction[k][i]).ToArray())];
                return Numbers.Dot(operation.Run(kernels, moved, y).Output, y);
            }
        }
    }

    [OneTimeTearDown]
    public void Tell_the_errors_that_were_reached() => _reached.Tell();

    private static IEnumerable<double[][]> Directions(Operation operation)
    {
        for (int k = 0; k < 3; k++)
            yield return [.. operation.Inputs.Select((shape, i) =>
                Numbers.Normal(shape.Count, $"{operation.Name} direction {k} {i}"))];
        if (operation.Inputs.Sum(shape => shape.Count) > 60) yield break;
        for (int input = 0; input < operation.Inputs.Length; input++)
        {
            for (int i = 0; i < operation.Inputs[input].Count; i++)
            {
                double[][] axis = [.. operation.Inputs.Select(shape => new double[shape.Count])];
                axis[input][i] = 1;
                yield return axis;
            }
        }
    }
}
