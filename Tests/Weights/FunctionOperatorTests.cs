using System.Numerics.Tensors;
using NetViz.Analysis.Proofs;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Weights;
using NetViz.Weights.Export;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Weights;

/// <summary>
/// Functions of one element inside a network: scores as ONNX Runtime's, gradients as finite differences, all rules alike at the
/// function, proofs that hold, and an export that has the same numbers.
/// </summary>
public sealed class FunctionOperatorTests : InTemporaryFolder
{
    private const int Elements = 2 * 5 * 5;

    private static IEnumerable<TestCaseData> Functions =>
    [
        Case("Sigmoid"), Case("Tanh"), Case("HardSwish", 14), Case("Softplus"), Case("Softsign"), Case("Exp"), Case("Abs"), Case("Neg"),
        Case("HardSigmoid"), Case("HardSigmoid", 13, ("alpha", 0.3f), ("beta", 0.4f)), Case("Elu"), Case("Elu", 13, ("alpha", 0.4f)),
        Case("Selu"), Case("Selu", 13, ("alpha", 1.2f), ("gamma", 0.9f)), Case("Celu"), Case("Celu", 13, ("alpha", 0.6f)),
        Case("Sqrt", positive: true), Case("Log", positive: true), Case("Reciprocal", positive: true),
        Case("Pow 2"), Case("Pow 3"), Case("Pow 0.5", positive: true), Case("Pow -1.5", positive: true),
    ];

    [TestCaseSource(nameof(Functions))]
    public void A_function_is_right_in_every_direction(string function, int opset, bool positive, (string, object)[] attributes)
    {
        string path = Write(function, opset, positive, attributes);
        float[] image = TestGraph.Image(Elements);
        using OnnxModel model = OnnxModel.Load(path);
        Tensor<float> input = Numbers.Create(image, [1, 2, 5, 5]);
        (float[] expected, _) = OnnxRuntime.Run(path, image, [1, 2, 5, 5], "y");
        foreach (Device device in (Device[])[Device.Cpu(2), Device.Reference, Device.ReferenceDouble])
        {
            using PreparedNetwork prepared = model.Network.On(device);
            using ForwardRecord record = prepared.Forward(input, [.. model.Network.Nodes.Select(node => node.Name), "x"]);
            Assert.That(Relative(record.Scores, expected), Is.LessThan(1e-5), device.Name);
            float[] gradient = [.. record.Backward(Seed.Class(1), BackwardRule.Gradient)];
            Assert.That(Relative(gradient, Difference(model, image)), Is.LessThan(1e-4), $"gradient on {device.Name}");
            foreach (BackwardRule rule in BackwardRule.All)
            {
                Assert.That(record.Backward(Seed.Class(1), rule).SequenceEqual(gradient), $"{rule.Name} on {device.Name}: no rectifier");
                ProofReport proof = Proof.Of(record, Seed.Class(1), rule);
                Assert.That(proof.Rows.SelectMany(row => row.Faults ?? []), Is.Empty, $"proof by {rule.Name} on {device.Name}");
            }
        }

        string exported = Folder.File("again.onnx");
        OnnxExport.Write(model.Network, exported);
        using OnnxModel again = OnnxModel.Load(exported);
        RoundTrip.RequireSameLayers(model.Network, again.Network);
        RoundTrip.RequireSameNumbers(model.Network, again.Network, Device.Cpu(2));
        RoundTrip.RequireSameInOnnxRuntime(path, exported);
    }

    [TestCase(1)]
    [TestCase(3)]
    public void A_last_sigmoid_gives_probabilities_and_the_seed_starts_before_it(int classes)
    {
        string path = new TestGraph().Input("x", "N", 2, 5, 5).Random("w", classes, 2, 5, 5).Node("Conv", "c", "x w")
            .Node("Flatten", "f", "c").Node("Sigmoid", "y", "f").Write(Folder);
        float[] image = TestGraph.Image(Elements);
        (float[] expected, _) = OnnxRuntime.Run(path, image, [1, 2, 5, 5], "y");
        using OnnxModel model = OnnxModel.Load(path);
        using PreparedNetwork prepared = model.Network.On(Device.Cpu(2));
        using ForwardRecord record = prepared.Forward(Numbers.Create(image, [1, 2, 5, 5]));
        float[] weight = model.Network.Nodes.Select(node => node.Layer).OfType<NetViz.Engine.Layers.Conv>().Single().Weight.ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.Network.NameOf(model.Network.ScoreTensor), Is.EqualTo("f"));
            for (int c = 0; c < classes; c++)
            {
                Assert.That(record.ProbabilityOf(0, c), Is.EqualTo(expected[c]).Within(1e-6), $"class {c}");
                Assert.That(record.Backward(Seed.Class(c), BackwardRule.Gradient).ToArray(),
                    Is.EqualTo(weight.AsSpan(c * Elements, Elements).ToArray()).Within(1e-6), $"score of class {c}");
                double slope = expected[c] * (1 - expected[c]);
                Assert.That(record.Backward(Seed.Posterior(c), BackwardRule.Gradient).ToArray(),
                    Is.EqualTo(weight.AsSpan(c * Elements, Elements).ToArray().Select(w => slope * w)).Within(1e-6), $"posterior {c}");
            }
        }
    }

    [Test]
    public void Functions_of_constants_are_folded()
    {
        string path = new TestGraph().Input("x", "N", 2, 5, 5).Floats("s", [2, 1, 1], 4, 9).Node("Sqrt", "r", "s")
            .Node("Reciprocal", "i", "r").Node("Mul", "m", "x i").Node("GlobalAveragePool", "p", "m").Node("Flatten", "y", "p")
            .Write(Folder);
        float[] image = TestGraph.Image(Elements);
        using OnnxModel model = OnnxModel.Load(path);
        using PreparedNetwork prepared = model.Network.On(Device.Reference);
        using ForwardRecord record = prepared.Forward(Numbers.Create(image, [1, 2, 5, 5]));
        Assert.That(Relative(record.Scores, OnnxRuntime.Run(path, image, [1, 2, 5, 5], "y").Values), Is.LessThan(1e-6));
    }

    [Test]
    public void An_exponent_of_several_numbers_is_refused_by_name()
    {
        string path = new TestGraph().Input("x", "N", 2, 5, 5).Floats("e", [2, 1, 1], 2, 3).Node("Pow", "y", "x e").Write(Folder);
        Assert.That(() => OnnxModel.Load(path), Throws.TypeOf<NetViz.Engine.NetVizException>()
            .With.Message.Contains("node 'y' (Pow)").And.Message.Contains("its exponent has 2 numbers"));
    }

    private static TestCaseData Case(string function, int opset = 13, params (string, object)[] attributes) =>
        new TestCaseData(function, opset, false, attributes).SetArgDisplayNames([function, $"{opset}",
            .. attributes.Select(attribute => $"{attribute.Item1} {attribute.Item2}")]);

    private static TestCaseData Case(string function, bool positive) =>
        new TestCaseData(function, 13, positive, Array.Empty<(string, object)>()).SetArgDisplayNames(function);

    // Positive inputs: |x| + 0.5, by functions that are tested themselves.
    private string Write(string function, int opset, bool positive, (string, object)[] attributes)
    {
        string[] parts = function.Split(' ');
        TestGraph graph = new TestGraph(opset).Input("x", "N", 2, 5, 5).Random("w", 3, 2, 3, 3).Random("v", 4, 3, 5, 5)
            .Node("Conv", "c", "x w", ("pads", (long[])[1, 1, 1, 1]));
        string below = "c";
        if (positive)
        {
            graph.Floats("half", [1], 0.5f).Node("Abs", "a", "c").Node("Add", "h", "a half");
            below = "h";
        }

        if (parts.Length > 1)
        {
            graph.Floats("e", [], float.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
            below += " e";
        }

        return graph.Node(parts[0], "g", below, attributes).Node("Conv", "d", "g v").Node("Flatten", "y", "d").Write(Folder);
    }

    private static float[] Difference(OnnxModel model, float[] image)
    {
        const double Step = 1e-5;
        using PreparedNetwork prepared = model.Network.On(Device.ReferenceDouble);
        var gradient = new float[image.Length];
        for (int i = 0; i < image.Length; i++)
        {
            double Score(double by)
            {
                double[] moved = Array.ConvertAll(image, value => (double)value);
                moved[i] += by;
                using ForwardRecord record = prepared.Forward(Numbers.Create(moved, [1, 2, 5, 5]));
                return record.ScoresInDouble[0, 1];
            }

            gradient[i] = (float)((Score(Step) - Score(-Step)) / (2 * Step));
        }

        return gradient;
    }

    private static double Relative(IEnumerable<float> found, float[] expected)
    {
        float[] values = [.. found];
        return TensorPrimitives.Distance<float>(values, expected) / TensorPrimitives.Norm<float>(expected);
    }
}
