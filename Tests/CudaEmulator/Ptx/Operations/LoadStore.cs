using System.Numerics;
using NetViz.CudaEmulator.Execution;
using NetViz.CudaEmulator.Ptx.Program;

namespace NetViz.CudaEmulator.Ptx.Operations;

/// <summary>
/// ld: what lies at an address, extended to the register's width by its sign. Of vectors one, two or four in a row.
/// </summary>
internal static unsafe class Load<TSpace, TMemory, TRegister>
    where TSpace : IStateSpace
    where TMemory : unmanaged, INumber<TMemory>
    where TRegister : unmanaged, INumber<TRegister>
{
    public static void One(Instruction* instruction, Cta cta)
    {
        TRegister* d = cta.Row<TRegister>(instruction->Rows[0]);
        ulong* addresses = cta.Row<ulong>(instruction->Rows[1]);
        byte* start = TSpace.Readable(instruction, cta, addresses, sizeof(TMemory)) + instruction->Offset;
        int* lanes = cta.Lanes;
        int count = cta.Count;
        for (int k = 0; k < count; k++) d[lanes[k]] = TRegister.CreateTruncating(*(TMemory*)(start + addresses[lanes[k]]));
    }

    public static void Two(Instruction* instruction, Cta cta)
    {
        TRegister* d0 = cta.Row<TRegister>(instruction->Rows[0]), d1 = cta.Row<TRegister>(instruction->Rows[1]);
        ulong* addresses = cta.Row<ulong>(instruction->Rows[2]);
        byte* start = TSpace.Readable(instruction, cta, addresses, 2 * sizeof(TMemory)) + instruction->Offset;
        int* lanes = cta.Lanes;
        int count = cta.Count;
        for (int k = 0; k < count; k++)
        {
            TMemory* from = (TMemory*)(start + addresses[lanes[k]]);
            d0[lanes[k]] = TRegister.CreateTruncating(from[0]);
            d1[lanes[k]] = TRegister.CreateTruncating(from[1]);
        }
    }

    public static void Four(Instruction* instruction, Cta cta)
    {
        TRegister* d0 = cta.Row<TRegister>(instruction->Rows[0]), d1 = cta.Row<TRegister>(instruction->Rows[1]);
        TRegister* d2 = cta.Row<TRegister>(instruction->Rows[2]), d3 = cta.Row<TRegister>(instruction->Rows[3]);
        ulong* addresses = cta.Row<ulong>(instruction->Rows[4]);
        byte* start = TSpace.Readable(instruction, cta, addresses, 4 * sizeof(TMemory)) + instruction->Offset;
        int* lanes = cta.Lanes;
        int count = cta.Count;
        for (int k = 0; k < count; k++)
        {
            TMemory* from = (TMemory*)(start + addresses[lanes[k]]);
            d0[lanes[k]] = TRegister.CreateTruncating(from[0]);
            d1[lanes[k]] = TRegister.CreateTruncating(from[1]);
            d2[lanes[k]] = TRegister.CreateTruncating(from[2]);
            d3[lanes[k]] = TRegister.CreateTruncating(from[3]);
        }
    }
}

/// <summary>
/// st: a register's lower bits to an address; of vectors one, two or four in a row. Where threads meet the last one wins.
/// </summary>
internal static unsafe class Store<TSpace, TMemory, TRegister>
    where TSpace : IStateSpace
    where TMemory : unmanaged, INumber<TMemory>
    where TRegister : unmanaged, INumber<TRegister>
{
    public static void One(Instruction* instruction, Cta cta)
    {
        ulong* addresses = cta.Row<ulong>(instruction->Rows[0]);
        TRegister* a = cta.Row<TRegister>(instruction->Rows[1]);
        byte* start = TSpace.Writable(instruction, cta, addresses, sizeof(TMemory)) + instruction->Offset;
        int* lanes = cta.Lanes;
        int count = cta.Count;
        for (int k = 0; k < count; k++) *(TMemory*)(start + addresses[lanes[k]]) = TMemory.CreateTruncating(a[lanes[k]]);
    }

    public static void Two(Instruction* instruction, Cta cta)
    {
        ulong* addresses = cta.Row<ulong>(instruction->Rows[0]);
        TRegister* a0 = cta.Row<TRegister>(instruction->Rows[1]), a1 = cta.Row<TRegister>(instruction->Rows[2]);
        byte* start = TSpace.Writable(instruction, cta, addresses, 2 * sizeof(TMemory)) + instruction->Offset;
        int* lanes = cta.Lanes;
        int count = cta.Count;
        for (int k = 0; k < count; k++)
        {
            TMemory* to = (TMemory*)(start + addresses[lanes[k]]);
            to[0] = TMemory.CreateTruncating(a0[lanes[k]]);
            to[1] = TMemory.CreateTruncating(a1[lanes[k]]);
        }
    }

    public static void Four(Instruction* instruction, Cta cta)
    {
        ulong* addresses = cta.Row<ulong>(instruction->Rows[0]);
        TRegister* a0 = cta.Row<TRegister>(instruction->Rows[1]), a1 = cta.Row<TRegister>(instruction->Rows[2]);
        TRegister* a2 = cta.Row<TRegister>(instruction->Rows[3]), a3 = cta.Row<TRegister>(instruction->Rows[4]);
        byte* start = TSpace.Writable(instruction, cta, addresses, 4 * sizeof(TMemory)) + instruction->Offset;
        int* lanes = cta.Lanes;
        int count = cta.Count;
        for (int k = 0; k < count; k++)
        {
            TMemory* to = (TMemory*)(start + addresses[lanes[k]]);
            to[0] = TMemory.CreateTruncating(a0[lanes[k]]);
            to[1] = TMemory.CreateTruncating(a1[lanes[k]]);
            to[2] = TMemory.CreateTruncating(a2[lanes[k]]);
            to[3] = TMemory.CreateTruncating(a3[lanes[k]]);
        }
    }
}

/// <summary>ld.param: the same for all threads.</summary>
internal static unsafe class LoadParameter<TMemory, TRegister>
    where TMemory : unmanaged, INumber<TMemory>
    where TRegister : unmanaged, INumber<TRegister>
{
    public static void Execute(Instruction* instruction, Cta cta)
    {
        TRegister* d = cta.Row<TRegister>(instruction->Rows[0]);
        TRegister value = TRegister.CreateTruncating(*(TMemory*)(cta.Parameters + instruction->Offset));
        int* lanes = cta.Lanes;
        int count = cta.Count;
        if (cta.IsContiguous) new Span<TRegister>(d + lanes[0], count).Fill(value);
        else for (int k = 0; k < count; k++) d[lanes[k]] = value;
    }
}
