using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Operations;

/// <summary>
/// ld.local and st.local of words. A thread's local memory lies word by word in rows as its registers do, so an address is a
/// row and
/// a lane; where all threads have the same address, as is the rule, their words are a row.
/// </summary>
internal static unsafe class LocalMemory
{
    public static void Load(Instruction* instruction, Cta cta)
    {
        uint* d = cta.Row<uint>(instruction->Rows[0]);
        Move(instruction, cta, cta.Row<ulong>(instruction->Rows[1]), d, isLoad: true);
    }

    public static void Store(Instruction* instruction, Cta cta)
    {
        uint* a = cta.Row<uint>(instruction->Rows[1]);
        Move(instruction, cta, cta.Row<ulong>(instruction->Rows[0]), a, isLoad: false);
    }

    private static void Move(Instruction* instruction, Cta cta, ulong* addresses, uint* register, bool isLoad)
    {
        int* lanes = cta.Lanes;
        int first = lanes[0], count = cta.Count;
        if (cta.IsContiguous && new ReadOnlySpan<ulong>(addresses + first, count).IndexOfAnyExcept(addresses[first]) < 0)
        {
            uint* word = Word(instruction, cta, addresses, first);
            if (isLoad) new ReadOnlySpan<uint>(word, count).CopyTo(new Span<uint>(register + first, count));
            else new ReadOnlySpan<uint>(register + first, count).CopyTo(new Span<uint>(word, count));
            return;
        }

        for (int k = 0; k < count; k++)
        {
            uint* word = Word(instruction, cta, addresses, lanes[k]);
            if (isLoad) register[lanes[k]] = *word;
            else *word = register[lanes[k]];
        }
    }

    private static uint* Word(Instruction* instruction, Cta cta, ulong* addresses, int lane)
    {
        ulong address = addresses[lane] + (ulong)instruction->Offset;
        if (address % sizeof(uint) != 0)
            throw cta.Fault(CudaError.MisalignedAddress, instruction->Line, lane,
                $"4 bytes of local memory at {address} are not aligned");
        if (address >= (ulong)cta.LocalBytes)
            throw cta.Fault(CudaError.IllegalAddress, instruction->Line, lane,
                $"4 bytes at {(long)address}, local memory has {cta.LocalBytes}");
        return (uint*)(cta.LocalMemory + (nint)(address / sizeof(uint)) * cta.Stride) + lane;
    }
}
