using System.Numerics.Tensors;
using NetViz.Analysis.Proofs;
using NetViz.Analysis.RuleComparisons;
using NetViz.Analysis.Stepping;
using NetViz.Analysis.Traces;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Weights;
using NetViz.Weights.Export;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Weights;

/// <summary>
/// Operators of two tensors that the network computes, reductions along axes and rectifiers by channel, as exporters write them:
/// scores as ONNX Runtime's, gradients as finite differences, proofs that hold, and an export that has the same numbers.
/// </summary>
public sealed class PairOperatorTests : InTemporaryFolder
{
    private const int Elements = 2 * 5 * 5;

    private static readonly (string, object) Same = ("pads", (long[])[1, 1, 1, 1]);

    private static IEnumerable<TestCaseData> Graphs()
    {
        yield return Case("squeeze and excitation", g => Squeezed(g).Node("Sigmoid", "s", "e").Node("Mul", "g", "c s"));
        yield return Case("squeeze and excitation, gate first", g => Squeezed(g).Node("HardSigmoid", "s", "e").Node("Mul", "g", "s c"));
        yield return Case("spatial attention", g => g.Node("ReduceMax", "m", "c", ("axes", (long[])[1]))
            .Node("ReduceMean", "a", "c", ("axes", (long[])[1])).Node("Concat", "j", "m a", ("axis", 1L)).Random("u", 1, 2, 3, 3)
            .Node("Conv", "k", "j u", Same).Node("Sigmoid", "s", "k").Node("Mul", "g", "c s"));
        yield return Case("swish", g => g.Node("Sigmoid", "s", "c").Node("Mul", "g", "c s"));
        yield return Case("a square", g => g.Node("Mul", "g", "c c"));
        yield return Case("HardSwish as a chain", g => g.Floats("three", [], 3).Floats("six", [], 6).Node("Add", "p", "c three")
            .Floats("zero", [], 0).Node("Clip", "q", "p zero six").Node("Mul", "r", "c q").Node("Div", "g", "r six"), isSmooth: false);
        yield return Case("a quotient", g => g.Node("Exp", "e", "c").Node("Div", "g", "c e"));
        yield return Case("a quotient by a channel's norm", g => g.Node("ReduceL2", "n", "c", ("axes", (long[])[2, 3]))
            .Node("Div", "g", "c n"));
        yield return Case("a constant over an activation", g => g.Node("Exp", "e", "c").Floats("two", [3, 1, 1], 2, 3, -1)
            .Node("Div", "g", "two e"));
        yield return Case("a difference of two", g => g.Node("Tanh", "t", "c").Node("Sub", "g", "c t"));
        yield return Case("a difference that broadcasts", g => g.Node("GlobalAveragePool", "m", "c").Node("Sub", "g", "c m"));
        yield return Case("a sum that broadcasts", g => g.Node("GlobalAveragePool", "m", "c").Node("Add", "g", "m c"));
        yield return Case("a sum of three that broadcast", g => g.Node("GlobalAveragePool", "m", "c").Node("Sum", "g", "m c c"));
        yield return Case("the smaller of two", g => g.Node("Tanh", "t", "c").Node("Neg", "n", "t").Node("Min", "g", "c n"));
        yield return Case("the larger of two that broadcast", g => g.Node("GlobalAveragePool", "m", "c").Node("Max", "g", "m c"));
        yield return Case("the larger of three and a constant", g => g.Node("Tanh", "t", "c").Node("Neg", "n", "t")
            .Floats("b", [1], 0.1f).Node("Max", "g", "c n b"), isSmooth: false);
        yield return Case("Min with one number", g => g.Floats("b", [], 0.2f).Node("Min", "g", "c b"), isSmooth: false);
        yield return Case("Max with a number a channel", g => g.Floats("b", [3, 1, 1], 0.2f, -0.3f, 0)
            .Node("Max", "g", "b c"), isSmooth: false);
        yield return Case("PRelu by channel", g => g.Floats("b", [3, 1, 1], 0.2f, -0.3f, 0).Node("PRelu", "g", "c b"), isSmooth: false);
        yield return Case("PRelu with one slope", g => g.Floats("b", [1], 0.25f).Node("PRelu", "g", "c b"), isSmooth: false);
        yield return Case("PRelu by column", g => g.Floats("b", [5], 0.2f, -0.3f, 0, 1, 2).Node("PRelu", "g", "c b"), isSmooth: false);
        yield return Case("Gelu as PyTorch writes it", g => g.Floats("r", [], MathF.Sqrt(2)).Node("Div", "o", "c r").Node("Erf", "e", "o")
            .Floats("one", [], 1).Node("Add", "a", "e one").Node("Mul", "m", "c a").Floats("half", [], 0.5f).Node("Mul", "g", "m half"));
        yield return Case("ThresholdedRelu", g => g.Node("ThresholdedRelu", "g", "c", ("alpha", 0.2f)));
        yield return Case("Gelu", g => g.Node("Gelu", "g", "c"), 20);
        yield return Case("Gelu by tanh", g => g.Node("Gelu", "g", "c", ("approximate", "tanh")), 20);
        yield return Case("Mish", g => g.Node("Mish", "g", "c"), 18);
        yield return Case("ReduceSum over rows", g => g.Integers("axes", 2).Node("ReduceSum", "r", "c axes").Node("Add", "g", "c r"));
        yield return Case("ReduceSum over channels and columns", g => g.Integers("axes", 1, -1).Node("ReduceSum", "r", "c axes")
            .Node("Add", "g", "c r"));
        yield return Case("ReduceMax over columns", g => g.Node("ReduceMax", "r", "c", ("axes", (long[])[3])).Node("Sub", "g", "c r"));
        yield return Case("ReduceMax over rows and columns", g => g.Node("ReduceMax", "r", "c", ("axes", (long[])[2, 3]))
            .Node("Sub", "g", "c r"));
        yield return Case("ReduceMin over all but the batch", g => g.Node("ReduceMin", "r", "c", ("axes", (long[])[1, 2, 3]))
            .Node("Sub", "g", "c r"));
        yield return Case("ReduceMean, axes as an input", g => g.Integers("axes", 1).Node("ReduceMean", "r", "c axes")
            .Node("Add", "g", "c r"), 18);
        yield return Case("ReduceL1, axes as an input", g => g.Integers("axes", 2, 3).Node("ReduceL1", "r", "c axes")
            .Node("Add", "g", "c r"), 18);
        yield return Case("ReduceSumSquare without keeping the axes", g => g
            .Node("ReduceSumSquare", "r", "c", ("axes", (long[])[2, 3]), ("keepdims", 0L))
            .Integers("back", 2, 3).Node("Unsqueeze", "u", "r back").Node("Add", "g", "c u"));
        yield return Case("ReduceLogSum", g => g.Node("Exp", "e", "c").Node("ReduceLogSum", "r", "e", ("axes", (long[])[1]))
            .Node("Add", "g", "c r"));
        yield return Case("a reduction of nothing", g => g.Node("ReduceSum", "r", "c", ("noop_with_empty_axes", 1L)).Node("Tanh", "g", "r"));
        yield return Case("layer normalisation by hand", g => g.Node("ReduceMean", "m", "c", ("axes", (long[])[1]))
            .Node("Sub", "o", "c m")
            .Floats("two", [], 2).Node("Pow", "q", "o two").Node("ReduceMean", "u", "q", ("axes", (long[])[1])).Floats("eps", [], 0.1f)
            .Node("Add", "z", "u eps").Node("Sqrt", "s", "z").Node("Div", "g", "o s"));
    }

    [TestCaseSource(nameof(Graphs))]
    public void An_operator_is_right_in_every_direction(object build, int opset, bool isSmooth)
    {
        TestGraph graph = new TestGraph(opset).Input("x", "N", 2, 5, 5).Random("w", 3, 2, 3, 3).Node("Conv", "c", "x w", Same);
        ((Action<TestGraph>)build)(graph);
        string path = graph.Random("v", 4, 3, 5, 5).Node("Conv", "d", "g v").Node("Flatten", "y", "d").Write(Folder);
        float[] image = TestGraph.Image(Elements);
        using OnnxModel model = OnnxModel.Load(path);
        Tensor<float> input = Numbers.Create(image, [1, 2, 5, 5]);
        (float[] expected, _) = OnnxRuntime.Run(path, image, [1, 2, 5, 5], "y");
        string[] all = [.. model.Network.Nodes.Select(node => node.Name), "x"];
        foreach (Device device in (Device[])[Device.Cpu(2), Device.Reference, Device.ReferenceDouble])
        {
            using PreparedNetwork prepared = model.Network.On(device);
            using ForwardRecord record = prepared.Forward(input, all);
            Assert.That(Relative(record.Scores, expected), Is.LessThan(1e-5), device.Name);
            float[] gradient = [.. record.Backward(Seed.Class(1), BackwardRule.Gradient)];
            Assert.That(Relative(gradient, Difference(model, image)), Is.LessThan(2e-4), $"gradient on {device.Name}");
            foreach (BackwardRule rule in BackwardRule.All)
            {
                if (isSmooth)
                {
                    Assert.That(record.Backward(Seed.Class(1), rule).SequenceEqual(gradient),
                        $"{rule.Name} on {device.Name}: no rectifier");
                }

                ProofReport proof = Proof.Of(record, Seed.Class(1), rule);
                Assert.That(proof.Rows.SelectMany(row => row.Faults ?? []), Is.Empty, $"proof by {rule.Name} on {device.Name}");
                foreach (string at in all[..^3])
                {
                    IReadOnlyList<TraceStep> trace = Trace.Backward(record, Seed.Class(1), rule, at, null, 1);
                    Assert.That(trace.All(step => step.AddsUp), $"trace at {at} by {rule.Name} on {device.Name}");
                }
            }

            foreach (string at in all[..^1])
            {
                IReadOnlyList<TraceStep> trace = Trace.Forward(record, Array.ConvertAll(image, value => (double)value), at, null, 1);
                Assert.That(trace.All(step => step.AddsUp), $"trace of {at} on {device.Name}");
            }
        }

        string exported = Folder.File("again.onnx");
        OnnxExport.Write(model.Network, exported);
        using OnnxModel again = OnnxModel.Load(exported);
        RoundTrip.RequireSameNumbers(model.Network, again.Network, Device.Cpu(2), within: 1e-5);
        RoundTrip.RequireSameInOnnxRuntime(path, exported);
    }

    [Test]
    public void Signals_of_several_seeds_travel_together_through_gates_and_reductions()
    {
        TestGraph graph = new TestGraph().Input("x", "N", 2, 5, 5).Random("w", 3, 2, 3, 3).Node("Conv", "c", "x w", Same);
        string path = Squeezed(graph).Node("Sigmoid", "s", "e").Node("Mul", "g", "c s").Node("ReduceMax", "m", "g", ("axes", (long[])[1]))
            .Node("ReduceL2", "l", "g", ("axes", (long[])[3])).Floats("b", [3, 1, 1], 0.2f, -0.3f, 0).Node("PRelu", "t", "g b")
            .Node("Add", "a", "t m").Node("Div", "q", "a l").Random("v", 4, 3, 5, 5).Node("Conv", "d", "q v").Node("Flatten", "y", "d")
            .Write(Folder);
        using OnnxModel model = OnnxModel.Load(path);
        using PreparedNetwork prepared = model.Network.On(Device.Cpu(2));
        using ForwardRecord record = prepared.Forward(Numbers.Create(TestGraph.Image(2 * Elements), [2, 2, 5, 5]));
        Seed[] seeds = [.. Enumerable.Range(0, 4).Select(Seed.Class)];
        float[] together = [.. record.Backward(seeds, BackwardRule.Guided)];
        float[] oneByOne = [.. seeds.SelectMany(seed => record.Backward(seed, BackwardRule.Guided))];
        Assert.That(TensorPrimitives.Distance<float>(together, oneByOne), Is.LessThan(1e-5 * TensorPrimitives.Norm<float>(oneByOne)));
    }

    [Test]
    public void A_gate_that_is_held_gets_no_signal()
    {
        float[] image = TestGraph.Image(Elements);
        using OnnxModel model = OnnxModel.Load(Gated());
        using PreparedNetwork prepared = model.Network.On(Device.Cpu(2));
        using ForwardRecord record = prepared.Forward(Numbers.Create(image, [1, 2, 5, 5]), "s");
        float[] held = [.. record.Backward(Seed.Class(1), RuleExpression.Parse("gradient,g=gate", model.Network))];
        float[] byType = [.. record.Backward(Seed.Class(1), RuleExpression.Parse("gradient,type:Mul=gate", model.Network))];
        float[] whole = [.. record.Backward(Seed.Class(1), BackwardRule.Gradient)];

        // The same network with the gate's numbers as a constant.
        float[] gate = [.. record.Activation("s")];
        float[] expected = Constant(model, record, gate, image);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Relative(held, expected), Is.LessThan(1e-5));
            Assert.That(byType, Is.EqualTo(held), "the square has no gate and is differentiated");
            Assert.That(Relative(held, whole), Is.GreaterThan(1e-3), "the gate matters");
            Assert.That(() => RuleExpression.Parse("gradient,h=gate", model.Network), Throws.TypeOf<NetViz.Engine.NetVizException>()
                .With.Message.Contains("the product 'h' has one factor"));
            Assert.That(Passages(prepared, record), Is.EqualTo(new[] { ("g", "R_x = g R_{n+1},  R_g = 0") }), "what step says");
            Assert.That(() => RuleExpression.Parse("gradient,type:Relu=gate", model.Network), Throws.TypeOf<NetViz.Engine.NetVizException>()
                .With.Message.Contains("is no product"));
        }
    }

    [Test]
    public void Both_inputs_of_a_product_travel_in_an_exported_record()
    {
        using OnnxModel model = OnnxModel.Load(Gated());
        using PreparedNetwork prepared = model.Network.On(Device.Cpu(2));
        Tensor<float> input = Numbers.Create(TestGraph.Image(Elements), [1, 2, 5, 5]);
        using ForwardRecord record = prepared.Forward(input);
        using var stream = new MemoryStream();
        record.Export().Save(stream);
        stream.Position = 0;
        PortableRecord portable = PortableRecord.Load(stream);
        using ForwardRecord again = prepared.Import(portable);
        PortableLayer product = portable.Layers.Single(layer => layer.Layer == "g");
        PortableLayer square = portable.Layers.Single(layer => layer.Layer == "h");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Backward(Seed.Class(1), BackwardRule.Gradient)
                .SequenceEqual(record.Backward(Seed.Class(1), BackwardRule.Gradient)));
            Assert.That((product.Input.Length, product.SecondInput.Length), Is.EqualTo((75, 3)));
            Assert.That(square.SecondInput, Is.EqualTo(square.Input));

            // x of Tanh and Sigmoid, the product's two factors, of which c and s, and g, each once.
            Assert.That(record.KeptBytes, Is.EqualTo((2 + 3 + 75 + 3 + 75) * sizeof(float)));
        }
    }

    [Test]
    public void What_a_held_gate_changes_is_told_by_the_layers_that_hold_one()
    {
        using OnnxModel model = OnnxModel.Load(Gated());
        using PreparedNetwork prepared = model.Network.On(Device.ReferenceDouble);
        Tensor<float> input = Numbers.Create(TestGraph.Image(Elements), [1, 2, 5, 5]);
        using ForwardRecord record = prepared.Forward(input, [.. model.Network.Nodes.Select(node => node.Name), "x"]);
        BackwardRule held = RuleExpression.Parse("gradient,type:Mul=gate", model.Network);
        RuleDifference difference = RuleDifference.Of(record, Seed.Class(1), BackwardRule.Gradient, held);
        IReadOnlyList<TraceStep> trace = Trace.Backward(record, Seed.Class(1), held, "s", 1, 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(difference.Terms.Select(term => term.Node.Name), Is.EqualTo(new[] { "g" }));
            Assert.That(difference.Norm, Is.GreaterThan(0));
            Assert.That(difference.RelativeError, Is.LessThan(1e-12));
            Assert.That(difference.RelativeErrorByItself, Is.LessThan(1e-12));
            Assert.That(trace[0].Parts.Single().Equation, Does.Contain("holds the gate fixed"));
            Assert.That((trace[0].Engine, trace[0].Sum), Is.EqualTo((0.0, 0.0)));
            Assert.That(Proof.Of(record, Seed.Class(1), held).Holds);
            Assert.That(Proof.Of(record, Seed.Class(1)).Conclusion, Does.Contain("all rules take the derivative at Mul, Sigmoid, Tanh; "
                + "type:Mul=gate holds 1 gate fixed"));
        }
    }

    [Test]
    public void The_ledger_and_the_linear_region_know_what_is_curved()
    {
        using OnnxModel model = OnnxModel.Load(Gated());
        using PreparedNetwork prepared = model.Network.On(Device.ReferenceDouble);
        float[] image = TestGraph.Image(Elements);
        using ForwardRecord record = prepared.Forward(Numbers.Create(image, [1, 2, 5, 5]), TaylorLedger.Keeps(model.Network));
        Assert.That(TaylorLedger.Of(record, [1])[0].Curved, Is.EquivalentTo(new[] { "r", "s", "g", "h" }));
    }

    [Test]
    public void A_reduction_over_the_batch_is_refused_by_name()
    {
        string path = new TestGraph().Input("x", 2, 3, 4, 4).Node("ReduceSum", "y", "x").Write(Folder);
        Assert.That(() => OnnxModel.Load(path), Throws.TypeOf<NetViz.Engine.NetVizException>()
            .With.Message.Contains("node 'y' (ReduceSum)").And.Message.Contains("axis 0 is the batch"));
    }

    [Test]
    public void Slopes_that_do_not_fit_are_refused_by_name()
    {
        string path = new TestGraph().Input("x", "N", 3, 4, 4).Floats("s", [3], 1, 2, 3).Node("PRelu", "y", "x s").Write(Folder);
        Assert.That(() => OnnxModel.Load(path), Throws.TypeOf<NetViz.Engine.NetVizException>()
            .With.Message.Contains("node 'y' (PRelu)").And.Message.Contains("[C, 1, 1]"));
        using OnnxModel old = OnnxModel.Load(new TestGraph(6).Input("x", "N", 3, 4, 4).Floats("s", [3], 1, 2, 3)
            .Node("PRelu", "p", "x s").Node("GlobalAveragePool", "a", "p").Node("Flatten", "y", "a").Write(Folder));
        Assert.That(old.Network.Nodes[0].Layer, Is.TypeOf<PRelu>());
    }

    private static IEnumerable<(string, string)> Passages(PreparedNetwork prepared, ForwardRecord record)
    {
        BackwardRule held = RuleExpression.Parse("gradient,type:Mul=gate", prepared.Network);
        var walk = new Descent(record, Seed.Class(1), held);
        for (; walk.Passage is { } passage; walk.Down())
            if (passage.Gate is not null) yield return (passage.Node.Name, passage.Equation.Equation);
    }

    // The gate g held at its numbers: y = v (g . (c s))^2, by the layers of the network itself.
    private static float[] Constant(OnnxModel model, ForwardRecord record, float[] gate, float[] image)
    {
        Network network = model.Network;
        var builder = new NetworkBuilder("held", network.Input);
        foreach (Node node in network.Nodes)
        {
            if (node.Name is "p" or "k" or "r" or "e" or "s") continue;
            if (node.Name == "g")
            {
                builder.Add(new Affine("g", "Mul", gate, new NetViz.Kernels.Shape(1, 3, 1, 1), default, new NetViz.Kernels.Shape()),
                    ["c"], "g");
            }
            else builder.Add(node.Layer, [.. node.Inputs.Select(network.NameOf)], node.Name);
        }

        using PreparedNetwork prepared = builder.Build().On(Device.Cpu(2));
        using ForwardRecord held = prepared.Forward(Numbers.Create(image, [1, 2, 5, 5]));
        Assert.That(Relative(held.Scores, [.. record.Scores]), Is.LessThan(1e-6));
        return [.. held.Backward(Seed.Class(1), BackwardRule.Gradient)];
    }

    private string Gated()
    {
        TestGraph graph = new TestGraph().Input("x", "N", 2, 5, 5).Random("w", 3, 2, 3, 3).Node("Conv", "c", "x w", Same);
        return Squeezed(graph).Node("Sigmoid", "s", "e").Node("Mul", "g", "c s").Node("Mul", "h", "g g").Random("v", 4, 3, 5, 5)
            .Node("Conv", "d", "h v").Node("Flatten", "y", "d").Write(Folder);
    }

    private static TestGraph Squeezed(TestGraph graph) => graph.Node("GlobalAveragePool", "p", "c").Random("w1", 2, 3, 1, 1)
        .Node("Conv", "k", "p w1").Node("Tanh", "r", "k").Random("w2", 3, 2, 1, 1).Node("Conv", "e", "r w2");

    private static TestCaseData Case(string name, Action<TestGraph> build, int opset = 13, bool isSmooth = true) =>
        new TestCaseData(build, opset, isSmooth).SetArgDisplayNames(name);

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
