using NetViz.Analysis.Proofs;
using NetViz.Engine.Execution;
using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NetViz.Kernels.Reference;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>
/// A fault in one operation makes exactly the rows fail whose layers use it: a proof that nothing can break proves nothing.
/// </summary>
public class PlantedFaultTests
{
    private static readonly (string Name, Func<IKernels> Create)[] BackEnds =
    [
        ("reference", () => new ReferenceKernels<float>()),
        ("reference64", () => new ReferenceKernels<double>()),
        ("cpu direct", () => new CpuKernels(2, ConvAlgorithm.Direct)),
        ("cpu winograd", () => new CpuKernels(2, ConvAlgorithm.Winograd)),
    ];

    private static readonly (string Name, Func<IKernels, FaultyKernels> Plant, string[] Layers)[] Faults =
    [
        ("conv does not flip its filters", inner => new FaultyKernels(inner) { ConvWeightDown = NotFlipped }, ["conv1", "conv2"]),
        ("conv has the sign of one weight wrong", inner => new FaultyKernels(inner) { ConvWeightDown = WrongSign },
            ["conv1", "conv2"]),
        ("conv has one weight wrong by 1e-3", inner => new FaultyKernels(inner) { ConvWeightDown = Inexact }, ["conv1", "conv2"]),
        ("fully connected does not transpose", inner => new FaultyKernels(inner) { FullyConnectedOtherOrder = true }, ["fc"]),
        ("max-pool goes one place too far", Spoiling("MaxPoolBackward", Shift), ["pool"]),
        ("max-pool records a wrong switch", inner => new FaultyKernels(inner) { SpoilSwitches = MoveFirst }, ["pool"]),
        ("rectifiers record a wrong bit", inner => new FaultyKernels(inner) { SpoilBits = bits => bits[^1] ^= 1 },
            ["relu", "leaky", "clip"]),
        ("gradient rectifies the signal", Ruling(ReluRule.Gradient, ReluRule.DeconvNet), ["relu", "leaky", "clip"]),
        ("gradient is guided", Ruling(ReluRule.Gradient, ReluRule.Guided), ["relu", "leaky", "clip"]),
        ("DeconvNet masks by x", Ruling(ReluRule.DeconvNet, ReluRule.Gradient), ["relu", "leaky", "clip"]),
        ("DeconvNet is guided", Ruling(ReluRule.DeconvNet, ReluRule.Guided), ["relu", "leaky", "clip"]),
        ("LRN loses its own term", Spoiling("LrnBackward", r => Array.Reverse(r)), ["norm"]),
        ("batch normalisation forgets its factor", Spoiling("AffineBackward", r => Scale(r, 2)), ["batchnorm"]),
        ("average pool forgets its divisor", Spoiling("AveragePoolBackward", r => Scale(r, 6)), ["average"]),
        ("concat takes the wrong part", Spoiling("ConcatBackward", Shift), ["concat"]),
        ("sum loses its sign", Spoiling("SumBackward", r => Scale(r, -1)), ["difference"]),
        ("pad crops one too far", Spoiling("PadBackward", Shift), ["pad"]),
        ("softmax is not differentiated", Spoiling("SoftmaxBackward", r => Scale(r, 3)), ["attention"]),
        ("transpose mixes axes up", Spoiling("Transpose", Shift), ["planes"]),

        // Not the layers but their composition: pool and clip are read twice.
        ("signals that meet are not added", Spoiling("AddTo", r => Scale(r, 2)), ["pool", "clip"]),

        // LRN passes over by copying.
        ("copying goes one place too far", Spoiling("Reshape", Shift), ["dropout", "flatten", "norm"]),
    ];

    private static readonly (string Operation, string[] Layers)[] Operations =
    [
        ("ConvBackward", ["conv1", "conv2"]), ("FullyConnectedBackward", ["fc"]), ("MaxPoolBackward", ["pool"]),
        ("ReluBackward", ["relu", "leaky", "clip"]), ("LrnBackward", ["norm"]), ("AffineBackward", ["batchnorm"]),
        ("AveragePoolBackward", ["average"]), ("ConcatBackward", ["concat"]), ("SumBackward", ["difference"]),
        ("PadBackward", ["pad"]), ("SoftmaxBackward", ["attention"]), ("Transpose", ["planes"]),
        ("Reshape", ["dropout", "flatten", "norm"]),
    ];

    private static IEnumerable<TestCaseData> EachFault =>
        from backEnd in BackEnds
        from fault in Faults
        select new TestCaseData(backEnd.Create, fault.Plant, fault.Layers).SetArgDisplayNames(backEnd.Name, fault.Name);

    private static IEnumerable<TestCaseData> EachOperation =>
        from backEnd in BackEnds
        from operation in Operations
        select new TestCaseData(backEnd.Create, operation.Operation, operation.Layers)
            .SetArgDisplayNames(backEnd.Name, operation.Operation);

    [TestCaseSource(nameof(EachFault))]
    public void A_fault_makes_exactly_its_rows_fail(Func<IKernels> create, Func<IKernels, FaultyKernels> plant,
        string[] layers) => RequireFailing(plant(create()), layers);

    /// <summary>A relative error of 1e-3 in a single element of the signal.</summary>
    [TestCaseSource(nameof(EachOperation))]
    public void So_does_a_small_error_in_one_element(Func<IKernels> create, string operation, string[] layers) =>
        RequireFailing(Spoiling(operation, OneElement)(create()), layers);

    [Test]
    public void Without_a_fault_no_row_fails([Values(0, 1, 2, 3)] int backEnd) =>
        RequireFailing(new FaultyKernels(BackEnds[backEnd].Create()), []);

    private static void RequireFailing(FaultyKernels kernels, string[] layers)
    {
        using (kernels)
        using (PreparedNetwork prepared = EveryKind.Network().On(kernels))
        {
            ProofReport report = EveryKind.Prove(prepared);
            ProofRow[] failing = [.. report.Rows.Where(row => !row.Holds)];
            Assert.That(failing.Select(row => row.Layer), Is.EquivalentTo(layers),
                string.Join("\n", failing.Select(row => $"{row.Layer}: {string.Join("; ", row.Faults!)}")));
            Assert.That(report.Holds, Is.EqualTo(layers.Length == 0));
            Assert.That(report.Rows, Has.Count.EqualTo(prepared.Network.Nodes.Length - 1), "all but the softmax at the end");
            foreach (ProofRow row in failing) Assert.That(row.Faults, Is.Not.Empty.And.All.Not.Empty);
        }
    }

    private static Func<IKernels, FaultyKernels> Spoiling(string operation, Action<double[]> spoil) =>
        inner => new FaultyKernels(inner)
        {
            Spoil = (done, signal) =>
            {
                if (done == operation) spoil(signal);
            },
        };

    private static Func<IKernels, FaultyKernels> Ruling(ReluRule rule, ReluRule instead) =>
        inner => new FaultyKernels(inner) { Rule = asked => asked == rule ? instead : asked };

    private static float[] NotFlipped(float[] weight)
    {
        int area = weight.Length == 6 * 2 * 9 ? 9 : 4;
        for (int start = 0; start < weight.Length; start += area) Array.Reverse(weight, start, area);
        return weight;
    }

    private static float[] WrongSign(float[] weight)
    {
        weight[5] = -weight[5];
        return weight;
    }

    private static float[] Inexact(float[] weight)
    {
        weight[5] *= 1.001f;
        return weight;
    }

    private static void MoveFirst(PoolGeometry g, int[] switches) => switches[0] = switches[0] == 0 ? 1 : 0;

    private static void Shift(double[] r)
    {
        double last = r[^1];
        Array.Copy(r, 0, r, 1, r.Length - 1);
        r[0] = last;
    }

    private static void Scale(double[] r, double factor)
    {
        for (int i = 0; i < r.Length; i++) r[i] *= factor;
    }

    private static void OneElement(double[] r) => r[Array.IndexOf(r, r.MaxBy(Math.Abs))] *= 1.001;
}
