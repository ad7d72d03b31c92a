using Microsoft.Playwright;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>The browser of this machine, without a window. None is ever downloaded.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    /// <summary>Skips the running tests where there is no browser.</summary>
    public static string Require()
    {
        string? found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        if (found is null)
            Assert.Ignore($"needs a browser that tests can look with; none of {string.Join(", ", Names)} is on the PATH");
        return found!;
    }

    /// <summary>Starts a browser of its own profile.</summary>
    public static async Task<Chromium> StartAsync(string executable)
    {
        IPlaywright playwright = await Playwright.CreateAsync();
        try
        {
            return new Chromium(playwright, await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = executable,
                // Containers have no user namespaces for the sandbox and little shared memory. The pages are our own.
                Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
            }));
        }
        catch
        {
            playwright.Dispose();
            throw;
        }
    }

    /// <summary>Opens a page from a file, with the network off, and collects what it complains about.</summary>
    /// <param name="file">The page.</param>
    /// <param name="scheme">What the reader prefers.</param>
    /// <param name="width">CSS pixels; from 480 down it is a phone with two points a pixel.</param>
    public async Task<OpenPage> OpenAsync(string file, ColorScheme scheme, int width)
    {
        OpenPage opened = await NewPageAsync(scheme, width, server: null);
        await opened.Page.GotoAsync(new Uri(file).AbsoluteUri);
        return opened;
    }

    /// <summary>Opens a page of a server of this machine, and collects what it complains about, and requests for anything else.</summary>
    /// <param name="address">The page.</param>
    /// <param name="scheme">What the reader prefers.</param>
    /// <param name="width">CSS pixels; from 480 down it is a phone with two points a pixel.</param>
    public async Task<OpenPage> VisitAsync(string address, ColorScheme scheme, int width)
    {
        OpenPage opened = await NewPageAsync(scheme, width, new Uri(address).GetLeftPart(UriPartial.Authority) + "/");
        await opened.Page.GotoAsync(address);
        return opened;
    }

    private async Task<OpenPage> NewPageAsync(ColorScheme scheme, int width, string? server)
    {
        bool isPhone = width <= 480;
        IBrowserContext context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = isPhone ? 844 : 800 },
            IsMobile = isPhone,
            HasTouch = isPhone,
            DeviceScaleFactor = isPhone ? 2 : 1,
            Offline = server is null,
        });
        return new OpenPage(context, await context.NewPageAsync(), server);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
    }
}

/// <summary>A page in a browser context of its own. Dispose closes it.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    public OpenPage(IBrowserContext context, IPage page, string? server = null)
    {
        (_context, Page) = (context, page);
        page.Request += (_, request) =>
        {
            bool isOwn = request.Url.StartsWith("data:", StringComparison.Ordinal) || request.Url.StartsWith("blob:", StringComparison.Ordinal)
                || (server is not null && request.Url.StartsWith(server, StringComparison.Ordinal));
            if (!isOwn && !request.IsNavigationRequest)
                _complaints.Add($"asks for {request.Url}");
        };
        page.Console += (_, message) => _complaints.Add($"says {message.Text}");
        page.PageError += (_, error) => _complaints.Add($"fails with {error}");
    }

    public IPage Page { get; }

    /// <summary>Requests for anything beside the page, lines on the console, and errors, so far.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
