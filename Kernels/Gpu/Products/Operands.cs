using System.Runtime.InteropServices;

namespace NetViz.Kernels.Gpu;

// What a product C(m, n) = sum over k of A(k, m) B(k, n), of a batch z of them, reads and writes, as type parameters: a
// convolution is one whose B gathers from the image, whichever its direction, and whatever core multiplies.

/// <summary>Four floats that lie together: a load or store of 128 bits.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly struct Float4(float x, float y, float z, float w)
{
    public readonly float X = x, Y = y, Z = z, W = w;
}

/// <summary>Two floats that lie together: a load or store of 64 bits.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly struct Float2(float x, float y)
{
    public readonly float X = x, Y = y;
}

/// <summary>A factor of a product.</summary>
internal interface IOperand
{
    /// <summary>
    /// Whether computing an element's address needs enough registers that fewer groups should share a multiprocessor.
    /// </summary>
    static abstract bool Gathers { get; }

    /// <summary>
    /// Elements (k, i), (k, i + 1), (k, i + 2), (k, i + 3) of batch z; 0 if there is none. i is a multiple of 4.
    /// </summary>
    Float4 Load(int z, int k, int i);
}

/// <summary>Where a product goes.</summary>
internal interface IProduct
{
    /// <summary>
    /// Takes C(m, n), C(m, n + 1), C(m, n + 2), C(m, n + 3) of batch z, those that exist; n is a multiple of 4. Adds a bias,
    /// where there is one.
    /// </summary>
    void Store(int z, int m, int n, Float4 values);
}
