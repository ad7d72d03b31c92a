using System.Collections.Immutable;
using NetViz.Engine;

namespace NetViz.Weights.Catalogue;

/// <summary>
/// Where files lie: an http or https address, a file: address, or a folder. A mirror may keep the catalogue's paths or hold all
/// files side by side; which of the two is found out by asking.
/// </summary>
internal static class ModelSource
{
    /// <summary>The mirror that the environment names, or null.</summary>
    public static string? EnvironmentMirror =>
        Environment.GetEnvironmentVariable("NETVIZ_MIRROR") is { Length: > 0 } mirror ? mirror : null;

    /// <summary>Whether the text is an address rather than a folder.</summary>
    public static bool IsAddress(string from) => from.Contains("://", StringComparison.Ordinal);

    /// <summary>The addresses at which to ask for a file, in this order.</summary>
    /// <param name="model">The file.</param>
    /// <param name="mirror">The user's choice of a mirror; null for the catalogue's own address.</param>
    /// <exception cref="NetVizException">The mirror is no such address or folder.</exception>
    public static ImmutableArray<Uri> AddressesOf(CatalogueModel model, string? mirror)
    {
        string[] places = mirror is null ? [model.Path] : [model.Path, model.FileName];
        string from = mirror ?? model.From;
        if (!IsAddress(from))
        {
            if (!Directory.Exists(from))
                throw new NetVizException($"'{from}' is neither a folder nor an http or https address",
                    "models come from either");
            return [.. places.Distinct().Select(place => new Uri(Path.GetFullPath(Path.Combine([from, .. place.Split('/')]))))];
        }

        if (!Uri.TryCreate(from.TrimEnd('/') + "/", UriKind.Absolute, out Uri? start) || !(IsWeb(start) || start.IsFile))
            throw new NetVizException($"'{from}' is no address that models can come from",
                "supported are http, https and file addresses, and folders");
        if (start.UserInfo.Length > 0)
            throw new NetVizException("an address with a user name or password is not supported", "use a proxy or a folder");
        if (start.Query.Length > 0 || start.Fragment.Length > 0)
            throw new NetVizException($"'{from}' has a '?' or '#'; the address of a folder is wanted");
        return [.. places.Distinct().Select(place =>
            new Uri(start, string.Join('/', place.Split('/').Select(Uri.EscapeDataString))))];
    }

    /// <summary>Where a redirect leads.</summary>
    /// <param name="at">The address that answered.</param>
    /// <param name="location">Its Location, absolute or relative.</param>
    /// <exception cref="NetVizException">It leaves http and https, or goes from https back to http.</exception>
    public static Uri Follow(Uri at, Uri? location)
    {
        if (location is null) throw new NetVizException($"{Shown(at)} redirects, and does not say where");
        Uri target = location.IsAbsoluteUri ? location : new Uri(at, location);
        if (!IsWeb(target) || (at.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps))
            throw new NetVizException($"{Shown(at)} redirects to {target.Scheme};"
                + " a redirect may lead from http to http or https, and from https to https");
        return target;
    }

    /// <summary>An address for people: a signed address's long query does not help them, and may be a secret.</summary>
    public static string Shown(Uri address) => address.IsFile ? address.LocalPath : address.GetLeftPart(UriPartial.Path);

    private static bool IsWeb(Uri address) => address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps;
}
