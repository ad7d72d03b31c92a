using NetViz.Kernels.Cpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>
/// In steady state the operations of VGG, AlexNet and SqueezeNet allocate no managed memory, up, down and in training.
/// </summary>
public class AllocationTests
{
    private static readonly Operation[] Operations =
    [
        .. ConvTable.All.Where(o => o.IsSmall), .. FullyConnectedTable.All.Where(o => o.IsSmall),
        .. PoolTable.All, .. ElementwiseTable.All, .. BatchNormalizationTable.All,
        .. MovementTable.All.Where(o => !o.Name.StartsWith("Pad", StringComparison.Ordinal)),

        // Their way back prepares weights, which allocates.
        .. WeightGradientTable.All.Where(o => o.IsSmall).Select(o => o with { Backward = _ => { } }),
    ];

    [Test]
    public void A_repeated_call_allocates_nothing([Values(1, 2)] int threads)
    {
        using var kernels = new CpuKernels(threads);
        using (Assert.EnterMultipleScope())
        {
            foreach (Operation operation in Operations)
            {
                (long up, long down) = operation.AllocatedBy(kernels);
                Assert.That((up, down), Is.EqualTo((0L, 0L)), operation.Name);
            }
        }
    }
}
