using NetViz.Training;
using NUnit.Framework;

namespace NetViz.Tests.Training;

public class LearningRateScheduleTests
{
    [TestCase(0, 0.25)]
    [TestCase(1, 0.5)]
    [TestCase(3, 1)]
    [TestCase(4, 1)]
    [TestCase(8, 0.55)]
    [TestCase(12, 0.1)]
    [TestCase(1000, 0.1)]
    public void Rises_linearly_and_falls_along_a_cosine(long step, double rate) =>
        Assert.That(new LearningRateSchedule(1, 0.1, 4, 12).At(step), Is.EqualTo(rate).Within(1e-12));

    [Test]
    public void Needs_no_warm_up()
    {
        var schedule = new LearningRateSchedule(2, 0, 0, 3);
        Assert.That(schedule.At(0), Is.EqualTo(2));
        // (1 + cos(pi / 3)) / 2 = 3/4.
        Assert.That(schedule.At(1), Is.EqualTo(1.5).Within(1e-12));
    }
}
