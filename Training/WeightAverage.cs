using System.Numerics.Tensors;

namespace NetViz.Training;

/// <summary>
/// The exponential moving average of a network's parameters and statistics (Polyak and Juditsky 1992), which is often the
/// better network: a &lt;- d a + (1 - d) w after each step, d growing from 1/11 over the first steps, (t + 1) / (t + 11), to
/// its final value, so that the random start is soon forgotten.
/// </summary>
public sealed class WeightAverage
{
    private readonly IReadOnlyList<Parameter> _tensors;
    private readonly float[][] _averages;
    private readonly double _decay;
    private readonly (int Tensor, int Start, int Length)[] _blocks;
    private readonly ParallelOptions _parallel;

    /// <summary>Starts an average at the values as they are.</summary>
    /// <param name="tensors">Parameters and statistics.</param>
    /// <param name="decay">d, 0 to less than 1.</param>
    /// <param name="threads">Threads; 0 for one a core.</param>
    public WeightAverage(IReadOnlyList<Parameter> tensors, double decay, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        (_tensors, _decay) = (tensors, decay);
        _averages = [.. tensors.Select(tensor => tensor.Values.ToArray())];
        _blocks = [.. Sgd.Blocks([.. tensors.Select(tensor => tensor.Values.Length)])];
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads };
    }

    /// <summary>The averages, one array a tensor in their order.</summary>
    public IReadOnlyList<float[]> Averages => _averages;

    /// <summary>Takes in the values after a step.</summary>
    /// <param name="step">The step, from 0.</param>
    public void Add(long step)
    {
        float weight = (float)(1 - Math.Min(_decay, (step + 1.0) / (step + 11.0)));
        Parallel.For(0, _blocks.Length, _parallel, b =>
        {
            (int t, int start, int length) = _blocks[b];
            Span<float> average = _averages[t].AsSpan(start, length);
            TensorPrimitives.Lerp(average, _tensors[t].Values.AsSpan(start, length), weight, average);
        });
    }

    /// <summary>Exchanges averages and values; a second time brings both back.</summary>
    public void Exchange()
    {
        for (int t = 0; t < _averages.Length; t++)
        {
            float[] values = _tensors[t].Values, average = _averages[t];
            for (int i = 0; i < values.Length; i++) (values[i], average[i]) = (average[i], values[i]);
        }
    }
}
