using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Engine.Model;

/// <summary>What a layer needs of the forward pass in the backward pass.</summary>
[Flags]
public enum Keep
{
    /// <summary>Nothing: the layer is linear, and its transpose is the same at every input.</summary>
    Nothing = 0,

    /// <summary>One bit an output.</summary>
    Bits = 1,

    /// <summary>One small integer an output.</summary>
    Switches = 2,

    /// <summary>The first input, as numbers.</summary>
    Input = 4,

    /// <summary>The output, as numbers.</summary>
    Output = 8,

    /// <summary>The second input, as numbers.</summary>
    SecondInput = 16,
}

/// <summary>
/// One node of a network: an equation, its Forward and its Backward. A layer holds its parameters and nothing of any
/// pass; what the backward pass needs goes into the record (<see cref="Kept"/>).
/// </summary>
public abstract class Layer
{
    /// <summary>Creates a layer.</summary>
    /// <param name="name">The node's name in the file.</param>
    /// <param name="operatorName">The ONNX operator, for example <c>Gemm</c>.</param>
    protected Layer(string name, string operatorName)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(operatorName);
        (Name, Operator) = (name, operatorName);
    }

    /// <summary>The node's name in the file.</summary>
    public string Name { get; }

    /// <summary>The ONNX operator, for example <c>Gemm</c>.</summary>
    public string Operator { get; }

    /// <summary>How many tensors it reads.</summary>
    public virtual int InputCount => 1;

    /// <summary>What the forward pass must keep for the backward pass.</summary>
    public virtual Keep Keeps => Keep.Nothing;

    /// <summary>Number of parameters: weights and biases.</summary>
    public virtual long ParameterCount => 0;

    /// <summary>Multiplications and additions of one forward pass; layers that hardly compute say 0.</summary>
    public virtual long Operations(ReadOnlySpan<Shape> inputs) => 0;

    /// <summary>
    /// How long one pass in both directions takes at most, in operations that each last about as long as a multiplication or
    /// addition of a convolution: a bound by which absurd files are refused, no measurement.
    /// </summary>
    public virtual double Effort(ReadOnlySpan<Shape> inputs, Shape output)
    {
        // Moved elements; some 20 operations fit into the time of one.
        double elements = output.Count;
        foreach (Shape input in inputs) elements += input.Count;
        return 20 * elements;
    }

    /// <summary>At most this many bytes of prepared weights beside the model's own, on any back-end.</summary>
    public virtual double PreparedBytes => 0;

    /// <summary>At most this many bytes of kernels' own memory during a pass.</summary>
    public virtual double WorkspaceBytes => 0;

    /// <summary>
    /// The row-major copies that a back-end which keeps channels in blocks may work on, in one direction or the other: each as
    /// large as the layer's largest input or its output.
    /// </summary>
    internal virtual int RowCopies => 0;

    /// <summary>The same on one back-end.</summary>
    internal virtual double WorkspaceOn(IKernels kernels, PreparedWeights? weights, Shape[] inputs) => WorkspaceBytes;

    /// <summary>The output's shape for inputs of these shapes.</summary>
    /// <exception cref="NetVizException">The shapes do not fit the layer; the message names it.</exception>
    public abstract Shape OutputShape(ReadOnlySpan<Shape> inputs);

    /// <summary>The pooling whose switches are kept, for layers that keep switches.</summary>
    public virtual PoolGeometry SwitchGeometry(Shape input) => throw new InvalidOperationException($"{Name} keeps no switches.");

    /// <summary>
    /// Returns whether image n of the output depends on image n of the inputs alone, the first axis being the batch. Layers that
    /// compute along an axis return false if it is the first one. The engine compares the shapes itself. It sends several seeds
    /// down as one batch only if all layers return true.
    /// </summary>
    /// <param name="rank">The inputs' number of axes.</param>
    public abstract bool KeepsImagesApart(int rank);

    /// <summary>Makes the parameters ready for a back-end; null for a layer without parameters.</summary>
    public virtual PreparedWeights? Prepare(IKernels kernels) => null;

    /// <summary>output = f(inputs).</summary>
    public abstract void Forward(in ForwardArguments a);

    /// <summary>The signal below each input from the signal above the output.</summary>
    public abstract void Backward(in BackwardArguments a);

    /// <summary>An error about this layer.</summary>
    /// <param name="problem">What was found and what is supported.</param>
    /// <param name="hint">What the user can do.</param>
    protected NetVizException Refuse(string problem, string? hint = null) => new($"node '{Name}' ({Operator}): {problem}", hint);

    /// <summary>The only input's shape, its rank checked.</summary>
    protected Shape RequireRank(ReadOnlySpan<Shape> inputs, int rank) =>
        inputs[0].Rank == rank
            ? inputs[0]
            : throw Refuse($"its input has the shape {inputs[0]}; a tensor of {Counted.Of(rank, "axis")} is supported",
                rank == 4 ? "one- and three-dimensional operators are not" : null);
}

/// <summary>What one layer's forward pass kept in the record.</summary>
public sealed class Kept
{
    /// <summary>The rectifier's bits.</summary>
    public ActiveBits? Bits { get; init; }

    /// <summary>The pooling's switches.</summary>
    public Switches? Switches { get; init; }

    /// <summary>The input's numbers.</summary>
    public DeviceTensor? Input { get; init; }

    /// <summary>The output's numbers.</summary>
    public DeviceTensor? Output { get; init; }

    /// <summary>The second input's numbers.</summary>
    public DeviceTensor? SecondInput { get; init; }
}

/// <summary>A layer's arguments in the forward pass.</summary>
public readonly ref struct ForwardArguments
{
    /// <summary>The back-end.</summary>
    public required IKernels Kernels { get; init; }

    /// <summary>What <see cref="Layer.Prepare"/> made.</summary>
    public required PreparedWeights? Weights { get; init; }

    /// <summary>The tensors that it reads.</summary>
    public required ReadOnlySpan<DeviceTensor> Inputs { get; init; }

    /// <summary>The tensor that it writes.</summary>
    public required DeviceTensor Output { get; init; }

    /// <summary>Where it keeps what the backward pass needs.</summary>
    public required Kept Kept { get; init; }

    /// <summary>[N], or empty: the images whose convolutions are computed by plain sums.</summary>
    public ReadOnlyMemory<bool> PlainImages { get; init; }

    /// <summary>The first tensor that it reads.</summary>
    public DeviceTensor Input => Inputs[0];
}

/// <summary>A layer's arguments in the backward pass.</summary>
public readonly ref struct BackwardArguments
{
    /// <summary>The back-end.</summary>
    public required IKernels Kernels { get; init; }

    /// <summary>What <see cref="Layer.Prepare"/> made.</summary>
    public required PreparedWeights? Weights { get; init; }

    /// <summary>What the forward pass kept.</summary>
    public required Kept Kept { get; init; }

    /// <summary>The rule at this layer.</summary>
    public required ReluRule Rule { get; init; }

    /// <summary>Where a max-pooling sends its signal.</summary>
    public Unpooling Unpooling { get; init; }

    /// <summary>The input of a product that the rule holds fixed and that gets no signal; null for none.</summary>
    public int? Gate { get; init; }

    /// <summary>The shapes of the layer's inputs.</summary>
    public required ReadOnlySpan<Shape> InputShapes { get; init; }

    /// <summary>The signal above, R_{n+1}.</summary>
    public required DeviceTensor OutputSignal { get; init; }

    /// <summary>The signals below, R_n, one an input; null if not requested. Each is overwritten.</summary>
    public required ReadOnlySpan<DeviceTensor?> InputSignals { get; init; }

    /// <summary>The signal below the first input.</summary>
    public DeviceTensor InputSignal => InputSignals[0]
        ?? throw new InvalidOperationException("A layer of one input is called only where its signal is asked for.");
}
