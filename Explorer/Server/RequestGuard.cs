using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace NetViz.Explorer.Server;

/// <summary>
/// Refuses what does not come from the explorer's own page: a foreign host name (DNS rebinding), a foreign origin, an address
/// without the classroom's token. Sets the headers that keep the page to itself.
/// </summary>
internal sealed class RequestGuard
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        + "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly ExplorerOptions _options;
    private readonly byte[]? _token;

    public RequestGuard(ExplorerOptions options, string? token) =>
        (_options, _token) = (options, token is null ? null : Encoding.UTF8.GetBytes(token));

    /// <summary>Checks a request and hands it on.</summary>
    public async Task Invoke(HttpContext context, Func<Task> next)
    {
        HttpRequest request = context.Request;
        SetHeaders(context.Response.Headers);
        if (!IsOwnHost(request.Host))
        {
            await Problems.Write(context, StatusCodes.Status421MisdirectedRequest, "Foreign host",
                $"'{request.Host.Value}' is not this explorer's address").ConfigureAwait(false);
        }
        else if (!IsOwnOrigin(request))
        {
            await Problems.Write(context, StatusCodes.Status403Forbidden, "Foreign origin",
                "only the explorer's own page may ask").ConfigureAwait(false);
        }
        else if (!TakeToken(request))
        {
            await Problems.Write(context, StatusCodes.Status404NotFound, "Not found",
                "there is nothing at this address; the explorer's address has a token in it").ConfigureAwait(false);
        }
        else
        {
            await next().ConfigureAwait(false);
        }
    }

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()";
        headers.CacheControl = "no-store";
    }

    // A host name resolves to the address that its owner chooses; a numeric address is fixed.
    private bool IsOwnHost(HostString host)
    {
        if (!host.HasValue) return false;
        string name = host.Host.Trim('[', ']');
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return true;
        bool isAddress = IPAddress.TryParse(name, out IPAddress? address);
        if (_options.Listen is null) return isAddress && IPAddress.IsLoopback(address!);
        return isAddress || name.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsOwnOrigin(HttpRequest request)
    {
        bool isPage = HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate";
        StringValues site = request.Headers["Sec-Fetch-Site"];
        if (!isPage && site.Count > 0 && site != "same-origin" && site != "none") return false;
        StringValues origin = request.Headers.Origin;
        return origin.Count == 0 || origin == $"http://{request.Host.Value}";
    }

    /// <summary>Takes the token from the path's beginning.</summary>
    private bool TakeToken(HttpRequest request)
    {
        if (_token is null) return true;
        string path = request.Path.Value ?? "";
        int end = path.IndexOf('/', 1);
        if (end < 0) return false;
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(path[1..end]), _token)) return false;
        (request.PathBase, request.Path) = (path[..end], path[end..]);
        return true;
    }
}
