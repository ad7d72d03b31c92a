namespace NetViz.CudaEmulator.Ptx.Syntax;

/// <summary>A word (name, register, instruction or directive), a number or a single sign, with its line.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(string text) => Text == text;

    /// <summary>Cuts a text into tokens, comments left out; the last one is of kind End.</summary>
    public static List<Token> Scan(string text)
    {
        var tokens = new List<Token>();
        int line = 1;
        for (int at = 0; at < text.Length;)
        {
            char sign = text[at];
            if (sign == '\n') line++;
            if (char.IsWhiteSpace(sign) || sign == '\0')
            {
                at++;
                continue;
            }

            if (sign == '/' && at + 1 < text.Length && text[at + 1] is '/' or '*')
            {
                string close = text[at + 1] == '/' ? "\n" : "*/";
                int end = text.IndexOf(close, at + 2, StringComparison.Ordinal);
                if (end < 0) end = text.Length;
                line += text.AsSpan(at, end - at).Count('\n');
                at = close == "\n" ? end : Math.Min(end + 2, text.Length);
                continue;
            }

            int length = 1;
            TokenKind kind = TokenKind.Sign;
            if (char.IsAsciiDigit(sign)) kind = TokenKind.Number;
            else if (IsOfWord(sign)) kind = TokenKind.Word;
            if (kind != TokenKind.Sign) while (at + length < text.Length && IsOfWord(text[at + length])) length++;
            tokens.Add(new Token(kind, text.Substring(at, length), line));
            at += length;
        }

        tokens.Add(new Token(TokenKind.End, "end of text", line));
        return tokens;
    }

    private static bool IsOfWord(char sign) => char.IsAsciiLetterOrDigit(sign) || sign is '_' or '$' or '%' or '.';
}

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    Word,
    Number,
    Sign,
    End,
}
