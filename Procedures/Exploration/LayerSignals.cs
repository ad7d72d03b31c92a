using NetViz.Engine.Rules;

namespace NetViz.Procedures;

/// <summary>One backward pass: the signal at the output of every layer that the class score depends on.</summary>
public sealed class LayerSignals
{
    private readonly float[]?[] _signals;

    internal LayerSignals(int index, BackwardRule rule, string? note, float[]?[] signals) =>
        (Class, Rule, Note, _signals) = (index, rule, note, signals);

    /// <summary>Gets the class's number.</summary>
    public int Class { get; }

    /// <summary>Gets the rule.</summary>
    public BackwardRule Rule { get; }

    /// <summary>Gets what must be known of the rule; null for nothing.</summary>
    public string? Note { get; }

    /// <summary>Gets how many bytes the signals take.</summary>
    public long Bytes => _signals.Sum(signal => (long)(signal?.Length ?? 0)) * sizeof(float);

    /// <summary>Returns the signal at a tensor, row-major; null if the score does not depend on it. It must not be changed.
    /// </summary>
    /// <param name="tensor">0 for the network's input, i + 1 for what node i writes.</param>
    public float[]? At(int tensor) => _signals[tensor];

    /// <summary>Returns a copy of the signal at a tensor in double; null if the score does not depend on it.</summary>
    /// <param name="tensor">0 for the network's input, i + 1 for what node i writes.</param>
    public double[]? InDouble(int tensor) => _signals[tensor] is { } signal ? Array.ConvertAll(signal, value => (double)value) : null;
}
