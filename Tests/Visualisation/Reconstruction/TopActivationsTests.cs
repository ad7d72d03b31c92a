using NetViz.Visualisation.Reconstruction;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Reconstruction;

/// <summary>The strongest activations over many pictures.</summary>
public class TopActivationsTests
{
    [Test]
    public void Keeps_the_best_of_each_map_as_sorting_all_would()
    {
        var random = new Random(7);
        var top = new TopActivations(3, 4);
        var all = new List<ActiveUnit>();
        for (int picture = 0; picture < 50; picture++)
        {
            // Whole numbers, so that there are ties.
            float[] maps = [.. Enumerable.Range(0, 3 * 6).Select(_ => (float)random.Next(-5, 9))];
            top.Add(picture, maps, 3);
            for (int c = 0; c < 3; c++)
            {
                int at = Enumerable.Range(0, 6).MaxBy(i => maps[6 * c + i]);
                all.Add(new ActiveUnit(picture, c, at / 3, at % 3, maps[6 * c + at]));
            }
        }

        for (int c = 0; c < 3; c++)
            Assert.That(top.Of(c), Is.EqualTo(all.Where(u => u.C == c && u.Value > 0).OrderByDescending(u => u.Value).Take(4)));
    }

    [Test]
    public void What_is_not_above_0_is_left_out()
    {
        var top = new TopActivations(2, 9);
        top.Add(0, [0, -1, float.NaN, float.NaN], 2);
        top.Add(1, [0, 2, 0, 0], 2);
        Assert.That(top.Of(0), Is.EqualTo([new ActiveUnit(1, 0, 0, 1, 2)]));
        Assert.That(top.Of(1), Is.Empty);
        Assert.That(TopActivations.Within(5, [1, 3, -1, 3], 2, 2),
            Is.EqualTo([new ActiveUnit(0, 5, 0, 1, 3), new ActiveUnit(0, 5, 1, 1, 3)]));
        Assert.That(() => top.Add(2, [1, 2, 3], 1), Throws.ArgumentException);
    }
}
