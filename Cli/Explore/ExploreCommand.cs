using System.CommandLine;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetViz.Cli.Common;
using NetViz.Engine;
using NetViz.Explorer.Server;
using NetViz.Procedures;

namespace NetViz.Cli.Explore;

/// <summary><c>netviz explore</c>: a page in the browser on which backward passes are seen, stepped through and changed.</summary>
internal static class ExploreCommand
{
    private const int MaxPort = 65_535;

    private static readonly Argument<string?> Image = new("IMAGE")
    {
        Description = "The picture to begin with: a file, or sample:NAME for a picture that comes with netviz (netviz samples). "
            + "[default: a sample]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<int> Port = new("--port", "-p")
    {
        Description = "The port; 0 takes a free one.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<bool> NoBrowser = new("--no-browser")
    {
        Description = "Print the address and open no browser.",
    };

    private static readonly Option<string?> Listen = new("--listen")
    {
        Description = "Serve a classroom on this address of the machine, such as 192.168.1.20, or 0.0.0.0 for all; the page's "
            + "address then holds a token. Without it only this machine can connect.",
        HelpName = "ADDRESS",
    };

    private static readonly Option<bool> AllowUploads = new("--allow-uploads")
    {
        Description = "Let visitors of a classroom bring pictures and models. On this machine alone they always may.",
    };

    public static Command Create() => CommonOptions.Create("explore",
        "Opens a page in the browser on which a backward pass can be seen, stepped through layer by layer, traced number by number "
        + "and changed: three rules side by side, switches, class models, localisation, maps and five lessons. The server "
        + "answers this machine only, unless --listen names an address. Ctrl-C ends it.",
        [Image, Port, NoBrowser, Listen, AllowUploads], Run);

    private static int Run(ParseResult parsed)
    {
        int port = parsed.GetValue(Port);
        if (port is < 0 or > MaxPort) throw new NetVizException($"--port {port}; 0 to {MaxPort} is supported");
        IPAddress? listen = null;
        if (parsed.GetValue(Listen) is { } text && !IPAddress.TryParse(text, out listen))
            throw new NetVizException($"--listen '{text}' is no address; one such as 192.168.1.20 or 0.0.0.0 is expected");
        if (parsed.GetValue(AllowUploads) && listen is null)
            throw new NetVizException("--allow-uploads belongs to --listen; on this machine alone uploads are allowed");
        return Serve(parsed, port, listen);
    }

    // A method of its own: the web server is loaded when it is called, and for no other command.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Serve(ParseResult parsed, int port, IPAddress? listen) => ServeAsync(parsed, new ExplorerOptions
    {
        Picture = parsed.GetValue(Image),
        Port = port,
        Listen = listen,
        AllowUploads = parsed.GetValue(AllowUploads),
        Message = SettingNames.AsOptions,
    }).GetAwaiter().GetResult();

    private static async Task<int> ServeAsync(ParseResult parsed, ExplorerOptions options)
    {
        ModelOptions model = CommonOptions.ModelOf(parsed);
        Explainer explainer = CommonOptions.Open(parsed);
        ExplorerServer server;
        try
        {
            server = await ExplorerServer.StartAsync(explainer, model, options).ConfigureAwait(false);
        }
        catch
        {
            explainer.Dispose();
            throw;
        }

        await using (server.ConfigureAwait(false))
        {
            using var ended = new CancellationTokenSource();
            void End(PosixSignalContext signal)
            {
                signal.Cancel = true;
                ended.Cancel();
            }

            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
            if (parsed.GetValue(CommonOptions.Json)) Output.PrintJson(new { Address = server.Address.ToString() });
            else if (!parsed.GetValue(CommonOptions.Quiet)) Console.WriteLine($"{server.Address}  (Ctrl-C ends it)");
            if (!parsed.GetValue(NoBrowser) && !Browser.TryOpen(server.Address))
                Output.Note("no browser could be opened; open the address yourself");
            await server.RunAsync(ended.Token).ConfigureAwait(false);
        }

        return 0;
    }
}
