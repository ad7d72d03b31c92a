using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Kernels.Gpu;
using NetViz.Training;
using NUnit.Framework;

namespace NetViz.Tests.Training;

/// <summary>Training with the network on a GPU; the optimiser stays on the host.</summary>
[TestFixtureSource(typeof(GpuBackEnd), nameof(GpuBackEnd.Platforms))]
public class TrainerOnGpuTests(GpuPlatform platform)
{
    private static readonly LabelledImages Pictures = Blobs.Make(80, 1), Others = Blobs.Make(20, 2);

    private static readonly TrainingConfig Config = Blobs.Config with { Epochs = 2 };

    [Test]
    public void A_network_learns_as_on_the_processor()
    {
        IReadOnlyList<EpochLog> here = Trained(null).Log, there = Trained(GpuBackEnd.DeviceOf(platform)).Log;
        using (Assert.EnterMultipleScope())
        {
            for (int epoch = 0; epoch < Config.Epochs; epoch++)
            {
                // Rounding alone parts the two: 1e-5 in a step, which a dozen steps make larger.
                Assert.That(there[epoch].TrainingLoss, Is.EqualTo(here[epoch].TrainingLoss).Within(0.1).Percent);
                Assert.That(there[epoch].GradientNorm, Is.EqualTo(here[epoch].GradientNorm).Within(1).Percent);
                Assert.That(there[epoch].ValidationLoss, Is.EqualTo(here[epoch].ValidationLoss).Within(1).Percent);
            }
        }
    }

    [Test]
    public void The_same_options_give_the_same_network()
    {
        float[] once = Trained(GpuBackEnd.DeviceOf(platform)).State, again = Trained(GpuBackEnd.DeviceOf(platform)).State;
        Assert.That(again, Is.EqualTo(once));
    }

    [Test]
    public void A_batch_that_does_not_fit_is_told_of()
    {
        GpuBackEnd.Require(platform);
        Device small = Device.Custom("small", () => new GpuKernels(GpuDevices.Open(platform, memoryLimit: 300_000)));
        Assert.That(() => new Trainer(Config with { Batch = 80 }, Pictures, device: small), Throws.TypeOf<NetVizException>()
            .With.Message.Contains("out of memory").And.Property(nameof(NetVizException.Hint)).Contains("`Batch`"));
    }

    private static (IReadOnlyList<EpochLog> Log, float[] State) Trained(Device? device)
    {
        using var trainer = new Trainer(Config, Pictures, Others, device: device);
        trainer.Run();
        return (trainer.Log, [.. trainer.Save().Tensors.SelectMany(tensor => tensor.Values)]);
    }
}
