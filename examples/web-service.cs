#:sdk Microsoft.NET.Sdk.Web
#:project ../Procedures/Procedures.csproj
// A web service: POST a picture to /saliency, get its saliency map as a PNG. One set of weights serves all requests; a client that
// leaves frees its place between two layers; when too many wait, further ones are sent away with 503.
//   dotnet run -c Release examples/web-service.cs                      starts itself, sends itself requests, checks the answers
//   dotnet run -c Release examples/web-service.cs serve [PORT]         serves until Ctrl-C:
//       curl --data-binary @photo.jpg -o map.png http://127.0.0.1:5000/saliency
//   dotnet run -c Release examples/web-service.cs load CLIENTS REQUESTS   measures itself on loopback
using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetViz.Engine;
using NetViz.Procedures;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;

using var explainer = Explainer.Open(new ModelOptions { Device = "cpu" });
string mode = args.Length > 0 ? args[0] : "check";
int port = mode == "serve" ? args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5000 : 0;
using var service = new SaliencyService(explainer, waiting: mode == "check" ? 6 : 128);

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
await using WebApplication app = builder.Build();
app.Urls.Add($"http://127.0.0.1:{port}");
app.MapPost("/saliency", service.Answer);
if (mode == "serve")
{
    await app.RunAsync();
    return 0;
}

await app.StartAsync();
using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromMinutes(10) };
byte[][] pictures = [Encoded("orange"), Encoded("lemon"), Encoded("teapot")];
byte[][] expected = [.. pictures.Select(picture => service.MapOf(picture, CancellationToken.None))];
bool isRight = mode == "load"
    ? await Load(int.Parse(args[1], CultureInfo.InvariantCulture), int.Parse(args[2], CultureInfo.InvariantCulture))
    : await Check();
await app.StopAsync();
return isRight ? 0 : 1;

// Answers are the bytes of a call on one thread; what is no picture is refused; who leaves frees its place; a crowd is sent away.
async Task<bool> Check()
{
    byte[][] answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async k =>
        await (await Post(pictures[k % 3])).Content.ReadAsByteArrayAsync()));
    bool same = answers.Select((answer, k) => answer.AsSpan().SequenceEqual(expected[k % 3])).All(equal => equal);
    HttpStatusCode nonsense = (await Post("no picture"u8.ToArray())).StatusCode;
    HttpResponseMessage[] crowd = await Task.WhenAll(Enumerable.Range(0, 60).Select(k => Post(pictures[k % 3])));
    int served = crowd.Count(answer => answer.StatusCode == HttpStatusCode.OK);
    int refused = crowd.Count(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable);
    bool isFreed = await Leave(6);
    Console.WriteLine($"six answers the same as on one thread: {same}; no picture: {(int)nonsense}; of a crowd of 60 {served} served, "
        + $"{refused} sent away; places free again after clients left: {isFreed}");
    return same && nonsense == HttpStatusCode.BadRequest && served > 0 && served + refused == 60 && isFreed;
}

async Task<bool> Load(int clients, int requests)
{
    Stopwatch alone = Stopwatch.StartNew();
    int passes = Math.Max(20, requests / 20);
    for (int k = 0; k < passes; k++) service.MapOf(pictures[k % 3], CancellationToken.None);
    double aloneRate = passes / alone.Elapsed.TotalSeconds;
    (int next, int wrong, double least, double most) = (0, 0, double.MaxValue, 0);
    var watch = Stopwatch.StartNew();
    await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
    {
        for (int k; (k = Interlocked.Increment(ref next) - 1) < requests;)
        {
            byte[] answer = await (await Post(pictures[k % 3])).Content.ReadAsByteArrayAsync();
            if (!answer.AsSpan().SequenceEqual(expected[k % 3])) Interlocked.Increment(ref wrong);
            if (k % 100 != 0 || k < requests / 4) continue;
            double megabytes = Environment.WorkingSet / 1e6;
            lock (service) (least, most) = (Math.Min(least, megabytes), Math.Max(most, megabytes));
        }
    })));
    double rate = requests / watch.Elapsed.TotalSeconds;
    bool isFreed = await Leave(clients);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{clients} clients, {requests} requests: {wrong} answers differ; "
        + $"{rate:0.0} requests a second, one thread alone {aloneRate:0.0} maps a second ({rate / aloneRate:0.00} times); memory "
        + $"{least:0} to {most:0} MB after the first quarter; places free again after {clients} clients left: {isFreed}"));
    return wrong == 0 && isFreed;
}

// Clients that go before the answer comes: nothing of theirs goes on, and the next client is served.
async Task<bool> Leave(int clients)
{
    await Task.WhenAll(Enumerable.Range(0, clients).Select(async k =>
    {
        using var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(1 + k % 20));
        try
        {
            await http.PostAsync("/saliency", new ByteArrayContent(pictures[k % 3]), leaving.Token);
        }
        catch (OperationCanceledException)
        {
            // What was meant to happen.
        }
    }));
    for (int wait = 0; service.Inside > 0 && wait < 1000; wait++) await Task.Delay(10);
    return service.Inside == 0 && (await Post(pictures[0])).StatusCode == HttpStatusCode.OK;
}

static byte[] Encoded(string sample) => ImageFile.EncodePng(SampleScenes.Read(SampleScenes.Find(sample)));

Task<HttpResponseMessage> Post(byte[] body) => http.PostAsync("/saliency", new ByteArrayContent(body));

/// <summary>Answers requests: as many at once as the network runs passes, some more wait, further ones are sent away.</summary>
/// <param name="explainer">The network; any number of threads may use it.</param>
/// <param name="waiting">Requests that may wait.</param>
internal sealed class SaliencyService(Explainer explainer, int waiting) : IDisposable
{
    private const long LargestPicture = 16 << 20;

    private readonly SemaphoreSlim _places = new(explainer.Prepared.MaxPasses);
    private readonly int _most = explainer.Prepared.MaxPasses + waiting;
    private int _inside;

    /// <summary>Requests that are computed or wait.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    /// <summary>Answers one request.</summary>
    public async Task Answer(HttpContext http)
    {
        // Cancelled when the client closes the connection.
        CancellationToken left = http.RequestAborted;
        if (Interlocked.Increment(ref _inside) > _most)
        {
            Interlocked.Decrement(ref _inside);
            http.Response.Headers.RetryAfter = "1";
            await Refuse(http, StatusCodes.Status503ServiceUnavailable, "too many requests at once");
            return;
        }

        try
        {
            byte[]? picture = await Read(http.Request, left);
            if (picture is null)
            {
                await Refuse(http, StatusCodes.Status413PayloadTooLarge, $"a picture may have {LargestPicture} bytes");
                return;
            }

            // Waiting here costs no thread; waiting for a pass inside the engine would.
            await _places.WaitAsync(left);
            byte[] map;
            try
            {
                map = await Task.Run(() => MapOf(picture, left), left);
            }
            finally
            {
                _places.Release();
            }

            http.Response.ContentType = "image/png";
            await http.Response.Body.WriteAsync(map, left);
        }
        catch (NetVizException e)
        {
            await Refuse(http, StatusCodes.Status400BadRequest, e.Message);
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
            // Nobody waits for an answer.
        }
        catch (IOException) when (left.IsCancellationRequested)
        {
            // The client left while it sent.
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    /// <summary>The saliency map of an encoded picture as a PNG.</summary>
    public byte[] MapOf(byte[] picture, CancellationToken token)
    {
        SaliencyResult result = explainer.Saliency(InputFile.Decode(picture), new SaliencyOptions { Rules = ["gradient"] },
            token: token);
        SaliencyMap map = SaliencyMap.Of(result.Images[0].Classes[0].Maps[0].Signal!);
        return ImageFile.EncodePng(HeatMap.Draw(map, MapScale.Of(map), ColorMap.Heat));
    }

    private static async Task<byte[]?> Read(HttpRequest request, CancellationToken token)
    {
        using var bytes = new MemoryStream();
        var part = new byte[1 << 16];
        for (int read; (read = await request.Body.ReadAsync(part, token)) > 0;)
        {
            if (bytes.Length + read > LargestPicture) return null;
            bytes.Write(part, 0, read);
        }

        return bytes.ToArray();
    }

    private static async Task Refuse(HttpContext http, int status, string why)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync(why);
    }
}
