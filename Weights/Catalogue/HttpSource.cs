using System.Net;
using System.Net.Http.Headers;
using NetViz.Engine;
using static System.FormattableString;

namespace NetViz.Weights.Catalogue;

/// <summary>Asks web servers for files, or for the rest of files.</summary>
internal sealed class HttpSource : IDisposable
{
    private const int MostRedirects = 10;

    private readonly DownloadOptions _options;
    private readonly HttpClient _client, _direct;

    // The validator of the first answer: the rest must be of the same version of the file.
    private RangeConditionHeaderValue? _version;
    private Uri? _versionOf;

    public HttpSource(DownloadOptions options)
    {
        _options = options;
        _client = Client(options, useProxy: true);
        _direct = Client(options, useProxy: false);
    }

    /// <summary>Opens a file from a byte on.</summary>
    /// <param name="address">The file.</param>
    /// <param name="start">The first byte wanted.</param>
    /// <param name="bytes">The whole file's length.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The answer, which may begin at 0 instead; null where there is no such file.</returns>
    /// <exception cref="TransferException">Another try may mend it.</exception>
    /// <exception cref="NetVizException">No other try will mend it.</exception>
    public async Task<Transfer?> OpenAsync(Uri address, long start, long bytes, CancellationToken cancellation)
    {
        HttpResponseMessage response = await AskAsync(address, start, cancellation).ConfigureAwait(false);
        try
        {
            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone)
            {
                response.Dispose();
                return null;
            }

            RequireContent(response, address);
            bool partial = response.StatusCode == HttpStatusCode.PartialContent;
            ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
            long from = partial ? range?.From ?? -1 : 0;
            // A longer file may still begin with this one's bytes, and no more are read; a shorter one can't be it.
            long? total = partial ? range?.Length : response.Content.Headers.ContentLength;
            if (total < bytes)
                throw new TransferException(Invariant($"{ModelSource.Shown(address)} holds {total:N0} bytes, and {bytes:N0} are wanted"));
            Remember(address, response);
            Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            return new Transfer(body, from, response);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _direct.Dispose();
    }

    private async Task<HttpResponseMessage> AskAsync(Uri address, long start, CancellationToken cancellation)
    {
        Uri at = address;
        for (int redirects = 0; redirects <= MostRedirects; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, at);
            // The hash is of the file itself, so no transport may pack it.
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("netviz",
                typeof(HttpSource).Assembly.GetName().Version!.ToString(3)));
            if (start > 0)
            {
                request.Headers.Range = new RangeHeaderValue(start, null);
                if (_versionOf == address) request.Headers.IfRange = _version;
            }

            HttpResponseMessage response = await SendAsync(request, cancellation).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308)) return response;
            using (response) at = ModelSource.Follow(at, response.Headers.Location);
        }

        throw new NetVizException($"{ModelSource.Shown(address)} redirects more than {MostRedirects} times");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        Uri at = request.RequestUri!;
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stall.CancelAfter(_options.ConnectTimeout + _options.StallTimeout);
        try
        {
            // What listens on this machine is not reached by way of a proxy.
            HttpClient client = at.IsLoopback ? _direct : _client;
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TransferException($"{at.Authority} did not answer in time", e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError)
        {
            // Most likely no network, or a certificate that is not trusted: neither gets better in seconds.
            throw new NetVizException($"{at.Authority} cannot be reached: {e.Message.TrimEnd('.')}",
                "models that were downloaded before need no network; `From` names a mirror", e);
        }
        catch (HttpRequestException e)
        {
            string found = (e.InnerException as HttpIOException ?? (Exception)e).Message.TrimEnd('.');
            bool isNamed = found.Contains(at.Authority, StringComparison.Ordinal);
            throw new TransferException(isNamed ? found : $"{at.Authority}: {found}", e);
        }
    }

    private static void RequireContent(HttpResponseMessage response, Uri address)
    {
        int status = (int)response.StatusCode;
        if (status is 200 or 206) return;
        string found = $"{ModelSource.Shown(address)}: the server answers {status} {response.ReasonPhrase}".TrimEnd();
        if (status is 408 or 416 or 425 or 429 or >= 500 and not 501 and not 505)
            throw new TransferException(found) { RetryAfter = Asked(response.Headers.RetryAfter), AskWhole = status == 416 };
        throw new NetVizException(found, "`From` names a mirror");
    }

    private static TimeSpan? Asked(RetryConditionHeaderValue? retry) =>
        retry?.Delta ?? (retry?.Date is { } date ? date - DateTimeOffset.UtcNow : null);

    private void Remember(Uri address, HttpResponseMessage response)
    {
        _versionOf = address;
        // If-Range takes no weak validators; a date can be one second too coarse, so that an entity tag alone is used.
        _version = response.Headers.ETag is { IsWeak: false } tag ? new RangeConditionHeaderValue(tag) : null;
    }

    private static HttpClient Client(DownloadOptions options, bool useProxy) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = options.ConnectTimeout,
        UseCookies = false,
        UseProxy = useProxy,
        // Bytes beyond the file are not waited for.
        MaxResponseDrainSize = 0,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
