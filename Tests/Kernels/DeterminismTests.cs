using NetViz.Kernels;
using NUnit.Framework;
using static NetViz.Tests.Kernels.ConvTable;

namespace NetViz.Tests.Kernels;

/// <summary>The same input gives the same bytes: twice, on any number of threads, wherever the weights lie in memory.</summary>
public class DeterminismTests
{
    /// <summary>Large enough for several jobs a thread.</summary>
    private static readonly Operation[] Operations =
    [
        Conv("3x3 pad 1", 2, 32, 29, 31, 20, Pad(new(3, 3), 1)),
        Conv("3x3 stride 2", 1, 16, 57, 55, 12, Stride(new(3, 3), 2)),
        Conv("11x11 stride 4", 1, 3, 63, 70, 16, Stride(new(11, 11), 4)),
        Conv("1x1", 3, 33, 24, 25, 17, new(1, 1)),
        Conv("3x3 groups 4", 1, 16, 40, 41, 16, Pad(new(3, 3), 1), groups: 4),
        PoolTable.Max("3x3 stride 2, overlapping", 2, 9, 40, 41, Stride(new(3, 3), 2), Numbers.FewValues),
        PoolTable.Average("3x3 stride 2, overlapping", 2, 9, 40, 41, Stride(new(3, 3), 2), countIncludePad: false),
        PoolTable.Average("global", 2, 9, 40, 41, new(40, 41), countIncludePad: false),
        ElementwiseTable.Lrn(new LrnParameters(5, 1f, 0.75f, 2f), new Shape(2, 12, 40, 41)),
        ElementwiseTable.Relu(Rectifier.Relu, ReluRule.Guided, new Shape(2, 9, 60, 61)),
        .. ElementwiseTable.All.Where(o => o.Name.Contains("many runs") || o.Name.Contains("of classes")),
        .. WeightGradientTable.Large,
        WeightGradientTable.FullyConnected(37, 1100, 65, false),
        WeightGradientTable.FullyConnected(37, 65, 1100, true),
        WeightGradientTable.Bias(new Shape(5, 37, 12, 11)),
        .. BatchNormalizationTable.Large,
    ];

    /// <summary>The definition works in nothing but its arguments.</summary>
    private static IEnumerable<TestCaseData> WithWorkingMemory =>
        from operation in Operations
        from backEnd in BackEnd.All
        where !backEnd.SumsInDouble
        // A GPU under test may be a processor in disguise, which is slow.
        where !backEnd.IsGpu || operation.Inputs[0].Count < 50_000
        select new TestCaseData(operation, backEnd);

    [Test]
    public void Twice_the_same_bytes_on_any_number_of_threads([ValueSource(nameof(Operations))] Operation operation)
    {
        Outcome? first = null;
        foreach (BackEnd backEnd in BackEnd.ByThreads)
        {
            using IKernels kernels = backEnd.Create();
            for (int time = 0; time < 2; time++)
            {
                Outcome found = operation.Run(kernels);
                RequireSame(found, first ??= found, backEnd.Name);
            }
        }
    }

    /// <summary>What an earlier operation left in working memory does not reach the result.</summary>
    [TestCaseSource(nameof(WithWorkingMemory))]
    public void The_same_bytes_after_nothing_but_NaN(Operation operation, BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        Outcome first = operation.Run(kernels);
        operation.Run(kernels, [.. operation.Inputs.Select(NaNs)], NaNs(operation.Output));
        RequireSame(operation.Run(kernels), first, backEnd.Name);

        static double[] NaNs(Shape shape)
        {
            var numbers = new double[shape.Count];
            Array.Fill(numbers, double.NaN);
            return numbers;
        }
    }

    [TestCase(1, 3000, 200)]
    [TestCase(3, 400, 1100)]
    public void A_fully_connected_layer_gives_the_same_bytes_wherever_its_weight_lies(int n, int inputs, int outputs)
    {
        foreach (bool inByOut in new[] { false, true })
        {
            Outcome? first = null;
            foreach (int offset in new[] { 0, 1, 2, 7 })
            {
                Operation operation = FullyConnectedTable.FullyConnected(n, inputs, outputs, inByOut, -0.75f, bias: true, offset);
                foreach (BackEnd backEnd in BackEnd.ByThreads)
                {
                    using IKernels kernels = backEnd.Create();
                    Outcome found = operation.Run(kernels);
                    RequireSame(found, first ??= found, $"{backEnd.Name}, offset {offset}");
                }
            }
        }
    }

    /// <summary>An image's result does not depend on the images beside it in the batch.</summary>
    [TestCaseSource(typeof(BackEnd), nameof(BackEnd.All))]
    public void An_image_gives_the_same_bytes_alone_and_in_a_batch(BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        foreach (var (alone, batch) in new[]
        {
            (Conv("a", 1, 8, 19, 21, 7, Pad(new(3, 3), 1)), Conv("a", 3, 8, 19, 21, 7, Pad(new(3, 3), 1))),
            (Full(1, false), Full(3, false)),
            (Full(1, true), Full(3, true)),
        })
        {
            Outcome whole = batch.Run(kernels);
            double[] x = batch.InputNumbers[0], y = batch.SignalNumbers;
            int above = y.Length / 3, below = x.Length / 3;
            for (int n = 0; n < 3; n++)
            {
                Outcome one = alone.Run(kernels, [x[(n * below)..((n + 1) * below)]], y[(n * above)..((n + 1) * above)]);
                Numbers.RequireSame(one.Output, whole.Output[(n * above)..((n + 1) * above)], batch.Name);
                Numbers.RequireSame(one.InputSignals[0], whole.InputSignals[0][(n * below)..((n + 1) * below)], batch.Name);
            }
        }
    }

    private static float[] Weight { get; } = Numbers.Single(Numbers.Normal(70_000, "a fully connected layer's weight"));

    private static Operation Full(int n, bool inByOut) =>
        FullyConnectedTable.FullyConnected("by memory", new(n, 1000, 70, inByOut), Weight, [], 1f);

    private static void RequireSame(Outcome found, Outcome first, string where)
    {
        Numbers.RequireSame(found.Output, first.Output, where);
        for (int k = 0; k < first.InputSignals.Length; k++)
            Numbers.RequireSame(found.InputSignals[k], first.InputSignals[k], where);
        for (int k = 0; k < first.Kept.Length; k++) Numbers.RequireSame(found.Kept[k], first.Kept[k], where);
        Assert.That(found.Bits, Is.EqualTo(first.Bits), where);
        Assert.That(found.Switches, Is.EqualTo(first.Switches), where);
    }
}
