using NetViz.Visualisation.Evaluation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Evaluation;

/// <summary>McNemar's exact test against probabilities of the binomial distribution worked out apart.</summary>
public class PairedComparisonTests
{
    // scipy.stats.binomtest(min, n).pvalue
    [TestCase(0, 0, 1.0)]
    [TestCase(5, 5, 1.0)]
    [TestCase(0, 5, 0.0625)]
    [TestCase(10, 2, 0.03857421875)]
    [TestCase(215, 140, 8.113e-05)]
    [TestCase(3000, 2000, 1.300e-45)]
    public void The_probability_is_the_binomial_distributions(int first, int second, double p)
    {
        Assert.That(new PairedComparison(first, second).P, Is.EqualTo(p).Within(1).Percent);
        Assert.That(new PairedComparison(second, first).P, Is.EqualTo(new PairedComparison(first, second).P));
    }

    [Test]
    public void Only_what_differs_counts()
    {
        PairedComparison pair = default;
        foreach ((bool first, bool second) in new[] { (true, true), (true, false), (true, false), (false, true), (false, false) })
            pair = pair.With(first, second);
        Assert.That(pair, Is.EqualTo(new PairedComparison(2, 1)));
    }
}
