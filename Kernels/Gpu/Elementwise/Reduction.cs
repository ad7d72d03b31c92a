using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// Sums and maxima over a group by a tree in shared memory: neither atomics nor shuffles, so that it runs everywhere, and always
/// in the same order.
/// </summary>
internal static class Reduction
{
    /// <summary>Threads of a group that reduces.</summary>
    public const int Threads = 256;

    /// <summary>The sum of the threads' values, known to all of them. All threads of the group must come here.</summary>
    public static float Sum(float value)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Threads);
        shared[Group.IdxX] = value;
        Group.Barrier();
        for (int half = Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half) shared[Group.IdxX] += shared[Group.IdxX + half];
            Group.Barrier();
        }

        float sum = shared[0];
        Group.Barrier();
        return sum;
    }

    /// <summary>The greatest of the threads' values, known to all of them. NaN where one is NaN.</summary>
    public static float Max(float value)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Threads);
        shared[Group.IdxX] = value;
        Group.Barrier();
        for (int half = Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                float other = shared[Group.IdxX + half], own = shared[Group.IdxX];
                shared[Group.IdxX] = own >= other || float.IsNaN(own) ? own : other;
            }

            Group.Barrier();
        }

        float max = shared[0];
        Group.Barrier();
        return max;
    }
}
