using NetViz.Engine.Execution;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

public class ClassRankTests
{
    [TestCase(new[] { 3f, 9f, 5f }, 1, 0)]
    [TestCase(new[] { 3f, 9f, 5f }, 0, 2)]
    [TestCase(new[] { 1f, 1f, 1f }, 0, 0, Description = "of equal scores the lower index comes first")]
    [TestCase(new[] { 1f, 1f, 1f }, 2, 2)]
    [TestCase(new[] { 1f, float.NaN, 0f }, 1, 3, Description = "a NaN of its own puts a class behind all")]
    [TestCase(new[] { 5f, float.NaN, 0f }, 0, 1, Description = "a NaN elsewhere counts against it")]
    [TestCase(new[] { float.NegativeInfinity, float.PositiveInfinity, 0f }, 1, 0)]
    public void CountsTheClassesBefore(float[] scores, int own, int rank) =>
        Assert.That(ClassRank.Of(scores, own), Is.EqualTo(rank));
}
