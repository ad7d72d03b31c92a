using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation.Evaluation;
using NetViz.Weights;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Visualisation.Evaluation;

/// <summary>Fully connected layers that slide over larger images.</summary>
public class SlidingNetworkTests
{
    [TestCase("gradient")]
    [TestCase("deconvnet")]
    [TestCase("lrp.epsilon-plus")]
    public void An_image_of_the_own_size_has_the_scores_and_signals_of_the_network(string rule)
    {
        using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx"));
        Shape own = model.Network.Input.ShapeFor(1), larger = own.WithBatch(1);
        larger = new Shape(1, own.C, 2 * own.H, 2 * own.W);
        SlidingNetwork sliding = SlidingNetwork.Of(model.Network, own, larger);
        using PreparedNetwork plain = model.Network.On(Device.Parse("cpu", 1)), slid = sliding.Network.On(Device.Parse("cpu", 1));
        var values = new float[own.Count];
        new Engine.CounterRandom(3, 4).Fill(0, 1, values);
        nint[] lengths = [.. own.Lengths.ToArray().Select(length => (nint)length)];
        using ForwardRecord a = plain.Forward(Numbers.Create(values, lengths)), b = slid.Forward(Numbers.Create(values, lengths));
        BackwardRule parsed = RuleExpression.Parse(rule, model.Network);
        float[] signal = Flat(a.Backward(Seed.Class(2), parsed)), same = Flat(b.Backward(Seed.Class(2), sliding.RuleOf(parsed)));
        float peak = signal.Max(Math.Abs);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(b.ScoresOf(0), Is.EqualTo(a.ScoresOf(0)).Within(1e-4f));
            Assert.That(same, Is.EqualTo(signal).Within(1e-3f * peak));
            Assert.That(sliding.Network.InferShapes(larger)[sliding.Network.ScoreTensor].Rank, Is.EqualTo(2));
        }
    }

    private static float[] Flat(System.Numerics.Tensors.Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }
}
