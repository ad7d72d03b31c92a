using NetViz.CudaEmulator.Ptx.Syntax;

namespace NetViz.CudaEmulator.Ptx.Program;

/// <summary>
/// Where a kernel's registers, constants and special registers lie: in rows of 4 bytes a thread, two rows for 64 bits. A
/// predicate takes a row of all ones or all zeros, 16 bits lie zero- or sign-extended in 32.
/// </summary>
internal sealed class RegisterRows
{
    /// <summary>Special registers in the order of their rows.</summary>
    public static readonly string[] Special =
    [
        "%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x",
        "%nctaid.y",
        "%nctaid.z", "%laneid",
    ];

    private readonly Dictionary<string, (int First, int? Count, char Width)> _declared = [];
    private readonly Dictionary<(ulong Bits, bool Wide), int> _constants = [];

    public RegisterRows(IEnumerable<RegisterDeclaration> declarations)
    {
        Rows = Special.Length;
        foreach (RegisterDeclaration declaration in declarations)
        {
            char width = declaration.Type switch
            {
                ".pred" => 'p',
                ".b16" or ".u16" or ".s16" => '2',
                ".b32" or ".u32" or ".s32" or ".f32" => '4',
                ".b64" or ".u64" or ".s64" or ".f64" => '8',
                _ => throw new PtxException("no such type of register", declaration.Line, declaration.Type),
            };
            _declared[declaration.Prefix] = (Rows, declaration.Count, width);
            Rows += (declaration.Count ?? 1) * RowsOf(width);
        }
    }

    /// <summary>How many rows there are by now.</summary>
    public int Rows { get; private set; }

    /// <summary>Constants with their rows.</summary>
    public IEnumerable<(ulong Bits, bool Wide, int Row)> Constants =>
        _constants.Select(one => (one.Key.Bits, one.Key.Wide, one.Value));

    /// <summary>
    /// The row of a register, with its width: p(redicate), 2, 4 or 8 bytes; null if there is none of that name.
    /// </summary>
    public (int Row, char Width)? Find(string name)
    {
        int special = Array.IndexOf(Special, name);
        if (special >= 0) return (special, '4');
        string prefix = name.TrimEnd("0123456789".ToCharArray());
        if (_declared.TryGetValue(name, out var single) && single.Count is null) return (single.First, single.Width);
        if (prefix.Length == name.Length || !_declared.TryGetValue(prefix, out var run)) return null;
        int index = int.Parse(name.AsSpan(prefix.Length), System.Globalization.CultureInfo.InvariantCulture);
        return index < run.Count ? (run.First + index * RowsOf(run.Width), run.Width) : null;
    }

    /// <summary>The row of a constant.</summary>
    public int Constant(ulong bits, bool wide)
    {
        if (_constants.TryGetValue((bits, wide), out int row)) return row;
        row = Rows;
        _constants[(bits, wide)] = row;
        Rows += wide ? 2 : 1;
        return row;
    }

    private static int RowsOf(char width) => width == '8' ? 2 : 1;
}
