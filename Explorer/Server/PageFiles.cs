using Microsoft.AspNetCore.Http;

namespace NetViz.Explorer.Server;

/// <summary>The page's files, which are part of the program: no address reaches a file of the machine.</summary>
internal static class PageFiles
{
    private const string Prefix = "page/";

    private static readonly Dictionary<string, byte[]> Files = Read();

    /// <summary>Gets the bytes of all files together.</summary>
    public static int TotalBytes => Files.Values.Sum(file => file.Length);

    /// <summary>Answers a request for a file; false if there is none.</summary>
    public static async Task<bool> TryServe(HttpContext context)
    {
        string name = context.Request.Path.Value is null or "/" or "" ? "index.html" : context.Request.Path.Value[1..];
        if (!Files.TryGetValue(name, out byte[]? file)) return false;
        context.Response.ContentType = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            _ => "text/javascript; charset=utf-8",
        };
        context.Response.ContentLength = file.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(file, context.RequestAborted).ConfigureAwait(false);
        return true;
    }

    private static Dictionary<string, byte[]> Read()
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        System.Reflection.Assembly own = typeof(PageFiles).Assembly;
        foreach (string name in own.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using Stream stream = own.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            files[name[Prefix.Length..]] = bytes;
        }

        return files;
    }
}
