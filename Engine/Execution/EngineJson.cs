using System.Text.Json.Serialization;

namespace NetViz.Engine.Execution;

/// <summary>The engine's records as JSON, without reflection.</summary>
[JsonSerializable(typeof(PortableRecord.Header))]
internal sealed partial class EngineJson : JsonSerializerContext;
