using System.Security.Cryptography;
using NetViz.Engine.Files;
using NetViz.Weights.Onnx;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

public class FileSha256Tests
{
    /// <summary>Several pieces, the last one short.</summary>
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes((5 << 20) + 7);

    [Test]
    public void Is_the_same_begun_in_the_background_or_not([Values] bool begun, [Values(0, 1, 20)] int waited)
    {
        using var folder = new TemporaryFolder();
        using LoadedFile file = LoadedFile.Open(folder.Write("a", Bytes), FileKind.Model);
        if (begun) file.BeginSha256();
        Thread.Sleep(waited);
        if (begun) file.BeginSha256();
        string[] found = new string[4];
        Parallel.For(0, found.Length, i => found[i] = file.Sha256);
        Assert.That(found, Is.All.EqualTo(Convert.ToHexStringLower(SHA256.HashData(Bytes))));
    }

    [Test]
    public void A_file_may_be_closed_while_it_is_computed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a", Bytes);
        for (int i = 0; i < 20; i++)
        {
            LoadedFile file = LoadedFile.Open(path, FileKind.Model);
            file.BeginSha256();
            file.Dispose();

            // Either the thread was done before, or there is nothing to read any more.
            string? found = null;
            try
            {
                found = file.Sha256;
            }
            catch (ObjectDisposedException)
            {
            }

            Assert.That(found, Is.Null.Or.EqualTo(Convert.ToHexStringLower(SHA256.HashData(Bytes))));
        }
    }
}
