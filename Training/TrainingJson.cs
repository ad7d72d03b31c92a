using System.Text.Json.Serialization;

namespace NetViz.Training;

/// <summary>A checkpoint's head as JSON, without reflection.</summary>
[JsonSerializable(typeof(Checkpoint.Head))]
internal sealed partial class TrainingJson : JsonSerializerContext;
