using System.Security.Cryptography;
using System.Text;
using NetViz.Engine.Files;

namespace NetViz.Procedures;

/// <summary>A file that a result was made from.</summary>
/// <param name="Path">As the command line names it; a picture that comes with netviz is sample:NAME.</param>
/// <param name="Sha256">Of its bytes; of a folder, of the names and hashes of its files in the order of their names; of a
/// sample, of its pixels.</param>
public sealed record FileOrigin(string Path, string Sha256)
{
    /// <summary>Computes the hash of a file, or of a folder with all that it holds.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static FileOrigin OfPath(string path)
    {
        if (!Directory.Exists(path)) return new FileOrigin(path, OfFile(path));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = System.IO.Path.GetRelativePath(path, file).Replace('\\', '/');
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{OfFile(file)}\n"));
        }

        return new FileOrigin(path, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static string OfFile(string path)
    {
        using FileStream stream = UntrustedFile.Open(path, FileKind.Hashed);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
