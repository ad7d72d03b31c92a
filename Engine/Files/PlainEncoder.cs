using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace NetViz.Engine.Files;

/// <summary>
/// JSON's text as it is, with quotes, backslashes and control characters escaped as JSON wants, and besides what cannot be seen
/// and turns or hides what stands beside it: marks of the writing direction, joiners, separators of lines, tags.
/// </summary>
public sealed class PlainEncoder : JavaScriptEncoder
{
    private static readonly JavaScriptEncoder Relaxed = UnsafeRelaxedJsonEscaping;

    private PlainEncoder()
    {
    }

    /// <summary>The only instance.</summary>
    public static PlainEncoder Instance { get; } = new();

    /// <summary>Gets the most characters that one becomes: beyond the basic plane it is two of \uXXXX.</summary>
    public override int MaxOutputCharactersPerInputCharacter => 12;

    /// <inheritdoc/>
    public override bool WillEncode(int unicodeScalar) => IsInvisible(unicodeScalar) || Relaxed.WillEncode(unicodeScalar);

    /// <inheritdoc/>
    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var span = new ReadOnlySpan<char>(text, textLength);
        int at = 0;
        foreach (Rune rune in span.EnumerateRunes())
        {
            // What is half a pair is shown as the replacement character, whose length differs from its own.
            if (rune == Rune.ReplacementChar || WillEncode(rune.Value)) return at;
            at += rune.Utf16SequenceLength;
        }

        return -1;
    }

    /// <inheritdoc/>
    public override unsafe bool TryEncodeUnicodeScalar(
        int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        if (!IsInvisible(unicodeScalar))
            return Relaxed.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
        string escaped = string.Concat(new Rune(unicodeScalar).ToString()
            .Select(unit => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}")));
        bool fits = escaped.AsSpan().TryCopyTo(new Span<char>(buffer, bufferLength));
        numberOfCharactersWritten = fits ? escaped.Length : 0;
        return fits;
    }

    private static bool IsInvisible(int scalar) => Rune.IsValid(scalar)
        && Rune.GetUnicodeCategory(new Rune(scalar)) is UnicodeCategory.Format or UnicodeCategory.Control
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
