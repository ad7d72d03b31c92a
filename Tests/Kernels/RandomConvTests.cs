using NetViz.Kernels;
using NetViz.Kernels.Reference;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>
/// Convolutions of random geometry in all three directions, one after the other on the same back-ends, so that each finds
/// what the last one left in working memory.
/// </summary>
public class RandomConvTests
{
    [Test, Category(GpuCategoryAttribute.Gpu)]
    public void Random_convolutions_agree_with_the_definition([Range(0, 6)] int seed)
    {
        var random = new Random(seed);
        using var definition = new ReferenceKernels<double>();
        (BackEnd BackEnd, IKernels Kernels)[] all = [.. BackEnd.All.Select(backEnd => (backEnd, backEnd.Create()))];
        for (int k = 0; k < 40; k++)
        {
            ConvShape shape = Draw(random, $"{seed} {k}");
            foreach (Operation operation in new[] { ConvTable.Conv(shape), WeightGradientTable.Conv(shape) })
            {
                Outcome expected = operation.Run(definition);
                foreach ((BackEnd backEnd, IKernels kernels) in all)
                {
                    // A GPU under test may be a processor in disguise, which is slow.
                    if (backEnd.IsGpu && k % 4 != 0) continue;
                    Outcome found = operation.Run(kernels);
                    double bound = Math.Max(operation.Bound, backEnd.ConvBound);
                    string where = $"{backEnd} {operation} {shape.Window}, groups {shape.Groups}";
                    Assert.That(Numbers.RelativeError(found.Output, expected.Output), Is.LessThan(bound), where);
                    for (int i = 0; i < operation.Inputs.Length; i++)
                    {
                        Assert.That(Numbers.RelativeError(found.InputSignals[i], expected.InputSignals[i]), Is.LessThan(bound),
                            where);
                    }
                }
            }
        }

        foreach ((_, IKernels kernels) in all) kernels.Dispose();
    }

    /// <summary>Half of them 3x3 of stride 1, as the transforms want them; the other half anything.</summary>
    private static ConvShape Draw(Random random, string name)
    {
        while (true)
        {
            bool plain = random.Next(2) == 0;
            int groups = plain || random.Next(3) > 0 ? 1 : random.Next(2, 4);
            int c = groups * random.Next(1, plain ? 40 : 9), o = groups * random.Next(1, plain ? 40 : 20);
            var window = new Window(plain ? 3 : random.Next(1, 6), plain ? 3 : random.Next(1, 6))
            {
                StrideH = plain ? 1 : random.Next(1, 4),
                StrideW = plain ? 1 : random.Next(1, 4),
                DilationH = plain ? 1 : random.Next(1, 3),
                DilationW = plain ? 1 : random.Next(1, 3),
                PadTop = random.Next(4),
                PadLeft = random.Next(4),
                PadBottom = random.Next(4),
                PadRight = random.Next(4),
            };
            var shape = new ConvShape(name, random.Next(1, 6), c, random.Next(1, 15), random.Next(1, 20), o, window, groups,
                random.Next(2) == 0);
            if (shape.Geometry.OH > 0 && shape.Geometry.OW > 0) return shape;
        }
    }
}
