using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using NetViz.Engine;
using NetViz.Explorer.Pictures;
using NetViz.Procedures;

namespace NetViz.Explorer.Server;

/// <summary>The explorer's server: the page and what it asks, on this machine or, with a token, in a classroom.</summary>
public sealed class ExplorerServer : IAsyncDisposable
{
    private const int TokenBytes = 12;

    private readonly WebApplication _app;
    private readonly ModelShelf _models;
    private readonly Api _api;

    private ExplorerServer(WebApplication app, ModelShelf models, Api api, Uri address) =>
        (_app, _models, _api, Address) = (app, models, api, address);

    /// <summary>Gets the page's address.</summary>
    public Uri Address { get; }

    /// <summary>Gets the bytes of the page's files.</summary>
    public static int PageBytes => PageFiles.TotalBytes;

    /// <summary>Starts to serve.</summary>
    /// <param name="explainer">The network; the server disposes it.</param>
    /// <param name="model">How it was opened, for models that visitors bring.</param>
    /// <param name="options">Where and how; null for a free port of this machine.</param>
    /// <exception cref="NetVizException">The picture cannot be read, or the address cannot be used.</exception>
    public static async Task<ExplorerServer> StartAsync(Explainer explainer, ModelOptions? model = null, ExplorerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        options ??= new ExplorerOptions();
        // Refuses at once what no picture could be looked at with.
        _ = explainer.Preprocessing;
        string? token = options.Listen is null ? null : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
        var pictures = new PictureShelf(options.Picture);
        var models = new ModelShelf(new LoadedModel(explainer, options));
        var api = new Api(options, models, pictures, model ?? new ModelOptions());
        WebApplication app = Build(options, token, api);
        try
        {
            await app.StartAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new NetVizException($"`Port` {options.Port} of {options.Listen ?? IPAddress.Loopback} cannot be used: {e.Message}",
                "leave it out for a free one");
        }

        int port = new Uri(app.Urls.First()).Port;
        string host = options.Listen is null ? "127.0.0.1" : HostOf(options.Listen);
        return new ExplorerServer(app, models, api, new Uri($"http://{host}:{port}/{(token is null ? "" : token + "/")}"));
    }

    /// <summary>Serves until it is cancelled.</summary>
    /// <param name="token">Ends the server; passes that run are cancelled.</param>
    public async Task RunAsync(CancellationToken token)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await _app.StopAsync(soon.Token).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        _api.Dispose();
        _models.Dispose();
    }

    private static WebApplication Build(ExplorerOptions options, string? token, Api api)
    {
        // Empty: no configuration files, no environment, no logging, no static files.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestLineSize = 16_384;
            kestrel.Limits.MaxConcurrentConnections = 2_000;
            kestrel.Limits.MaxResponseBufferSize = 4_000_000;
            kestrel.Listen(options.Listen ?? IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        WebApplication app = builder.Build();
        var guard = new RequestGuard(options, token);
        app.Use((context, next) => guard.Invoke(context, () => next(context)));
        app.UseRouting();
        app.UseEndpoints(api.Map);
        app.Run(async context =>
        {
            if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            {
                if (await PageFiles.TryServe(context).ConfigureAwait(false)) return;
                await Problems.Write(context, StatusCodes.Status404NotFound, "Not found", "there is nothing at this address")
                    .ConfigureAwait(false);
                return;
            }

            await Problems.Write(context, StatusCodes.Status405MethodNotAllowed, "Not allowed", "this address is only read")
                .ConfigureAwait(false);
        });
        return app;
    }

    private static string HostOf(IPAddress address)
    {
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            // The address by which others reach this machine; connecting a datagram socket sends nothing.
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                socket.Connect("192.0.2.1", 9);
                address = ((IPEndPoint)socket.LocalEndPoint!).Address;
            }
            catch (SocketException)
            {
                address = IPAddress.Loopback;
            }
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
    }
}
