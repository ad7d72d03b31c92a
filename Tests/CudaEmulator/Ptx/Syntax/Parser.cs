using System.Globalization;

namespace NetViz.CudaEmulator.Ptx.Syntax;

/// <summary>
/// Reads a module: directives, variables, kernels with their instructions. What an instruction means is not its matter.
/// </summary>
internal sealed class Parser(string text)
{
    private static readonly Dictionary<string, int> Sizes = new()
    {
        [".b8"] = 1, [".u8"] = 1, [".s8"] = 1, [".b16"] = 2, [".u16"] = 2, [".s16"] = 2, [".b32"] = 4, [".u32"] = 4, [".s32"] = 4,
        [".f32"] = 4, [".b64"] = 8, [".u64"] = 8, [".s64"] = 8, [".f64"] = 8,
    };

    private readonly string[] _lines = text.Split('\n');
    private readonly List<Token> _tokens = Token.Scan(text);
    private readonly List<Variable> _moduleVariables = [];
    private int _at;

    private Token Next => _tokens[_at];

    /// <summary>All kernels of the module.</summary>
    public IReadOnlyList<EntryText> Module()
    {
        var entries = new List<EntryText>();
        while (Next.Kind != TokenKind.End)
        {
            Token token = Take();
            switch (token.Text)
            {
                case ".version" or ".target" or ".address_size":
                    do Take();
                    while (TryTake(","));
                    break;
                case ".visible" or ".weak" or ".extern":
                    break;
                case ".entry":
                    entries.Add(Entry());
                    break;
                case ".shared":
                    _moduleVariables.Add(Declare(token));
                    Expect(";");
                    break;
                default:
                    throw Refuse(token, "not known outside a kernel");
            }
        }

        return entries;
    }

    private EntryText Entry()
    {
        string name = Take().Text;
        var parameters = new List<Variable>();
        if (TryTake("("))
        {
            while (!TryTake(")"))
            {
                Token token = Take();
                if (!token.Is(".param")) throw Refuse(token, "a parameter was expected");
                parameters.Add(Declare(token));
                TryTake(",");
            }
        }

        int maxThreads = 1024;
        while (!TryTake("{"))
        {
            Token token = Take();
            if (token.Text is not (".maxntid" or ".reqntid" or ".minnctapersm" or ".maxnreg"))
                throw Refuse(token, "not known in front of a kernel's body");
            long product = Integer();
            while (TryTake(",")) product *= Integer();
            if (token.Text is ".maxntid" or ".reqntid") maxThreads = (int)Math.Min(1024, product);
        }

        var registers = new List<RegisterDeclaration>();
        var variables = new List<Variable>(_moduleVariables);
        var statements = new List<Statement>();
        var labels = new List<string>();
        while (!Next.Is("}"))
        {
            Token token = Next;
            if (token.Text is ".reg")
            {
                registers.AddRange(Registers());
            }
            else if (token.Text is ".shared" or ".local")
            {
                variables.Add(Declare(Take()));
                Expect(";");
            }
            else if (token.Kind == TokenKind.Word && _tokens[_at + 1].Is(":"))
            {
                labels.Add(Take().Text);
                Take();
            }
            else
            {
                statements.Add(Instruction() with { Labels = [.. labels] });
                labels.Clear();
            }
        }

        // Falling off the end is a return.
        statements.Add(new Statement(Take().Line, null, false, "ret", []) { Labels = [.. labels] });
        return new EntryText(name, parameters, registers, variables, statements, maxThreads);
    }

    private List<RegisterDeclaration> Registers()
    {
        Take();
        string type = Take().Text;
        var all = new List<RegisterDeclaration>();
        do
        {
            Token name = Take();
            int? count = null;
            if (TryTake("<"))
            {
                count = (int)Integer();
                Expect(">");
            }

            all.Add(new RegisterDeclaration(name.Line, type, name.Text, count));
        }
        while (TryTake(","));
        Expect(";");
        return all;
    }

    // .space [.align n] .type name [count]; no count in brackets for what the launch gives (bytes 0).
    private Variable Declare(Token space)
    {
        int alignment = 0;
        if (TryTake(".align")) alignment = (int)Integer();
        Token type = Take();
        if (!Sizes.TryGetValue(type.Text, out int size)) throw Refuse(type, "not a type of variable");
        Token name = Take();
        long bytes = size;
        if (TryTake("["))
        {
            bytes = Next.Is("]") ? 0 : size * Integer();
            Expect("]");
        }

        return new Variable(space.Line, space.Text, name.Text, Math.Max(alignment, size), bytes);
    }

    private Statement Instruction()
    {
        string? guard = null;
        bool negated = false;
        if (TryTake("@"))
        {
            negated = TryTake("!");
            guard = Take().Text;
        }

        Token opcode = Take();
        if (opcode.Kind != TokenKind.Word) throw Refuse(opcode, "an instruction was expected");
        var operands = new List<Operand>();
        while (!TryTake(";"))
        {
            if (Next.Kind == TokenKind.End) throw Refuse(opcode, "a semicolon is missing");
            if (TryTake("{") || TryTake("}") || TryTake(",")) continue;
            operands.Add(Operand());
        }

        return new Statement(opcode.Line, guard, negated, opcode.Text, operands);
    }

    private Operand Operand()
    {
        Token token = Next;
        if (TryTake("["))
        {
            string name = Take().Text;
            long offset = 0;
            if (TryTake("+")) offset = Integer();
            else if (Next.Is("-")) offset = Integer();
            Expect("]");
            return new AddressOperand(name, offset);
        }

        if (token.Kind == TokenKind.Number || token.Is("-")) return new ImmediateOperand(Number());
        if (token.Kind != TokenKind.Word) throw Refuse(token, "an operand was expected");
        Take();
        return token.Text[0] == '%' ? new RegisterOperand(token.Text) : new SymbolOperand(token.Text);
    }

    private long Integer() => (long)Number();

    private ulong Number()
    {
        bool negative = TryTake("-");
        Token token = Take();
        string digits = token.Text;
        NumberStyles style = NumberStyles.None;
        if (digits.Length > 2 && digits[0] == '0' && char.ToLowerInvariant(digits[1]) is 'x' or 'f' or 'd')
        {
            if (negative && char.ToLowerInvariant(digits[1]) != 'x') throw Refuse(token, "not a number");
            style = NumberStyles.HexNumber;
            digits = digits[2..];
        }

        if (!ulong.TryParse(digits.TrimEnd('U'), style, CultureInfo.InvariantCulture, out ulong value))
            throw Refuse(token, "not a number");
        return negative ? 0 - value : value;
    }

    private Token Take() => Next.Kind == TokenKind.End ? throw Refuse(Next, "the text ends too early") : _tokens[_at++];

    private bool TryTake(string sign)
    {
        if (!Next.Is(sign)) return false;
        _at++;
        return true;
    }

    private void Expect(string sign)
    {
        if (!TryTake(sign)) throw Refuse(Next, $"'{sign}' was expected");
    }

    private PtxException Refuse(Token token, string why) =>
        new($"'{token.Text}': {why}", token.Line, _lines[Math.Min(token.Line, _lines.Length) - 1].Trim());
}
