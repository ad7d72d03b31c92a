using System.Text.Json;

namespace NetViz.Engine.Files;

/// <summary>
/// JSON from strangers: comments and trailing commas are let through, as people write them. A member that occurs twice is
/// refused, since the two may contradict each other, and so is a text that is none: half of a surrogate pair.
/// </summary>
public static class StrictJson
{
    private static readonly JsonDocumentOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>Parses a document.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="JsonException">It is no such JSON; the message says why.</exception>
    public static JsonDocument Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(json, Options);
            RequireText(document.RootElement);
            return document;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            document?.Dispose();
            throw new JsonException("a text in it holds half of a surrogate pair", e);
        }
        catch
        {
            document?.Dispose();
            throw;
        }
    }

    // The depth is bounded by the parser's.
    private static void RequireText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray()) RequireText(item);
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty member in element.EnumerateObject())
                {
                    _ = member.Name;
                    RequireText(member.Value);
                }

                break;
            default:
                break;
        }
    }
}
