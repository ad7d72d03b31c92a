using NetViz.CudaEmulator.Operations;
using NetViz.CudaEmulator.Ptx.Operations;
using NetViz.CudaEmulator.Ptx.Syntax;

namespace NetViz.CudaEmulator.Ptx.Program;

/// <summary>Turns statements into instructions: looks the operation up, and a row for every operand.</summary>
internal sealed unsafe class Decoder(RegisterRows rows, IReadOnlyDictionary<string, long> variables,
    IReadOnlyDictionary<string, PtxParameter> parameters)
{
    /// <exception cref="PtxException">The instruction is not known, or not with such operands.</exception>
    public Instruction Decode(Statement statement, int index)
    {
        if (!OperationTable.All.TryGetValue(statement.Opcode, out Operation? operation))
            throw Refuse(statement, "an instruction that the interpreter does not know");
        var instruction = new Instruction { Execute = operation.Execute, Index = index, Line = statement.Line };
        string shape = operation.Shape;
        int results = shape.IndexOf('='), k = 0;
        if (statement.Operands.Count != shape.Length - 1) throw Refuse(statement, $"{shape.Length - 1} operands were expected");
        foreach (Operand operand in statement.Operands)
        {
            char width = shape[k < results ? k : k + 1];
            if (k < results && operand is not RegisterOperand) throw Refuse(statement, "a result must be a register");
            instruction.Rows[k++] = Row(statement, operand, width, ref instruction);
        }

        return instruction;
    }

    /// <summary>The row of a predicate.</summary>
    public int Predicate(int line, string name) => rows.Find(name) is (int row, 'p')
        ? row
        : throw new PtxException("no such predicate", line, name);

    // Widths: p a predicate, 2 up to 16 bits in a register of 16 or 32, 4, 8; @ an address in a register, # a place among the
    // parameters.
    private int Row(Statement statement, Operand operand, char width, ref Instruction instruction)
    {
        switch (operand)
        {
            case RegisterOperand register:
                if (rows.Find(register.Name) is not (int row, char found))
                    throw Refuse(statement, $"no register {register.Name}");
                if (found != width && !(width == '2' && found == '4'))
                    throw Refuse(statement, $"{register.Name} has another width");
                return row;
            case ImmediateOperand immediate when width == '8':
                return rows.Constant(immediate.Bits, true);
            case ImmediateOperand immediate when width is '4' or '2':
                if (immediate.Bits > uint.MaxValue && (long)immediate.Bits is < int.MinValue or >= 0)
                    throw Refuse(statement, "a constant of more than 32 bits");
                return rows.Constant((uint)immediate.Bits, false);
            case SymbolOperand symbol when width is '8' or '4' && variables.TryGetValue(symbol.Name, out long address):
                return rows.Constant((ulong)address, width == '8');
            case AddressOperand address when width == '#':
                if (!parameters.TryGetValue(address.Base, out PtxParameter? parameter))
                    throw Refuse(statement, $"no parameter {address.Base}");
                instruction.Offset = parameter.Offset + address.Offset;
                if (address.Offset < 0 || address.Offset >= parameter.Bytes)
                    throw Refuse(statement, $"outside of {address.Base}");
                return 0;
            case AddressOperand address when width == '@':
                instruction.Offset = address.Offset;
                if (variables.TryGetValue(address.Base, out long start)) return rows.Constant((ulong)start, true);
                return rows.Find(address.Base) is (int found8, '8') ? found8
                    : throw Refuse(statement, $"no address {address.Base}");
            default:
                throw Refuse(statement, "an operand of another kind was expected");
        }
    }

    private static PtxException Refuse(Statement statement, string why) => new(why, statement.Line, statement.Opcode);
}
