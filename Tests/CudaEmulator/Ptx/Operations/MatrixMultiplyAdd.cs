using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Operations;

/// <summary>
/// mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32: D = A B + C over a warp, with A [16, 8], B [8, 8] and C, D [16, 8]. With
/// g = lane / 4
/// and t = lane % 4 a thread holds (PTX ISA, "Matrix Fragments for mma.m16n8k8"):
///   a0 = A(g, t)  a1 = A(g + 8, t)  a2 = A(g, t + 4)  a3 = A(g + 8, t + 4)
///   b0 = B(t, g)  b1 = B(t + 4, g)
///   c, d: 0 = (g, 2t)  1 = (g, 2t + 1)  2 = (g + 8, 2t)  3 = (g + 8, 2t + 1)
/// Of A and B the lower 13 bits are ignored. In which order a card adds is not documented; here ascending from C, in float32.
/// </summary>
internal static unsafe class MatrixMultiplyAdd
{
    private const int Warp = 32, M = 16, N = 8, K = 8;
    private const uint Tf32 = 0xFFFFE000;

    public static void Execute(Instruction* instruction, Cta cta)
    {
        RequireWholeWarps(instruction, cta);
        float* a = stackalloc float[M * K], b = stackalloc float[K * N], d = stackalloc float[M * N];
        for (int k = 0; k < cta.Count; k += Warp)
        {
            int first = cta.Lanes[k];
            for (int lane = 0; lane < Warp; lane++)
            {
                int g = lane / 4, t = lane % 4, at = first + lane;
                a[g * K + t] = Operand(instruction, cta, 4, at);
                a[(g + 8) * K + t] = Operand(instruction, cta, 5, at);
                a[g * K + t + 4] = Operand(instruction, cta, 6, at);
                a[(g + 8) * K + t + 4] = Operand(instruction, cta, 7, at);
                b[t * N + g] = Operand(instruction, cta, 8, at);
                b[(t + 4) * N + g] = Operand(instruction, cta, 9, at);
                for (int j = 0; j < 4; j++)
                    d[(g + 8 * (j / 2)) * N + 2 * t + j % 2] = cta.Row<float>(instruction->Rows[10 + j])[at];
            }

            for (int m = 0; m < M; m++)
            {
                System.Runtime.Intrinsics.Vector256<float> sum = System.Runtime.Intrinsics.Vector256.Load(d + m * N);
                for (int j = 0; j < K; j++) sum += a[m * K + j] * System.Runtime.Intrinsics.Vector256.Load(b + j * N);
                System.Runtime.Intrinsics.Vector256.Store(sum, d + m * N);
            }

            for (int lane = 0; lane < Warp; lane++)
            {
                int g = lane / 4, t = lane % 4;
                for (int j = 0; j < 4; j++)
                    cta.Row<float>(instruction->Rows[j])[first + lane] = d[(g + 8 * (j / 2)) * N + 2 * t + j % 2];
            }
        }
    }

    private static float Operand(Instruction* instruction, Cta cta, int operand, int lane) =>
        BitConverter.UInt32BitsToSingle(cta.Row<uint>(instruction->Rows[operand])[lane] & Tf32);

    private static void RequireWholeWarps(Instruction* instruction, Cta cta)
    {
        for (int k = 0; k < cta.Count; k += Warp)
        {
            int first = cta.Lanes[k];
            if (first % Warp == 0 && k + Warp <= cta.Count && cta.Lanes[k + Warp - 1] == first + Warp - 1) continue;
            throw cta.Fault(CudaError.IllegalInstruction, instruction->Line, first, "not all threads of its warp are there");
        }
    }
}
