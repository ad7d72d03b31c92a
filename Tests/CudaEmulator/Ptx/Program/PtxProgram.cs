using System.Runtime.InteropServices;
using NetViz.CudaEmulator.Ptx.Execution;
using NetViz.CudaEmulator.Ptx.Syntax;

namespace NetViz.CudaEmulator.Ptx.Program;

/// <summary>A kernel, decoded: instructions in the order of their basic blocks, rows of registers, state spaces.</summary>
internal sealed unsafe class PtxProgram
{
    private readonly string[] _text;
    private readonly Instruction* _instructions;
    private readonly Flow[] _flows;

    public PtxProgram(EntryText entry, string[] text)
    {
        _text = text;
        Name = entry.Name;
        int place = 0;
        foreach (Variable parameter in entry.Parameters)
        {
            place = Align(place, parameter.Alignment);
            Parameters.Add(new PtxParameter(parameter.Name, place, checked((int)parameter.Bytes)));
            place += (int)parameter.Bytes;
        }

        ParameterBytes = place;
        var variables = new Dictionary<string, long>();
        SharedBytes = Lay(entry.Variables, ".shared", variables);
        LocalBytes = Align(Lay(entry.Variables, ".local", variables), sizeof(int));

        var rows = new RegisterRows(entry.Registers);
        var decoder = new Decoder(rows, variables, Parameters.ToDictionary(parameter => parameter.Name));
        IReadOnlyList<BasicBlock> blocks = ControlFlow.Of(entry.Statements);
        InstructionCount = blocks.Sum(block => block.Statements.Count);
        _instructions = (Instruction*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, InstructionCount) * (nuint)sizeof(Instruction),
            64);
        _flows = new Flow[blocks.Count];
        int at = 0;
        foreach (BasicBlock block in blocks)
        {
            Instruction* first = _instructions + at;
            foreach (Statement statement in block.Statements)
            {
                _instructions[at] = decoder.Decode(statement, at);
                at++;
            }

            int predicate = block.End == Terminator.Branch ? decoder.Predicate(block.Line, block.Guard!) : 0;
            _flows[block.Rank] = new Flow
            {
                First = first, End = _instructions + at, How = block.End, Predicate = predicate, Negated = block.Negated,
                Target = block.Target?.Rank ?? -1, Next = block.Next?.Rank ?? -1, Line = block.Line,
            };
        }

        Constants = [.. rows.Constants];
        LocalRow = rows.Rows;
        Rows = LocalRow + LocalBytes / sizeof(int);
    }

    ~PtxProgram() => NativeMemory.AlignedFree(_instructions);

    /// <summary>The kernel's name.</summary>
    public string Name { get; }

    /// <summary>The parameters in their order.</summary>
    public List<PtxParameter> Parameters { get; } = [];

    /// <summary>Bytes of all parameters, gaps included.</summary>
    public int ParameterBytes { get; }

    /// <summary>Bytes of static shared memory.</summary>
    public int SharedBytes { get; }

    /// <summary>Bytes of local memory a thread.</summary>
    public int LocalBytes { get; }

    /// <summary>The first row of local memory.</summary>
    public int LocalRow { get; }

    /// <summary>Rows of registers, constants and local memory.</summary>
    public int Rows { get; }

    /// <summary>How many instructions there are.</summary>
    public int InstructionCount { get; }

    /// <summary>Constants with their rows; wide ones of 8 bytes.</summary>
    public (ulong Bits, bool Wide, int Row)[] Constants { get; }

    /// <summary>The basic blocks by rank.</summary>
    public ReadOnlySpan<Flow> Flows => _flows;

    /// <summary>What stands in a line.</summary>
    public string TextOf(int line) => _text[line - 1].Trim();

    // Variables of a state space one after the other from address 0; one without a size, which the launch gives, last.
    private static int Lay(IEnumerable<Variable> all, string space, Dictionary<string, long> places)
    {
        int place = 0;
        foreach (Variable variable in all.Where(variable => variable.Space == space).OrderBy(variable => variable.Bytes == 0))
        {
            place = Align(place, variable.Alignment);
            places[variable.Name] = place;
            place = checked(place + (int)variable.Bytes);
        }

        return place;
    }

    private static int Align(int place, int alignment) => (place + alignment - 1) / alignment * alignment;
}
