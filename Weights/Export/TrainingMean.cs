using System.Runtime.InteropServices;
using System.Text.Json;
using NetViz.Engine;
using NetViz.Kernels;

namespace NetViz.Weights.Export;

/// <summary>
/// The mean of the pictures that a network was trained on, in samples of 0 .. 255, channels in the network's order: one
/// number a channel, or a whole picture. A class model is shown with it added (1312.6034, section 2).
/// </summary>
public sealed class TrainingMean
{
    private readonly float[] _values;

    /// <summary>Creates it.</summary>
    /// <param name="values">Row-major; copied.</param>
    /// <param name="shape">[C] or [C, H, W], no axis empty.</param>
    /// <exception cref="NetVizException">The shape is another, has another number of elements, or a value is not
    /// finite.</exception>
    public TrainingMean(ReadOnlySpan<float> values, Shape shape)
    {
        if (shape.Rank is not (1 or 3) || shape.Count == 0 || shape.Count != values.Length)
            throw new NetVizException(
                $"a training-set mean of {Counted.Of(values.Length, "number")} has the shape {shape}; [C] or [C, H, W] is "
                    + "supported");
        foreach (float value in values)
        {
            if (!float.IsFinite(value)) throw new NetVizException($"a training-set mean holds the number {value}");
        }

        (_values, Shape) = (values.ToArray(), shape);
    }

    /// <summary>[C] or [C, H, W].</summary>
    public Shape Shape { get; }

    /// <summary>The samples, row-major.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>
    /// [C]: an array of numbers. [C, H, W]: {"shape": [C, H, W], "data": "..."}, its numbers as little-endian float32 in base64.
    /// </summary>
    internal string ToJson() => Shape.Rank == 1
        ? JsonSerializer.Serialize(_values, WeightsJson.Default.SingleArray)
        : JsonSerializer.Serialize(new MeanImage(Shape.Lengths.ToArray(), MemoryMarshal.AsBytes(Values).ToArray()),
            WeightsJson.Default.MeanImage);

    /// <summary>Reads what <see cref="ToJson"/> writes.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="where">Where it stands, for errors.</param>
    internal static TrainingMean Read(JsonElement json, string where)
    {
        try
        {
            if (json.ValueKind == JsonValueKind.Array)
            {
                float[] channels = [.. json.EnumerateArray().Select(number => number.GetSingle())];
                return new TrainingMean(channels, new Shape(channels.Length));
            }

            int[] lengths = [.. json.GetProperty("shape").EnumerateArray().Select(length => length.GetInt32())];
            byte[] data = json.GetProperty("data").GetBytesFromBase64();
            if (data.Length % sizeof(float) != 0 || lengths.Any(length => length < 1))
                throw new FormatException("its data is cut short, or an axis empty");
            return new TrainingMean(MemoryMarshal.Cast<byte, float>(data), new Shape(lengths));
        }
        catch (NetVizException e)
        {
            throw new NetVizException($"{where}: {e.Message}", inner: e);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new NetVizException($"{where} is no training-set mean: {e.Message}",
                """[C] numbers, or {"shape": [C, H, W], "data": base64 of float32}""", e);
        }
    }
}
