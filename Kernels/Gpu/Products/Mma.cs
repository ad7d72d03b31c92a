using ILGPU.Runtime.Cuda;

namespace NetViz.Kernels.Gpu;

// One step of a tensor core, D += A B with A [16, 8], B [8, 8] and D [16, 8] spread over the 32 threads (lanes) of a warp. With
// g = lane / 4 and t = lane % 4 a lane holds (PTX ISA, "Matrix Fragments for mma.m16n8k8"):
//   a0 = A(g, t)  a1 = A(g + 8, t)  a2 = A(g, t + 4)  a3 = A(g + 8, t + 4)
//   b0 = B(t, g)  b1 = B(t + 4, g)
//   d0 = D(g, 2t) d1 = D(g, 2t + 1) d2 = D(g + 8, 2t) d3 = D(g + 8, 2t + 1)

/// <summary>A lane's part of A, numbers of TF32 as their bits: ptxas takes no floats here.</summary>
internal struct FragmentA
{
    public uint A0, A1, A2, A3;
}

/// <summary>A lane's part of B, likewise.</summary>
internal struct FragmentB
{
    public uint B0, B1;
}

/// <summary>A lane's part of D.</summary>
internal struct FragmentD
{
    public float D0, D1, D2, D3;
}

/// <summary>Four fragments of B beside each other.</summary>
internal struct FragmentsB
{
    public FragmentB X, Y, Z, W;
}

/// <summary>Four fragments of D beside each other.</summary>
internal struct FragmentsD
{
    public FragmentD X, Y, Z, W;
}

/// <summary>What multiplies fragments: a tensor core, or an emulation of one.</summary>
internal interface IMma
{
    /// <summary>x rounded to TF32 (8 bits of exponent, 10 of mantissa), to nearest, ties away from zero.</summary>
    uint Round(float x);

    /// <summary>D += A B for four B; A and B hold numbers of TF32. All threads of the group come here together.</summary>
    void MultiplyAdd(in FragmentA a, in FragmentsB b, ref FragmentsD d);
}

/// <summary>
/// NVIDIA's tensor cores, compute capability 8.0 and up, through inline PTX. Not to be compiled for anything else.
/// </summary>
internal readonly struct CudaMma : IMma
{
    public uint Round(float x)
    {
        CudaAsm.Emit("cvt.rna.tf32.f32 %0, %1;", out uint rounded, x);
        return rounded;
    }

    public void MultiplyAdd(in FragmentA a, in FragmentsB b, ref FragmentsD d)
    {
        MultiplyAdd(a, b.X, ref d.X);
        MultiplyAdd(a, b.Y, ref d.Y);
        MultiplyAdd(a, b.Z, ref d.Z);
        MultiplyAdd(a, b.W, ref d.W);
    }

    /// <summary>
    /// ILGPU lays what goes by reference into local memory around the instruction; ptxas takes it all back into registers
    /// (sm_90: no stack, no spills).
    /// </summary>
    private static void MultiplyAdd(in FragmentA a, in FragmentB b, ref FragmentD d)
    {
        Ref<float> d0 = d.D0, d1 = d.D1, d2 = d.D2, d3 = d.D3;
        Input<uint> a0 = a.A0, a1 = a.A1, a2 = a.A2, a3 = a.A3, b0 = b.B0, b1 = b.B1;
        CudaAsm.EmitRef(
            "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};",
            ref d0, ref d1, ref d2, ref d3, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1);
        d = new FragmentD { D0 = d0.Value, D1 = d1.Value, D2 = d2.Value, D3 = d3.Value };
    }
}
