using System.Numerics;
using NetViz.CudaEmulator.Ptx.Operations;

namespace NetViz.CudaEmulator.Operations;

// ld and st for every state space and type.
internal static unsafe partial class OperationTable
{
    private static void Memory(Dictionary<string, Operation> all)
    {
        Accesses<byte, uint>(all, ["b8", "u8"], '2');
        Accesses<sbyte, int>(all, ["s8"], '2');
        Accesses<ushort, uint>(all, ["b16", "u16"], '2');
        Accesses<short, int>(all, ["s16"], '2');
        Accesses<uint, uint>(all, ["b32", "u32", "s32", "f32"], '4');
        Accesses<ulong, ulong>(all, ["b64", "u64", "s64", "f64"], '8');
        foreach (string type in new[] { "b32", "u32", "s32", "f32" })
        {
            all[$"ld.local.{type}"] = new("4=@", &LocalMemory.Load);
            all[$"st.local.{type}"] = new("=@4", &LocalMemory.Store);
        }
    }

    private static void Accesses<TMemory, TRegister>(Dictionary<string, Operation> all, string[] types, char w)
        where TMemory : unmanaged, INumber<TMemory>
        where TRegister : unmanaged, INumber<TRegister>
    {
        foreach (string type in types)
        {
            In<Global, TMemory, TRegister>(all, "global", type, w);
            In<Shared, TMemory, TRegister>(all, "shared", type, w);
            all[$"ld.global.nc.{type}"] = all[$"ld.global.{type}"];
            all[$"ld.param.{type}"] = new($"{w}=#", &LoadParameter<TMemory, TRegister>.Execute);
        }
    }

    private static void In<TSpace, TMemory, TRegister>(Dictionary<string, Operation> all, string space, string type, char w)
        where TSpace : IStateSpace
        where TMemory : unmanaged, INumber<TMemory>
        where TRegister : unmanaged, INumber<TRegister>
    {
        all[$"ld.{space}.{type}"] = new($"{w}=@", &Load<TSpace, TMemory, TRegister>.One);
        all[$"ld.{space}.v2.{type}"] = new($"{w}{w}=@", &Load<TSpace, TMemory, TRegister>.Two);
        all[$"st.{space}.{type}"] = new($"=@{w}", &Store<TSpace, TMemory, TRegister>.One);
        all[$"st.{space}.v2.{type}"] = new($"=@{w}{w}", &Store<TSpace, TMemory, TRegister>.Two);
        if (sizeof(TMemory) == 8) return;
        all[$"ld.{space}.v4.{type}"] = new($"{w}{w}{w}{w}=@", &Load<TSpace, TMemory, TRegister>.Four);
        all[$"st.{space}.v4.{type}"] = new($"=@{w}{w}{w}{w}", &Store<TSpace, TMemory, TRegister>.Four);
    }
}
