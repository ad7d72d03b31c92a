using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Kernels;

/// <summary>Weights that change in memory, as training changes them.</summary>
public class RefreshTests
{
    [TestCaseSource(typeof(BackEnd), nameof(BackEnd.All))]
    public void Refreshed_convolutions_are_as_if_prepared_anew(BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        foreach (ConvShape s in ConvTable.Shapes)
        {
            ConvGeometry g = s.Geometry;
            RequireFresh(kernels, g.O * g.CG * g.Window.Area, g.O, s.Name,
                (weight, bias) => ConvTable.Conv(s.Name, g.Input, g.O, g.Window, g.Groups, weight, bias));
        }
    }

    [TestCaseSource(typeof(BackEnd), nameof(BackEnd.All))]
    public void Refreshed_fully_connected_layers_are_as_if_prepared_anew(BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        foreach (bool inByOut in new[] { false, true })
        {
            RequireFresh(kernels, 33 * 70, 70, $"{inByOut}", (weight, bias) => FullyConnectedTable.FullyConnected(
                "FullyConnected", new FullyConnectedGeometry(3, 33, 70, inByOut), weight, bias, 0.5f));
        }
    }

    [TestCaseSource(typeof(BackEnd), nameof(BackEnd.All))]
    public void Refreshed_constants_are_as_if_prepared_anew(BackEnd backEnd)
    {
        using IKernels kernels = backEnd.Create();
        RequireFresh(kernels, 5, 5, "affine", (scale, shift) => new Operation("Affine")
        {
            Inputs = [new Shape(2, 5, 4, 3)],
            Output = new Shape(2, 5, 4, 3),
            Weights = k => k.PrepareAffine(scale, new Shape(5, 1, 1), shift, new Shape(5, 1, 1)),
            Forward = a => a.Kernels.AffineForward(a.Inputs[0], a.Weights!, a.Output),
            Backward = a => a.Kernels.AffineBackward(a.OutputSignal, a.Weights!, a.InputSignals[0]),
        });
    }

    private static void RequireFresh(IKernels kernels, int weights, int biases, string seed,
        Func<float[], float[], Operation> create)
    {
        (float[] weight, float[] bias) = (new float[weights], new float[biases]);
        Operation operation = create(weight, bias);
        Outcome refreshed = (operation with
        {
            Weights = k =>
            {
                Fill($"{seed} before");
                PreparedWeights prepared = operation.Weights!(k);
                Fill($"{seed} after");
                prepared.Refresh();
                return prepared;
            },
        }).Run(kernels);
        Outcome fresh = operation.Run(kernels);
        Numbers.RequireSame(refreshed.Output, fresh.Output, operation.Name);
        Numbers.RequireSame(refreshed.InputSignals[0], fresh.InputSignals[0], operation.Name);

        void Fill(string name)
        {
            Numbers.Single(Numbers.Normal(weights, name)).CopyTo(weight, 0);
            Numbers.Single(Numbers.Normal(biases, $"{name} bias")).CopyTo(bias, 0);
        }
    }
}
