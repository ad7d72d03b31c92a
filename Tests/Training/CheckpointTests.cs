using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using NetViz.Engine;
using NetViz.Training;
using NUnit.Framework;

namespace NetViz.Tests.Training;

/// <summary>Checkpoint files, whole and not.</summary>
public class CheckpointTests
{
    private static readonly Checkpoint Small = new(new TrainingConfig { Epochs = 9 }, "0123",
        [new EpochLog
        {
            Epoch = 1, LearningRate = 0.1, TrainingLoss = 1 / 3.0, TrainingTop1 = 0.5, GradientNorm = 2, ImagesPerSecond = 10,
            Seconds = 3,
        }],
        [("a", [1, 2, float.NaN]), ("b", []), ("c", [4])]);

    [Test]
    public void What_was_written_is_read()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.checkpoint");
        Small.Write(path);
        Checkpoint read = Checkpoint.Read(path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Config.DifferencesFrom(Small.Config), Is.Empty);
            Assert.That(read.Data, Is.EqualTo(Small.Data));
            Assert.That(read.Log, Is.EqualTo(Small.Log));
            Assert.That(read.Tensors.Select(tensor => tensor.Name), Is.EqualTo((string[])["a", "b", "c"]));
            Assert.That(read.Tensors.Select(tensor => tensor.Values), Is.EqualTo(Small.Tensors.Select(tensor => tensor.Values)));
        }
    }

    [Test]
    public void What_a_killed_run_left_is_removed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.checkpoint");
        folder.Write($".netviz-7fffffff-1-{Guid.NewGuid():N}.tmp", new string('x', 100_000));
        Small.Write(path);
        Small.Write(path);
        Assert.That(Checkpoint.Read(path).Data, Is.EqualTo(Small.Data));
        Assert.That(Directory.GetFiles(folder.Path), Is.EqualTo((string[])[path]));
    }

    [Test]
    public void No_part_of_a_file_is_taken_for_a_whole()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = Bytes(folder);
        foreach (int length in Enumerable.Range(0, bytes.Length)) Refused(folder, bytes[..length]);
        Refused(folder, [.. bytes, 0]);
    }

    [Test]
    public void Every_bit_counts()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = Bytes(folder);
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= (byte)(1 << (i % 8));
            Refused(folder, bytes);
            bytes[i] ^= (byte)(1 << (i % 8));
        }
    }

    // Whoever writes a file can also write its SHA-256.
    [TestCase("\"Lengths\":[3,0,1]", "\"Lengths\":[3,0,2]")]
    [TestCase("\"Lengths\":[3,0,1]", "\"Lengths\":[3,1]")]
    [TestCase("\"Lengths\":[3,0,1]", "\"Lengths\":[5,0,-1]")]
    [TestCase("\"Lengths\":[3,0,1]", "\"Lengths\":null")]
    [TestCase("\"Data\":\"0123\"", "\"Data\":null")]
    [TestCase("\"Data\":\"0123\"", "\"Data\":[[[[")]
    [TestCase("\"Epoch\":1", "\"Epok\":1")]
    [TestCase("\\u0022epochs\\u0022: 9", "\\u0022epochs\\u0022: 0")]
    public void A_head_that_lies_is_refused(string from, string to)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = Bytes(folder);
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12));
        string head = Encoding.UTF8.GetString(bytes, 16, length);
        Assert.That(head, Does.Contain(from));
        byte[] other = Encoding.UTF8.GetBytes(head.Replace(from, to, StringComparison.Ordinal));
        Refused(folder, Signed([.. bytes[..12], .. BitConverter.GetBytes(other.Length), .. other, .. bytes[(16 + length)..^32]]));
    }

    [TestCase(-1)]
    [TestCase(int.MaxValue)]
    [TestCase(100_000)]
    public void A_head_of_impossible_length_is_refused(int length)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = Bytes(folder);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), length);
        Refused(folder, Signed(bytes[..^32]));
    }

    [Test]
    public void Other_files_and_versions_are_named()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = Bytes(folder);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), 2);
        string path = folder.Write("b.checkpoint", Signed(bytes[..^32]));
        Assert.That(() => Checkpoint.Read(path), Throws.TypeOf<NetVizException>().With.Message.Contains("of version 2"));
        Assert.That(() => Checkpoint.Read(folder.Write("c", "a text that is long enough to be one")),
            Throws.TypeOf<NetVizException>().With.Message.Contains("is no checkpoint"));
        Assert.That(() => Checkpoint.Read(folder.File("absent")),
            Throws.TypeOf<NetVizException>().With.Message.Contains("cannot be read"));
        Assert.That(() => Small.Write(folder.File("absent", "a")),
            Throws.TypeOf<NetVizException>().With.Message.Contains("cannot be written"));
    }

    private static byte[] Bytes(TemporaryFolder folder)
    {
        Small.Write(folder.File("whole.checkpoint"));
        return File.ReadAllBytes(folder.File("whole.checkpoint"));
    }

    private static byte[] Signed(byte[] content) => [.. content, .. SHA256.HashData(content)];

    private static void Refused(TemporaryFolder folder, byte[] bytes)
    {
        string path = folder.Write("b.checkpoint", bytes);
        Assert.That(() => Checkpoint.Read(path), Throws.TypeOf<NetVizException>().With.Message.StartsWith(path));
    }
}
