using NetViz.Kernels;
using NetViz.Kernels.Cpu;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>What a fully connected layer on the CPU promises beyond its numbers.</summary>
public class FullyConnectedTests
{
    /// <summary>Neither the images beside it nor rows that are read only for them change a byte of an image's result.</summary>
    [Test]
    public void An_image_gives_the_same_bytes_in_any_batch([Values] bool inByOut, [Values] bool sparse,
        [Values(1, 3)] int threads)
    {
        const int Most = 35, In = 601, Out = 275;
        float[] weight = Numbers.Single(Numbers.Normal(In * Out, "weight")), bias = Numbers.Single(Numbers.Normal(Out, "bias"));
        Operation With(int n) => FullyConnectedTable.FullyConnected("any batch", new(n, In, Out, inByOut), weight, bias, 0.5f);

        Operation all = sparse ? FullyConnectedTable.Sparse(Most, In, Out, inByOut) : With(Most);
        double[] x = all.InputNumbers[0], y = all.SignalNumbers;
        using IKernels kernels = new CpuKernels(threads);
        Outcome whole = With(Most).Run(kernels, [x], y);
        foreach (int n in Enumerable.Range(1, 17).Append(33))
        {
            // Images 2 .. n + 1, so that one lies elsewhere in its batch.
            Outcome some = With(n).Run(kernels, [x[(2 * In)..((2 + n) * In)]], y[(2 * Out)..((2 + n) * Out)]);
            Numbers.RequireSame(some.Output, whole.Output[(2 * Out)..((2 + n) * Out)], $"forward, {n} images");
            Numbers.RequireSame(some.InputSignals[0], whole.InputSignals[0][(2 * In)..((2 + n) * In)],
                $"backward, {n} images");
        }
    }

    /// <summary>A product that underflows leaves a signed zero; a row read for another image must not turn it.</summary>
    [Test]
    public void A_product_that_underflows_gives_the_same_zero_in_any_batch()
    {
        float[] weight = [-1e-30f, 1, 1];
        double[] alone = [1e-30f, 0, 0], beside = [1, 2, 3];
        using IKernels kernels = new CpuKernels(1);
        Outcome one = With(1).Run(kernels, [alone], [0.0]);
        Outcome two = With(2).Run(kernels, [[.. alone, .. beside]], [0, 0]);
        Numbers.RequireSame(one.Output, two.Output[..1], "forward");

        Operation With(int n) => FullyConnectedTable.FullyConnected("underflow", new(n, 3, 1, true), weight, [], 1f);
    }

    /// <summary>A row that meets nothing but zeros is not read: a weight there may be anything.</summary>
    [Test]
    public void A_row_whose_signal_is_zero_in_every_image_is_not_read()
    {
        float[] weight = [.. Enumerable.Range(0, 40).Select(i => i / 4 == 3 ? float.NaN : 1f)];
        using IKernels kernels = new CpuKernels(1);
        double[] signal = [.. Enumerable.Range(0, 20).Select(i => i % 10 == 3 ? 0.0 : 1.0)];
        Outcome found = FullyConnectedTable.FullyConnected("skip", new(2, 4, 10, false), weight, [], 1f)
            .Run(kernels, [new double[8]], signal);
        Assert.That(found.InputSignals[0], Is.All.EqualTo(9.0));
    }

    [Test]
    public void Nothing_is_allocated_once_it_has_run([Values(1, 2)] int threads, [Values] bool inByOut)
    {
        var g = new FullyConnectedGeometry(3, 1100, 515, inByOut);
        using var kernels = new CpuKernels(threads);
        using var workspace = new Workspace(kernels);
        using PreparedWeights weights = kernels.PrepareFullyConnected(g, new float[g.In * g.Out], new float[g.Out], 0.5f);
        DeviceTensor x = workspace.With(new Shape(g.N, g.In), Numbers.Normal(g.N * g.In, "x"));
        DeviceTensor y = workspace.With(new Shape(g.N, g.Out), Numbers.Normal(g.N * g.Out, "y"));
        DeviceTensor w = workspace.Dirty(inByOut ? new Shape(g.In, g.Out) : new Shape(g.Out, g.In));
        Passes();
        Passes();

        // One time in several, since the runtime may compile a method anew, and allocate, at any of them.
        Assert.That(Enumerable.Range(0, 5).Min(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Passes();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }), Is.Zero);

        void Passes()
        {
            kernels.FullyConnectedForward(g, x, weights, y);
            kernels.FullyConnectedBackward(g, y, weights, x);
            kernels.FullyConnectedBackwardToWeights(g, x, y, w);
        }
    }
}
