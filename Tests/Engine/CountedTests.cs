using NetViz.Engine;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

public class CountedTests
{
    [TestCase(0, "class", "0 classes")]
    [TestCase(1, "class", "1 class")]
    [TestCase(2, "class", "2 classes")]
    [TestCase(1, "axis", "1 axis")]
    [TestCase(5, "axis", "5 axes")]
    [TestCase(3, "switch", "3 switches")]
    [TestCase(3, "box", "3 boxes")]
    [TestCase(2, "branch", "2 branches")]
    [TestCase(2, "epoch", "2 epochs")]
    [TestCase(1, "picture", "1 picture")]
    [TestCase(-1, "thread", "-1 threads")]
    public void A_count_has_its_noun(long count, string noun, string text) =>
        Assert.That(Counted.Of(count, noun), Is.EqualTo(text));

    [Test]
    public void A_count_may_have_separators() => Assert.That(Counted.Of(1_234_567, "bit", "N0"), Is.EqualTo("1,234,567 bits"));

    [TestCase(0, "are")]
    [TestCase(1, "is")]
    [TestCase(7, "are")]
    public void A_word_follows_its_count(long count, string form) =>
        Assert.That(Counted.Form(count, "is", "are"), Is.EqualTo(form));

    [TestCase(-0.0, "0.000", "0.000")]
    [TestCase(-0.0004, "0.000", "0.000")]
    [TestCase(-0.0006, "0.000", "-0.001")]
    [TestCase(-0.0, "g9", "0")]
    [TestCase(-1e-9, "g3", "-1e-09")]
    [TestCase(-0.0, "0.0e-0", "0.0e0")]
    [TestCase(double.NegativeInfinity, "0.0", "-∞")]
    [TestCase(double.NaN, "0.0", "NaN")]
    public void What_rounds_to_zero_has_no_sign(double value, string format, string text) =>
        Assert.That(NumberText.Fixed(value, format), Is.EqualTo(text).Or.EqualTo(text.Replace("∞", "Infinity")));
}
