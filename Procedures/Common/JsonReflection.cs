using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NetViz.Procedures;

/// <summary>
/// JSON of our own records by reflection, also in programs that turn it off by default, as programs of one file do.
/// </summary>
public static class JsonReflection
{
    /// <summary>Gets what turns a type into JSON.</summary>
    public static IJsonTypeInfoResolver Resolver { get; } = new DefaultJsonTypeInfoResolver();

    /// <summary>Gets the usual options.</summary>
    public static JsonSerializerOptions Options { get; } = new() { TypeInfoResolver = Resolver };
}
