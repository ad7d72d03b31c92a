using NetViz.Engine;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

public class CounterRandomTests
{
    [Test]
    public void Any_part_comes_out_as_in_the_whole()
    {
        var random = new CounterRandom(7, 3);
        var whole = new float[1000];
        var part = new float[300];
        random.Fill(0, 1, whole);
        random.Fill(500, 1, part);
        Assert.That(part, Is.EqualTo(whole[500..800]));
    }

    [Test]
    public void Numbers_have_the_wanted_mean_and_deviation()
    {
        var values = new float[1_000_000];
        new CounterRandom(1, 0).Fill(0, 0.25, values);
        double mean = values.Average(), deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        Assert.That(mean, Is.EqualTo(0).Within(0.001));
        Assert.That(deviation, Is.EqualTo(0.25).Within(0.001));
    }

    [Test]
    public void Streams_and_seeds_are_unrelated()
    {
        float[][] streams = [.. new (ulong, ulong)[] { (1, 0), (1, 1), (2, 0), (0, 0) }.Select(key =>
        {
            var values = new float[100_000];
            new CounterRandom(key.Item1, key.Item2).Fill(0, 1, values);
            return values;
        })];
        for (int a = 0; a < streams.Length; a++)
        {
            for (int b = a + 1; b < streams.Length; b++)
            {
                double correlation = streams[a].Zip(streams[b], (x, y) => (double)x * y).Average();
                Assert.That(correlation, Is.EqualTo(0).Within(0.02), $"streams {a} and {b}");
            }
        }
    }
}
