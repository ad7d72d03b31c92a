using NetViz.Kernels;
using NUnit.Framework;
using static NetViz.Tests.Kernels.ConvTable;

namespace NetViz.Tests.Kernels;

/// <summary>What goes into a back-end's memory and comes out again, and the operations that work in place.</summary>
public class StorageTests
{
    private static IReadOnlyList<BackEnd> BackEnds => BackEnd.All;

    private static readonly Shape[] Shapes =
        [new(), new(1), new(7), new(3, 33), new(2, 3, 5, 7), new(1, 17, 4, 4), new(3, 16, 1, 1)];

    [TestCaseSource(nameof(BackEnds))]
    public void Numbers_come_back_row_major(BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        foreach (Shape shape in Shapes)
        {
            using var workspace = new Workspace(kernels);
            double[] numbers = Numbers.Distinct(shape.Count, $"{shape}");
            Assert.That(workspace.Read(workspace.With(shape, numbers)), Is.EqualTo(numbers));
            DeviceTensor tensor = workspace.Dirty(shape);
            kernels.Upload(Numbers.Single(numbers), tensor);
            var found = new float[numbers.Length];
            kernels.Download(tensor, found);
            Assert.That(found, Is.EqualTo(Numbers.Single(numbers)));
            kernels.Clear(tensor);
            Assert.That(workspace.Read(tensor), Has.All.Zero);
            workspace.RequireGuards();
        }
    }

    [TestCaseSource(nameof(BackEnds))]
    public void Double_is_rounded_to_the_nearest_float(BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        using var workspace = new Workspace(kernels);
        double[] numbers = [1 + 0.4 * Math.Pow(2, -23), 1 + 0.6 * Math.Pow(2, -23), -0.1, 1e-45, 1e300, double.NaN];
        Assert.That(workspace.Read(workspace.With(new Shape(6), numbers)), Is.EqualTo(Numbers.Double(Numbers.Single(numbers))));
    }

    [TestCaseSource(nameof(BackEnds))]
    public void A_wrong_number_of_elements_is_refused(BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        using var workspace = new Workspace(kernels);
        DeviceTensor tensor = workspace.Dirty(new Shape(2, 3));
        Assert.That(() => kernels.Upload(new float[5], tensor), Throws.ArgumentException);
        Assert.That(() => kernels.Upload(new double[7], tensor), Throws.ArgumentException);
        Assert.That(() => kernels.Download(tensor, new float[5]), Throws.ArgumentException);
        Assert.That(() => kernels.Download(tensor, new double[7]), Throws.ArgumentException);
    }

    /// <summary>What is behind the last element in its byte comes out as 0, whatever went in.</summary>
    [TestCaseSource(nameof(BackEnds))]
    public void Bits_come_back_packed(BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        foreach (int count in new[] { 1, 7, 8, 9, 31, 32, 33, 100 })
        {
            using ActiveBits bits = kernels.AllocateBits(new Shape(1, count));
            Assert.That(bits.PackedBytes, Is.EqualTo((count + 7) / 8));
            byte[] packed = [.. Enumerable.Range(0, bits.PackedBytes).Select(i => (byte)(0xB7 + 31 * i))];
            packed[^1] |= 0x80;
            kernels.Upload(packed, bits);
            var found = new byte[packed.Length];
            Array.Fill(found, (byte)0xFF);
            kernels.Download(bits, found);
            if (count % 8 != 0) packed[^1] &= (byte)((1 << (count % 8)) - 1);
            Assert.That(found, Is.EqualTo(packed));
        }
    }

    [TestCaseSource(nameof(BackEnds))]
    public void Switches_come_back(BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        Window[] windows = [Stride(new(2, 2), 2), Stride(new(15, 17), 8), Stride(new(16, 16), 8), new(1, 257)];
        foreach (Window window in windows)
        {
            using Switches switches = kernels.AllocateSwitches(new PoolGeometry(2, 3, 32, 257, window));
            var positions = new int[switches.Geometry.Output.Count];
            for (int i = 0; i < positions.Length; i++) positions[i] = i % (window.Area + 1) - 1;
            kernels.Upload(positions, switches);
            var found = new int[positions.Length];
            kernels.Download(switches, found);
            Assert.That(found, Is.EqualTo(positions));
        }
    }

    [TestCaseSource(nameof(BackEnds))]
    public void Signals_that_meet_add(BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        foreach (Shape shape in new[] { new Shape(1), new Shape(2, 3, 5, 7), new Shape(3, 4, 60, 61) })
        {
            using var workspace = new Workspace(kernels);
            double[] a = Numbers.Distinct(shape.Count, "a"), b = Numbers.Distinct(shape.Count, "b");
            DeviceTensor sum = workspace.With(shape, a), source = workspace.With(shape, b);
            kernels.AddTo(source, sum);
            Assert.That(workspace.Read(sum), Is.EqualTo(a.Zip(b, (x, y) => x + y)));
            Assert.That(workspace.Read(source), Is.EqualTo(b));
            workspace.RequireGuards();
        }
    }

    [TestCaseSource(nameof(BackEnds))]
    public void Disposing_twice_is_harmless(BackEnd backEnd)
    {
        IKernels kernels = backEnd.Create();
        IDisposable[] held =
        [
            kernels.Allocate(100),
            kernels.AllocateBits(new Shape(1, 9)),
            kernels.AllocateSwitches(new PoolGeometry(1, 1, 4, 4, new Window(2, 2))),
            kernels.PrepareConv(1, 1, new Window(1, 1), new float[] { 1 }, default),
            kernels.PrepareFullyConnected(new FullyConnectedGeometry(1, 1, 1, false), new float[] { 1 }, default, 1f),
            kernels.PrepareAffine(new float[] { 1 }, new Shape(1), default, default),
            kernels,
        ];
        foreach (IDisposable disposable in held)
        {
            disposable.Dispose();
            Assert.That(disposable.Dispose, Throws.Nothing);
        }
    }
}
