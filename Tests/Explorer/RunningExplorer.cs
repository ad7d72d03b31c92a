using System.Net.Http.Headers;
using System.Text.Json;
using NetViz.Explorer.Server;
using NetViz.Procedures;

namespace NetViz.Tests.Explorer;

/// <summary>An explorer that serves the network that ships with NetViz on a free port of this machine.</summary>
internal sealed class RunningExplorer : IAsyncDisposable
{
    private readonly ExplorerServer _server;

    private RunningExplorer(ExplorerServer server) => (_server, Client) = (server, new HttpClient { BaseAddress = server.Address });

    public Uri Address => _server.Address;

    public HttpClient Client { get; }

    public static async Task<RunningExplorer> StartAsync(ExplorerOptions? options = null) =>
        new(await ExplorerServer.StartAsync(Explainer.Open(), null, options));

    /// <summary>Asks for numbers.</summary>
    public async Task<Answer> Ask(string path)
    {
        byte[] bytes = await Client.GetByteArrayAsync(new Uri($"api/{path}", UriKind.Relative));
        return Answer.Of(bytes);
    }

    /// <summary>Asks for events and returns the result's numbers.</summary>
    public async Task<Answer> AskForEvents(string path, CancellationToken token = default)
    {
        string text = await Client.GetStringAsync(new Uri($"api/{path}", UriKind.Relative), token);
        string data = text.Split("event: result\ndata: ")[1].Split('\n')[0];
        return Answer.Of(Convert.FromBase64String(JsonSerializer.Deserialize<string>(data)!));
    }

    /// <summary>Asks as anyone could, and returns status, type and text.</summary>
    public async Task<(int Status, string Type, string Text)> Try(HttpMethod method, string path, Action<HttpRequestHeaders>? headers = null,
        HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path)) { Content = body };
        headers?.Invoke(request.Headers);
        using HttpResponseMessage response = await Client.SendAsync(request);
        return ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", await response.Content.ReadAsStringAsync());
    }

    /// <summary>Opens a session.</summary>
    public async Task<string> OpenSession() =>
        JsonDocument.Parse(await Client.GetStringAsync(new Uri("api/session", UriKind.Relative))).RootElement.GetProperty("session").GetString()!;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }
}

/// <summary>What the server told, and its tensors.</summary>
internal sealed record Answer(JsonElement About, IReadOnlyDictionary<string, float[]> Tensors)
{
    public static Answer Of(byte[] bytes)
    {
        int length = BitConverter.ToInt32(bytes);
        JsonElement root = JsonDocument.Parse(bytes.AsMemory(4, length)).RootElement;
        var tensors = new Dictionary<string, float[]>();
        foreach (JsonElement tensor in root.GetProperty("tensors").EnumerateArray())
        {
            int count = tensor.GetProperty("shape").EnumerateArray().Aggregate(1, (product, axis) => product * axis.GetInt32());
            var values = new float[count];
            Buffer.BlockCopy(bytes, 4 + length + 4 * tensor.GetProperty("offset").GetInt32(), values, 0, 4 * count);
            tensors[tensor.GetProperty("name").GetString()!] = values;
        }

        return new Answer(root.GetProperty("about"), tensors);
    }
}
