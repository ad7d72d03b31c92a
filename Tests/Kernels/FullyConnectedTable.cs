using NetViz.Kernels;

namespace NetViz.Tests.Kernels;

/// <summary>Fully connected layers: both orders of the weight, alpha, batches, zeros, lengths around 8, 32 and 512.</summary>
internal static class FullyConnectedTable
{
    public static IEnumerable<Operation> All =>
    [
        .. from inByOut in new[] { false, true }
           from shape in new[] { (1, 1, 1), (1, 7, 5), (3, 33, 31), (2, 513, 10), (1, 64, 1025), (4, 100, 33), (5, 9, 512),
               (1, 25088, 3) }
           from alpha in new[] { 1f, -0.75f }
           select FullyConnected(shape.Item1, shape.Item2, shape.Item3, inByOut, alpha, bias: shape.Item3 != 33),
        .. from inByOut in new[] { false, true }
           from n in Enumerable.Range(1, 17)
           select FullyConnected(n, 301, 23, inByOut, 1f, bias: true),
        .. from inByOut in new[] { false, true }
           from shape in new[] { (9, 25088, 2), (8, 3, 25088), (33, 1100, 50), (4, 1500, 14) }
           select FullyConnected(shape.Item1, shape.Item2, shape.Item3, inByOut, 1f, bias: true) with { HasDifferences = false },
        .. from inByOut in new[] { false, true }
           from shape in new[] { (1, 600, 47), (2, 77, 600), (11, 70, 515) }
           select Sparse(shape.Item1, shape.Item2, shape.Item3, inByOut),
    ];

    /// <summary>
    /// Inputs and signals as rectifiers leave them: half of the numbers 0, a third of the places in all images, 270 places side
    /// by side; one of them -0.
    /// </summary>
    public static Operation Sparse(int n, int inputs, int outputs, bool inByOut)
    {
        Operation operation = FullyConnected(n, inputs, outputs, inByOut, -0.75f, bias: true);
        return operation with
        {
            Name = $"{operation.Name}, sparse",
            Data = (count, seed) => WithZeros(Numbers.Normal(count, seed), inputs),
            SignalData = (count, seed) => WithZeros(Numbers.Normal(count, seed), outputs),
        };

        static double[] WithZeros(double[] numbers, int length)
        {
            for (int i = 0; i < numbers.Length; i++)
            {
                int place = i % length;
                if (numbers[i] < 0 || place % 3 == 1 || place is > 250 and <= 520) numbers[i] = 0;
                if (place == 1) numbers[i] = -0.0;
            }

            return numbers;
        }
    }

    public static Operation FullyConnected(int n, int inputs, int outputs, bool inByOut, float alpha, bool bias, int offset = 0)
    {
        string order = inByOut ? ", weight [In, Out]" : "", scaled = alpha != 1 ? $", alpha {alpha}" : "";
        string name = $"FullyConnected {n}x{inputs} to {outputs}{order}{scaled}{(bias ? "" : ", no bias")}";

        // The weight may begin anywhere in memory, as it does in a mapped file.
        float[] weight = [.. new float[offset], .. Numbers.Single(Numbers.Normal((long)inputs * outputs, $"{name} weight"))];
        return FullyConnected(name, new(n, inputs, outputs, inByOut), weight.AsMemory(offset),
            Numbers.Single(Numbers.Normal(bias ? outputs : 0, $"{name} bias")), alpha);
    }

    public static Operation FullyConnected(string name, FullyConnectedGeometry g, ReadOnlyMemory<float> weight, float[] bias,
        float alpha) => new Operation(name)
        {
            Inputs = [new Shape(g.N, g.In)],
            Output = new Shape(g.N, g.Out),
            Weights = kernels => kernels.PrepareFullyConnected(g, weight, bias, alpha),
            Forward = a => a.Kernels.FullyConnectedForward(g, a.Inputs[0], a.Weights!, a.Output),
            Backward = a => a.Kernels.FullyConnectedBackward(g, a.OutputSignal, a.Weights!, a.InputSignals[0]),
            Map = Map.Affine,
        };
}
