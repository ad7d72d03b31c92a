using System.Numerics.Tensors;
using NetViz.Engine.Execution;
using NetViz.Engine.Rules;
using NetViz.Visualisation;
using NetViz.Weights;
using NUnit.Framework;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Tests.Engine.Ties;

/// <summary>
/// Signals on pictures full of ties against PyTorch's in float64 (Tests/Fixtures/Ties), on every back-end at its defaults.
/// </summary>
public class PyTorchTieTests
{
    private static IEnumerable<TestCaseData> Cases =>
        from device in Devices.All
        where device.Arguments[0] is Device { Name: not "reference" }
        from picture in (string[])["halves", "checker-16", "disc-on-white"]
        select new TestCaseData(device.Arguments[0], picture).SetArgDisplayNames(((Device)device.Arguments[0]!).Name, picture);

    [TestCaseSource(nameof(Cases))]
    public void The_three_rules_are_PyTorchs_in_float64(Device device, string picture)
    {
        using OnnxModel model = OnnxModel.Load(DefaultModel.Path);
        using PreparedNetwork prepared = model.Network.On(device);
        (float[] pixels, _) = model.RequirePreprocessing().Apply(TiePictures.Draw(picture, 64, 64));
        using ForwardRecord record = prepared.Forward(Numbers.Create(pixels, [1, 3, 64, 64]));
        int best = (int)Numbers.IndexOfMax<float>(record.Scores);
        using (Assert.EnterMultipleScope())
        {
            foreach (BackwardRule rule in BackwardRule.All)
            {
                Tensor<float> expected =
                    Npy.Read(RepositoryRoot.File("Tests", "Fixtures", "Ties", $"{picture}.{rule.Name.ToLowerInvariant()}.npy"));
                double difference = (double)Numbers.Distance<float>(record.Backward(Seed.Class(best), rule), expected)
                    / Numbers.Norm<float>(expected);
                Assert.That(difference, Is.InRange(0.0, 1e-3), rule.Name);
            }
        }
    }
}
