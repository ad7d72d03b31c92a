using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using NetViz.Weights.Export;

namespace NetViz.Weights.InputPreprocessing;

/// <summary>Preprocessing as JSON, in the form that <see cref="ModelFacts"/> reads.</summary>
internal static class PreprocessingJson
{
    /// <summary>A preset's name where the settings are just that, else an object with every number.</summary>
    public static string Of(PreprocessingSettings settings)
    {
        if (PreprocessingPresets.Names.Contains(settings.Name) && settings == PreprocessingPresets.Find(settings.Name))
            return JsonSerializer.Serialize(settings.Name, WeightsJson.Default.String);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (settings.Order is { } order) json.WriteString("channels", order.ToString());
            json.WriteNumber("divisor", settings.Divisor);
            WriteNumbers(json, "mean", settings.Mean);
            WriteNumbers(json, "deviation", settings.Deviation);
            json.WriteString("resize", settings.Mode.ToString());
            WritePair(json, "resizeTo", settings.ResizeTo);
            WritePair(json, "size", settings.Size);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ImmutableArray<float> numbers)
    {
        json.WriteStartArray(name);
        foreach (float number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void WritePair(Utf8JsonWriter json, string name, (int Width, int Height)? pair)
    {
        if (pair is not { } both) return;
        json.WriteStartArray(name);
        json.WriteNumberValue(both.Width);
        json.WriteNumberValue(both.Height);
        json.WriteEndArray();
    }
}
