using NetViz.Kernels;
using NetViz.Kernels.Reference;

namespace NetViz.Tests.Common;

/// <summary>What kind of map an operation is, seen from its backward pass.</summary>
public enum Map
{
    /// <summary>f(x) = A x, where A may depend on kept bits or switches.</summary>
    Linear,

    /// <summary>f(x) = A x + b.</summary>
    Affine,

    /// <summary>f(x0, x1) = A(x0) x1, linear in each of its two inputs.</summary>
    Bilinear,

    /// <summary>Anything else.</summary>
    Curved,
}

/// <summary>An operation's arguments on one back-end.</summary>
public sealed class Arguments
{
    public required IKernels Kernels { get; init; }

    public required PreparedWeights? Weights { get; init; }

    public required ActiveBits? Bits { get; init; }

    public required Switches? Switches { get; init; }

    public required DeviceTensor[] Kept { get; init; }

    public required DeviceTensor[] Inputs { get; init; }

    public required DeviceTensor Output { get; init; }

    public required DeviceTensor OutputSignal { get; init; }

    public required DeviceTensor[] InputSignals { get; init; }
}

/// <summary>What an operation wrote in both directions.</summary>
public sealed record Outcome(double[] Output, double[][] InputSignals, byte[] Bits, int[] Switches, double[][] Kept);

/// <summary>One operation at one shape with its data: a line of the tables that all suites run through.</summary>
/// <param name="Name">How test names tell it; it seeds the data.</param>
public sealed record Operation(string Name)
{
    public required Shape[] Inputs { get; init; }

    public required Shape Output { get; init; }

    public required Action<Arguments> Forward { get; init; }

    public required Action<Arguments> Backward { get; init; }

    public Func<IKernels, PreparedWeights>? Weights { get; init; }

    public Func<IKernels, ActiveBits>? Bits { get; init; }

    public Func<IKernels, Switches>? Switches { get; init; }

    /// <summary>Numbers that forward leaves for backward.</summary>
    public Shape[] Kept { get; init; } = [];

    public Map Map { get; init; } = Map.Linear;

    /// <summary>Whether differences over a step of 1e-5 tell its derivative, in a time that a test may take.</summary>
    public bool HasDifferences { get; init; } = true;

    /// <summary>Whether even a slow form has it done at once.</summary>
    public bool IsSmall => Inputs[0].Count * Output.Count < 1_000_000;

    /// <summary>The inputs' numbers.</summary>
    public Func<long, string, double[]> Data { get; init; } = Numbers.Normal;

    /// <summary>The signal's numbers.</summary>
    public Func<long, string, double[]> SignalData { get; init; } = Numbers.Normal;

    /// <summary>
    /// Relative L2 error allowed in float32. Sums of K products of random sign, one rounding of 2^-24 a step, end at about
    /// 2^-24 sqrt(K) / 2: 6e-7 at K = 400. 0 where numbers only move or are compared.
    /// </summary>
    public double Bound { get; init; } = 1e-6;

    /// <summary>By how much the backward pass magnifies the rounding of what was kept; multiplies its bound.</summary>
    public double Condition { get; init; } = 1;

    public double[][] InputNumbers => [.. Inputs.Select((shape, k) => Data(shape.Count, $"{Name} input {k}"))];

    public double[] SignalNumbers => SignalData(Output.Count, $"{Name} signal");

    /// <summary>Runs it forward and backward, in dirty memory, and asserts that it changed nothing but its results.</summary>
    public Outcome Run(IKernels kernels, double[][] inputs, double[] outputSignal)
    {
        using var workspace = new Workspace(kernels);
        using PreparedWeights? weights = Weights?.Invoke(kernels);
        using ActiveBits? bits = Bits?.Invoke(kernels);
        using Switches? switches = Switches?.Invoke(kernels);
        Arguments arguments = Lay(workspace, kernels, weights, bits, switches, inputs, outputSignal);
        var (packed, positions) = (new byte[bits?.PackedBytes ?? 0], new int[switches?.Geometry.Output.Count ?? 0]);
        Array.Fill(packed, (byte)0xAA);
        if (bits is not null) kernels.Upload(packed, bits);
        if (switches is not null) kernels.Upload(positions, switches);

        // As the back-end holds them: one of float32 has rounded.
        double[][] given = [.. arguments.Inputs.Select(workspace.Read)];
        double[] signal = workspace.Read(arguments.OutputSignal);

        Forward(arguments);
        double[] output = workspace.Read(arguments.Output);
        if (bits is not null) kernels.Download(bits, packed);
        if (switches is not null) kernels.Download(switches, positions);
        double[][] kept = [.. arguments.Kept.Select(workspace.Read)];
        Backward(arguments);

        for (int k = 0; k < inputs.Length; k++)
            Numbers.RequireSame(workspace.Read(arguments.Inputs[k]), given[k], "the input changed");
        Numbers.RequireSame(workspace.Read(arguments.OutputSignal), signal, "the signal above changed");
        Numbers.RequireSame(workspace.Read(arguments.Output), output, "the way down changed the output");
        workspace.RequireGuards();
        return new Outcome(output, [.. arguments.InputSignals.Select(workspace.Read)], packed, positions, kept);
    }

    /// <summary>Managed bytes that this thread allocates for a repeated call in each direction.</summary>
    public (long Up, long Down) AllocatedBy(IKernels kernels)
    {
        using var workspace = new Workspace(kernels);
        using PreparedWeights? weights = Weights?.Invoke(kernels);
        using ActiveBits? bits = Bits?.Invoke(kernels);
        using Switches? switches = Switches?.Invoke(kernels);
        Arguments arguments = Lay(workspace, kernels, weights, bits, switches, InputNumbers, SignalNumbers);
        Forward(arguments);
        Backward(arguments);

        // The least of three: the runtime has bookkeeping of its own, once.
        (long Up, long Down) least = (long.MaxValue, long.MaxValue);
        for (int i = 0; i < 3; i++)
        {
            long start = GC.GetAllocatedBytesForCurrentThread();
            Forward(arguments);
            long up = GC.GetAllocatedBytesForCurrentThread();
            Backward(arguments);
            long down = GC.GetAllocatedBytesForCurrentThread();
            least = (Math.Min(least.Up, up - start), Math.Min(least.Down, down - up));
        }

        return least;
    }

    /// <summary>The arguments in dirty memory.</summary>
    private Arguments Lay(Workspace workspace, IKernels kernels, PreparedWeights? weights, ActiveBits? bits, Switches? switches,
        double[][] inputs, double[] outputSignal) => new()
        {
            Kernels = kernels,
            Weights = weights,
            Bits = bits,
            Switches = switches,
            Kept = [.. Kept.Select(workspace.Dirty)],
            Inputs = [.. inputs.Select((numbers, k) => workspace.With(Inputs[k], numbers))],
            Output = workspace.Dirty(Output),
            OutputSignal = workspace.With(Output, outputSignal),
            InputSignals = [.. Inputs.Select(workspace.Dirty)],
        };

    /// <summary>The same on its own data.</summary>
    public Outcome Run(IKernels kernels) => Run(kernels, InputNumbers, SignalNumbers);

    /// <summary>What the definition says in double.</summary>
    public Outcome Define()
    {
        using var definition = new ReferenceKernels<double>();
        return Run(definition);
    }

    public override string ToString() => Name;
}
