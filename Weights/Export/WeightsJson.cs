using System.Text.Json.Serialization;

namespace NetViz.Weights.Export;

/// <summary>What is written into models' metadata, without reflection.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(float[]))]
[JsonSerializable(typeof(MeanImage))]
internal sealed partial class WeightsJson : JsonSerializerContext;

/// <summary>A training set's mean image: its shape, and its numbers as little-endian float32.</summary>
internal sealed record MeanImage([property: JsonPropertyName("shape")] int[] Shape, [property: JsonPropertyName("data")] byte[] Data);
