using NetViz.Engine;
using NetViz.Training;
using NUnit.Framework;

namespace NetViz.Tests.Training;

public class TrainerTests
{
    private static readonly LabelledImages Pictures = Blobs.Make(170, 1), Others = Blobs.Make(100, 2);

    [Test]
    public void A_small_network_learns_to_tell_pictures_apart()
    {
        using var trainer = new Trainer(Blobs.Config with { Epochs = 8, Mixup = 0 }, Pictures, Others);
        Assert.That(trainer.Evaluate(Others).Top1, Is.LessThan(0.6), "before");
        trainer.Run();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trainer.Log.Select(epoch => epoch.Epoch), Is.EqualTo(Enumerable.Range(1, 8)));
            Assert.That(trainer.Log[^1].TrainingLoss, Is.LessThan(trainer.Log[0].TrainingLoss));
            Assert.That(trainer.Log[^1].ValidationTop1, Is.GreaterThan(0.95));
            Assert.That(trainer.Log[^1].ValidationTop5, Is.EqualTo(1), "of four classes each is among the first five");
            Assert.That(trainer.Log[^1].LearningRate, Is.LessThan(0.01).And.GreaterThan(0));
        }
    }

    [Test]
    public void Threads_do_not_matter()
    {
        Assert.That(Trained(2), Is.EqualTo(Trained(1)));

        static float[] Trained(int threads)
        {
            using var trainer = new Trainer(Blobs.Config with { Epochs = 2 }, Pictures, null, threads);
            trainer.Run();
            return StateOf(trainer);
        }
    }

    [Test]
    public void It_ends_between_steps_when_it_is_cancelled()
    {
        using var trainer = new Trainer(Blobs.Config with { Epochs = 2 }, Pictures, Others);
        using var cancelled = new CancellationTokenSource();
        int steps = 0;
        Assert.That(() => trainer.Run(_ =>
        {
            if (++steps == 2) cancelled.Cancel();
        }, token: cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(steps, Is.EqualTo(2));
        Assert.That(() => trainer.Evaluate(Others, cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(trainer.Log, Is.Empty);
    }

    [TestCase(0.9)]
    [TestCase(0)]
    public void An_interruption_changes_no_bit(double averageDecay)
    {
        TrainingConfig config = Blobs.Config with { AverageDecay = averageDecay };
        using var folder = new TemporaryFolder();
        string path = folder.File("a.checkpoint");
        using var whole = new Trainer(config, Pictures, Others);
        whole.Run(epochEnded: epoch =>
        {
            if (epoch.Epoch == 2) whole.Save().Write(path);
        });
        using var resumed = new Trainer(config, Pictures, Others);
        resumed.Restore(Checkpoint.Read(path), path);
        Assert.That(resumed.Log, Has.Count.EqualTo(2));
        resumed.Run();
        Assert.That(StateOf(resumed), Is.EqualTo(StateOf(whole)));
        Assert.That(resumed.Log.Select(WithoutTimes), Is.EqualTo(whole.Log.Select(WithoutTimes)));
    }

    [Test]
    public void Each_seed_has_its_own_network()
    {
        Assert.That(Trained(2), Is.Not.EqualTo(Trained(1)));

        static float[] Trained(ulong seed)
        {
            using var trainer = new Trainer(Blobs.Config with { Epochs = 1, Seed = seed }, Pictures);
            trainer.Run();
            return StateOf(trainer);
        }
    }

    [Test]
    public void Progress_counts_steps()
    {
        using var trainer = new Trainer(Blobs.Config with { Epochs = 2 }, Pictures);
        var told = new List<TrainingProgress>();
        trainer.Run(told.Add);
        // 170 pictures are ten whole batches of 16.
        Assert.That(told.Select(now => (now.Epoch, now.Step, now.Steps)),
            Is.EqualTo(Enumerable.Range(0, 20).Select(i => (i / 10 + 1, i % 10 + 1, 10))));
        Assert.That(told[^1].Remaining, Is.EqualTo(TimeSpan.Zero));
        Assert.That(told[0].Remaining, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public void A_loss_beyond_all_bounds_is_told()
    {
        using var trainer = new Trainer(Blobs.Config with { LearningRate = 1000, Clip = 0, WarmupEpochs = 0, WeightDecay = 1,
            Architecture = Blobs.Config.Architecture with { BatchNorm = false } }, Pictures);
        Assert.That(() => trainer.Run(),
            Throws.TypeOf<NetVizException>().With.Message.StartsWith("the loss grew beyond all bounds in epoch "));
    }

    [Test]
    public void One_picture_is_no_batch() =>
        Assert.That(() => new Trainer(Blobs.Config, Blobs.Make(1, 1)),
            Throws.TypeOf<NetVizException>().With.Message.Contains("a batch needs at least 2"));

    [Test]
    public void A_checkpoint_of_another_training_is_refused()
    {
        using var trainer = new Trainer(Blobs.Config, Pictures, Others);
        Checkpoint checkpoint = trainer.Save();
        using var faster = new Trainer(Blobs.Config with { LearningRate = 0.5 }, Pictures, Others);
        Assert.That(() => faster.Restore(checkpoint, "a.checkpoint"), Throws.TypeOf<NetVizException>().With.Message
            .StartsWith("a.checkpoint is of another configuration: learningRate 0.05 and 0.5 now"));
        using var onOthers = new Trainer(Blobs.Config, Others, Pictures);
        Assert.That(() => onOthers.Restore(checkpoint, "a.checkpoint"), Throws.TypeOf<NetVizException>().With.Message
            .StartsWith("a.checkpoint is of other pictures"));
        var without = new Checkpoint(checkpoint.Config, checkpoint.Data, checkpoint.Log, [.. checkpoint.Tensors.Skip(1)]);
        Assert.That(() => trainer.Restore(without, "a.checkpoint"), Throws.TypeOf<NetVizException>().With.Message
            .Contains("other tensors"));
    }

    private static float[] StateOf(Trainer trainer) => [.. trainer.Save().Tensors.SelectMany(tensor => tensor.Values)];

    private static EpochLog WithoutTimes(EpochLog epoch) => epoch with { Seconds = 0, ImagesPerSecond = 0 };
}
