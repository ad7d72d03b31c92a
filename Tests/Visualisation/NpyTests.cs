using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Text;
using NetViz.Engine;
using NetViz.Visualisation;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation;

public class NpyTests
{
    [Test]
    public void RoundTripKeepsShapeAndEveryBit()
    {
        using var folder = new TemporaryFolder();
        // More than one block of the writer, and numbers that only bits can tell apart.
        var values = new float[2 * 3 * 100 * 90];
        var random = new Random(7);
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(random.NextDouble() - 0.5);
        (values[0], values[1], values[2], values[3]) = (-0f, float.NaN, float.NegativeInfinity, float.Epsilon);
        Npy.Write(folder.File("a.npy"), Tensor.Create(values, [2, 3, 100, 90]));

        var read = Npy.Read(folder.File("a.npy"));
        Assert.That(read.Lengths.ToArray(), Is.EqualTo(new nint[] { 2, 3, 100, 90 }));
        var back = new float[values.Length];
        read.FlattenTo(back);
        Assert.That(back.Select(BitConverter.SingleToInt32Bits), Is.EqualTo(values.Select(BitConverter.SingleToInt32Bits)));
    }

    [Test]
    public void SameArrayGivesSameBytes()
    {
        using var folder = new TemporaryFolder();
        Npy.Write(folder.File("a.npy"), Tensor.Create<float>([1, 2, 3], [3]));
        Npy.Write(folder.File("b.npy"), Tensor.Create<float>([1, 2, 3], [3]));
        Assert.That(File.ReadAllBytes(folder.File("b.npy")), Is.EqualTo(File.ReadAllBytes(folder.File("a.npy"))));
    }

    // What numpy.save writes for numpy.float32([1, 2]), byte by byte.
    [Test]
    public void WritesWhatNumPyWrites()
    {
        using var folder = new TemporaryFolder();
        Npy.Write(folder.File("a.npy"), Tensor.Create<float>([1, 2], [2]));
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".PadRight(117) + "\n";
        byte[] expected = [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(header), 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40];
        Assert.That(File.ReadAllBytes(folder.File("a.npy")), Is.EqualTo(expected));
    }

    [Test]
    public void SlicesAreWrittenInTheirOwnOrder()
    {
        using var folder = new TemporaryFolder();
        var array = Tensor.Create<float>([0, 1, 2, 3, 4, 5], [2, 3]);
        Npy.Write(folder.File("a.npy"), array.Slice([System.Buffers.NRange.All, new System.Buffers.NRange(1, 3)]));
        Assert.That(Flat(Npy.Read(folder.File("a.npy"))), Is.EqualTo(new float[] { 1, 2, 4, 5 }));
    }

    [Test]
    public void ReadsEveryTypeAsFloat()
    {
        using var folder = new TemporaryFolder();
        float[] expected = [0, 1, 2];
        Assert.Multiple(() =>
        {
            Assert.That(Flat(Npy.Read(FileOf(folder, "|u1", "(3,)", [0, 1, 2]))), Is.EqualTo(expected));
            Assert.That(Flat(Npy.Read(FileOf(folder, "<i4", "(3,)", Bytes(4, 0, 1, 2)))), Is.EqualTo(expected));
            Assert.That(Flat(Npy.Read(FileOf(folder, "<i8", "(3,)", Bytes(8, 0, 1, 2)))), Is.EqualTo(expected));
            Assert.That(Flat(Npy.Read(FileOf(folder, "<f2", "(3,)", Doubles(2, 0, 1, 2)))), Is.EqualTo(expected));
            Assert.That(Flat(Npy.Read(FileOf(folder, "<f4", "(3,)", Doubles(4, 0, 1, 2)))), Is.EqualTo(expected));
            Assert.That(Flat(Npy.Read(FileOf(folder, "<f8", "(3,)", Doubles(8, 0, 1, 2)))), Is.EqualTo(expected));
        });
    }

    [Test]
    public void ReadsDoublesAndIntegersExactly()
    {
        using var folder = new TemporaryFolder();
        var doubles = Npy.ReadDouble(FileOf(folder, "<f8", "(2,)", Doubles(8, Math.PI, 1e-300)));
        Assert.That(Flat(doubles), Is.EqualTo(new[] { Math.PI, 1e-300 }));
        var integers = Npy.ReadInt64(FileOf(folder, "<i8", "(2,)", Bytes(8, long.MinValue, 3)));
        Assert.That(Flat(integers), Is.EqualTo(new[] { long.MinValue, 3 }));
        AssertRefused(() => Npy.ReadInt64(FileOf(folder, "<f4", "(1,)", Doubles(4, 1))), "<f4", "<i8");
    }

    [Test]
    public void FortranOrderIsConverted()
    {
        using var folder = new TemporaryFolder();
        // a[i,j,k] = 100 i + 10 j + k for a shape of (2, 3, 2), the first index fastest.
        var stored = Doubles(4, 0, 100, 10, 110, 20, 120, 1, 101, 11, 111, 21, 121);
        var read = Npy.Read(FileOf(folder, "<f4", "(2, 3, 2)", stored, fortran: true));
        Assert.That(read.Lengths.ToArray(), Is.EqualTo(new nint[] { 2, 3, 2 }));
        Assert.That(Flat(read), Is.EqualTo(new float[] { 0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121 }));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void ReadsEveryVersion(int version)
    {
        using var folder = new TemporaryFolder();
        Assert.That(Flat(Npy.Read(FileOf(folder, "<f4", "(1, 1)", Doubles(4, 5), version: version))),
            Is.EqualTo(new float[] { 5 }));
    }

    [Test]
    public void ScalarsAndEmptyArrays()
    {
        using var folder = new TemporaryFolder();
        Assert.That(Flat(Npy.Read(FileOf(folder, "<f4", "()", Doubles(4, 5)))), Is.EqualTo(new float[] { 5 }));
        Assert.That(Npy.Read(FileOf(folder, "<f4", "(0, 3)", [])).Lengths.ToArray(), Is.EqualTo(new nint[] { 0, 3 }));
    }

    [Test]
    public void BadFilesAreRefusedByName()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(() => Npy.Read(folder.File("none.npy")), "none.npy", "does not exist");
        AssertRefused(() => Npy.Read(folder.Write("empty.npy", [])), "empty.npy", "not a NumPy");
        AssertRefused(() => Npy.Read(folder.Write("text.npy", "some text, no array"u8)), "not a NumPy");
        AssertRefused(() => Npy.Read(FileOf(folder, "<f4", "(3,)", Doubles(4, 1, 2))), "8 bytes", "12");
        AssertRefused(() => Npy.Read(FileOf(folder, "<f4", "(1,)", Doubles(4, 1, 2))), "8 bytes", "4");
        AssertRefused(() => Npy.Read(FileOf(folder, ">f4", "(1,)", Doubles(4, 1))), ">f4", "<f4");
        AssertRefused(() => Npy.Read(FileOf(folder, "|O", "(1,)", [1])), "|O");
        AssertRefused(() => Npy.Read(FileOf(folder, "<f4", "(-1,)", Doubles(4, 1))), "(-1,)");
        AssertRefused(() => Npy.Read(FileOf(folder, "<f4", "(1,)", Doubles(4, 1), version: 9)), "version 9");
    }

    [Test]
    public void AnUntrueShapeAllocatesNothing()
    {
        using var folder = new TemporaryFolder();
        var file = FileOf(folder, "<f8", "(1000000000, 1000000000, 1000000000, 1000000000, 1000000000)", Doubles(8, 1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(() => Npy.Read(file), "1000000000");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(10_000_000));
    }

    [Test]
    public void EveryTruncationIsRefused()
    {
        using var folder = new TemporaryFolder();
        Npy.Write(folder.File("a.npy"), Tensor.Create<float>([1, 2, 3], [3]));
        var whole = File.ReadAllBytes(folder.File("a.npy"));
        for (var length = 0; length < whole.Length; length++)
            AssertRefused(() => Npy.Read(folder.Write("cut.npy", whole.AsSpan(0, length))), "cut.npy");
    }

    private static string FileOf(TemporaryFolder folder, string descr, string shape, byte[] data, bool fortran = false,
        int version = 1)
    {
        var order = fortran ? "True" : "False";
        var dictionary = Encoding.ASCII.GetBytes($"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        byte[] length = [(byte)dictionary.Length, (byte)(dictionary.Length >> 8), .. version == 1 ? [] : new byte[2]];
        return folder.Write("array.npy", [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. dictionary, .. data]);
    }

    private static byte[] Bytes(int each, params long[] values) =>
        [.. values.SelectMany(value => BitConverter.GetBytes(value)[..each])];

    private static byte[] Doubles(int each, params double[] values)
    {
        var bytes = new byte[each * values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var at = bytes.AsSpan(i * each);
            if (each == 2)
                BinaryPrimitives.WriteHalfLittleEndian(at, (Half)values[i]);
            else if (each == 4)
                BinaryPrimitives.WriteSingleLittleEndian(at, (float)values[i]);
            else
                BinaryPrimitives.WriteDoubleLittleEndian(at, values[i]);
        }
        return bytes;
    }

    private static T[] Flat<T>(Tensor<T> tensor)
    {
        var values = new T[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }

    private static void AssertRefused(Action action, params string[] words)
    {
        var error = Assert.Throws<NetVizException>(() => action());
        foreach (var word in words)
            Assert.That(error!.Message, Does.Contain(word));
    }
}
