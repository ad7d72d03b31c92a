using System.Globalization;

namespace NetViz.Procedures;

/// <summary>
/// The time in which a procedure computes or writes: numbers in its texts, tables and pictures are written as in English, whatever
/// the culture of the program around it. The culture goes with the call, so other threads of the program keep theirs.
/// </summary>
internal readonly struct InvariantCulture : IDisposable
{
    private readonly CultureInfo _before;

    private InvariantCulture(CultureInfo before) => _before = before;

    /// <summary>Begins it; the caller's culture comes back when the result is disposed.</summary>
    public static InvariantCulture Begin()
    {
        var scope = new InvariantCulture(CultureInfo.CurrentCulture);
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        return scope;
    }

    /// <inheritdoc/>
    public void Dispose() => CultureInfo.CurrentCulture = _before;
}
