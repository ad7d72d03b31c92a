using ILGPU;

namespace NetViz.Kernels.Gpu;

/// <summary>
/// A factor that lies in memory in rows along i, of a multiple of four: element (k, i) of batch z at z StrideZ + k I + i.
/// </summary>
internal struct MatrixOperand : IOperand
{
    public ArrayView<float> View;
    public int K, I, StrideZ;

    /// <summary>Batches of [k, i], or the same one for all.</summary>
    public static MatrixOperand Of(ArrayView<float> view, int k, int i, int strideZ = 0) => new()
    {
        View = view, K = k, I = i, StrideZ = strideZ,
    };

    public static bool Gathers => false;

    public readonly Float4 Load(int z, int k, int i)
    {
        if (k >= K || i >= I) return default;
        return View.Cast<Float4>()[(z * StrideZ + k * I + i) / 4];
    }
}

/// <summary>A factor that lies in memory anyhow: element (k, i) of batch z at z StrideZ + k StrideK + i StrideI.</summary>
internal struct StridedOperand : IOperand
{
    public ArrayView<float> View;
    public int K, I, StrideZ, StrideK, StrideI;

    /// <summary>1 where four elements along i are one aligned load of 128 bits.</summary>
    public int IsAligned;

    /// <summary>A matrix whose rows are along i, or along k.</summary>
    public static StridedOperand Of(ArrayView<float> view, int k, int i, int strideK, int strideI, int strideZ = 0) => new()
    {
        View = view, K = k, I = i, StrideZ = strideZ, StrideK = strideK, StrideI = strideI,
        IsAligned = strideI == 1 && (i | strideK | strideZ) % 4 == 0 ? 1 : 0,
    };

    public static bool Gathers => true;

    public readonly Float4 Load(int z, int k, int i)
    {
        if (k >= K || i >= I) return default;
        int at = z * StrideZ + k * StrideK + i * StrideI;
        if (IsAligned != 0) return View.Cast<Float4>()[at / 4];
        return new Float4(View[at], i + 1 < I ? View[at + StrideI] : 0f, i + 2 < I ? View[at + 2 * StrideI] : 0f,
            i + 3 < I ? View[at + 3 * StrideI] : 0f);
    }
}
