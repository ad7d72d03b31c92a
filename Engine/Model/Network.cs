using System.Collections.Immutable;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Layers;
using NetViz.Kernels;

namespace NetViz.Engine.Model;

/// <summary>
/// A layer in its place: which tensors it reads. Tensor 0 is the network's input, tensor i + 1 what node i writes.
/// </summary>
/// <param name="Index">Its place in the topological order.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Inputs">The tensors that it reads.</param>
/// <param name="OutputName">Its output tensor's name in the file.</param>
public sealed record Node(int Index, Layer Layer, ImmutableArray<int> Inputs, string OutputName)
{
    /// <summary>The tensor that it writes.</summary>
    public int Output => Index + 1;

    /// <summary>The layer's name.</summary>
    public string Name => Layer.Name;
}

/// <summary>The network's input as the file declares it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">Its axes, outermost first; null where the file leaves one open. The first is the batch.</param>
public sealed record NetworkInput(string Name, ImmutableArray<int?> Dimensions)
{
    /// <summary>What its axes are, where it takes images.</summary>
    public ImageLayout Layout { get; init; }

    /// <summary>
    /// Gets a value indicating whether the network takes one image at a time, because its scores have no axis for the batch.
    /// </summary>
    public bool TakesOneImage { get; init; }

    /// <summary>The shape for a batch; open axes but the first get <paramref name="size"/>.</summary>
    /// <exception cref="NetVizException">An axis is open and no size was given.</exception>
    public Shape ShapeFor(int batch, int? size = null)
    {
        int[] lengths = [.. Dimensions.Select((length, axis) => axis == 0 ? batch : length ?? size
            ?? throw new NetVizException($"the network's input '{Name}' leaves its size open {this}", "give one with `Size`"))];
        return new Shape(lengths);
    }

    /// <summary>For example <c>[N, 3, 224, 224]</c>.</summary>
    public override string ToString() =>
        $"[{string.Join(", ", Dimensions.Select((d, i) => d?.ToString() ?? (i == 0 ? "N" : "?")))}]"
        + (Layout == ImageLayout.Nhwc ? " (channels last)" : "");
}

/// <summary>
/// An immutable network: layers in topological order, one object a node of the file, named as there. It holds weights
/// and no state of any pass; <see cref="On(Device, int)"/> prepares it for a back-end.
/// </summary>
public sealed class Network
{
    private readonly Dictionary<string, int> _tensors;
    private readonly Lazy<string> _sha256;

    internal Network(string name, NetworkInput input, ImmutableArray<Node> nodes, int output, Lazy<string> sha256)
    {
        (Name, Input, Nodes, OutputTensor, _sha256) = (name, input, nodes, output, sha256);
        _tensors = new Dictionary<string, int> { [input.Name] = 0 };
        foreach (Node node in nodes) _tensors.TryAdd(node.OutputName, node.Output);
        foreach (Node node in nodes) _tensors[node.Name] = node.Output;
        (ScoreTensor, Layer? last) = BeforeProbabilities(output);
        (FinalSoftmax, FinalSigmoid) = (last as SoftmaxLayer, last as Elementwise);
    }

    /// <summary>
    /// Returns the same graph with other layers, for example without their constants. The network stays as it is.
    /// </summary>
    /// <param name="replace">Returns the layer in place of a layer. It reads and writes tensors of the same shapes.</param>
    public Network WithLayers(Func<Layer, Layer> replace)
    {
        ArgumentNullException.ThrowIfNull(replace);
        ImmutableArray<Node> nodes = [.. Nodes.Select(node => node with { Layer = replace(node.Layer) })];
        return new Network(Name, Input, nodes, OutputTensor, new Lazy<string>(""));
    }

    /// <summary>A name for people: the graph's or the file's.</summary>
    public string Name { get; }

    /// <summary>The input as the file declares it.</summary>
    public NetworkInput Input { get; }

    /// <summary>The layers in topological order.</summary>
    public ImmutableArray<Node> Nodes { get; }

    /// <summary>The tensor that the network puts out.</summary>
    public int OutputTensor { get; }

    /// <summary>
    /// The tensor of class scores S_c: the output, or, where the network ends in a softmax or its logarithm, what goes into that
    /// softmax (1312.6034, section 2: the score before the softmax).
    /// </summary>
    public int ScoreTensor { get; }

    /// <summary>
    /// Gets the softmax, or its logarithm, in which the network ends, with the axes that its probabilities are taken over; null
    /// if the network ends in scores.
    /// </summary>
    public SoftmaxLayer? FinalSoftmax { get; }

    /// <summary>
    /// The sigmoid at the network's end, which turns each score into a probability by itself; null for none. A seed starts at the
    /// score
    /// before it.
    /// </summary>
    public Elementwise? FinalSigmoid { get; }

    /// <summary>SHA-256 of the model file, lower-case hexadecimal: the network's identity in records.</summary>
    public string Sha256 => _sha256.Value;

    /// <summary>Number of parameters of all layers.</summary>
    public long ParameterCount => Nodes.Sum(node => node.Layer.ParameterCount);

    /// <summary>A tensor's name: its layer's, or the input's.</summary>
    public string NameOf(int tensor) => tensor == 0 ? Input.Name : Nodes[tensor - 1].Name;

    /// <summary>Finds a tensor by the name of the layer that writes it, by its own name, or by the input's name.</summary>
    /// <exception cref="NetVizException">There is none; the message lists names that come near.</exception>
    public int Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _tensors.TryGetValue(name, out int tensor) ? tensor : throw NotFound(name);
    }

    /// <summary>
    /// What the axes of an image tensor are: those of the input until a Transpose brings the channels to another place.
    /// Convolutions and pools write [N, C, H, W] whatever comes before them.
    /// </summary>
    public ImageLayout LayoutOf(int tensor)
    {
        for (; tensor > 0; tensor = Nodes[tensor - 1].Inputs[0])
        {
            switch (Nodes[tensor - 1].Layer)
            {
                case Transpose { IsToPixels: true }: return ImageLayout.Nhwc;
                case Transpose { IsToPlanes: true } or Conv or MaxPool or AveragePool or Lrn: return ImageLayout.Nchw;
                case Reshape: return ImageLayout.Nchw; // with one channel it stands for a Transpose
            }
        }

        return Input.Layout;
    }

    /// <summary>The shape of every tensor for an input of this shape.</summary>
    /// <exception cref="NetVizException">A shape does not fit; the message names the layer.</exception>
    public Shape[] InferShapes(Shape input)
    {
        RequireInput(input);
        var shapes = new Shape[Nodes.Length + 1];
        shapes[0] = input;
        foreach (Node node in Nodes)
        {
            Shape[] inputs = [.. node.Inputs.Select(tensor => shapes[tensor])];
            shapes[node.Output] = node.Layer.OutputShape(inputs);
        }

        return shapes;
    }

    /// <summary>
    /// Bytes that a forward pass keeps for the backward pass, in the form that no back-end owns: a bit a rectifier's output, one
    /// or four bytes a switch, and the numbers of each tensor that a layer is differentiated at, counted once.
    /// </summary>
    /// <param name="input">The input's shape, batch included.</param>
    /// <exception cref="NetVizException">The shape does not fit the network.</exception>
    public long KeptBytes(Shape input)
    {
        Shape[] shapes = InferShapes(input);
        var numbers = new HashSet<int>();
        long bytes = 0;
        foreach (Node node in Nodes)
        {
            Keep keeps = node.Layer.Keeps;
            long outputs = shapes[node.Output].Count;
            if (keeps.HasFlag(Keep.Bits)) bytes += (outputs + 7) / 8;
            if (keeps.HasFlag(Keep.Switches))
            {
                Window window = node.Layer.SwitchGeometry(shapes[node.Inputs[0]]).Window;
                bytes += outputs * (window.FitsByte ? 1 : sizeof(int));
            }

            if (keeps.HasFlag(Keep.Input)) numbers.Add(node.Inputs[0]);
            if (keeps.HasFlag(Keep.Output)) numbers.Add(node.Output);
            if (keeps.HasFlag(Keep.SecondInput)) numbers.Add(node.Inputs[1]);
        }

        return bytes + numbers.Sum(tensor => shapes[tensor].Count * sizeof(float));
    }

    /// <summary>
    /// For each tensor whether a layer keeps its numbers for the backward pass; the record then owns its memory.
    /// </summary>
    internal bool[] KeptAsNumbers
    {
        get
        {
            var kept = new bool[Nodes.Length + 1];
            foreach (Node node in Nodes)
            {
                kept[node.Output] |= node.Layer.Keeps.HasFlag(Keep.Output);
                kept[node.Inputs[0]] |= node.Layer.Keeps.HasFlag(Keep.Input);
                if (node.Layer.Keeps.HasFlag(Keep.SecondInput)) kept[node.Inputs[1]] = true;
            }

            return kept;
        }
    }

    /// <summary>Prepares the network's weights for a device. Dispose the result to give memory and threads back.</summary>
    /// <param name="device">The device.</param>
    /// <param name="maxPasses">
    /// Passes that may run at once, each with buffers of its own; further ones wait. 0 for one a core; <see cref="int.MaxValue"/>
    /// for any number.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxPasses"/> is negative.</exception>
    /// <exception cref="NetVizException">The device is not there, or its memory does not suffice.</exception>
    public PreparedNetwork On(Device device, int maxPasses = 0)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfNegative(maxPasses);
        return new PreparedNetwork(this, device.CreateKernels(), ownsKernels: true, maxPasses);
    }

    /// <summary>
    /// Prepares the network's weights for a back-end that the caller keeps. Any number of networks may be prepared on one back-end
    /// and used at once: their passes share its threads, or, on one without <see cref="IKernels.Fork"/>, wait for one another.
    /// </summary>
    /// <param name="kernels">The back-end. Dispose it after the prepared networks.</param>
    /// <param name="maxPasses">
    /// Passes that may run at once, each with buffers of its own; further ones wait. 0 for one a core; <see cref="int.MaxValue"/>
    /// for any number.
    /// </param>
    public PreparedNetwork On(IKernels kernels, int maxPasses = 0) => new(this, kernels, ownsKernels: false, maxPasses);

    // Apart from Find, which a search would burden with the closure that it allocates.
    private NetVizException NotFound(string name)
    {
        string[] near = [.. Nodes.Select(n => n.Name).Where(n => n.Contains(name, StringComparison.OrdinalIgnoreCase)).Take(8)];
        if (near.Length == 0) near = [.. Nodes.Select(n => n.Name).TakeLast(8)];
        return new NetVizException(
            $"network '{Name}' has no layer '{name}'; it has "
            + $"{string.Join(", ", near)}{(Nodes.Length > near.Length ? ", ..." : "")}",
            (NearestName.Of(name, Nodes.Select(n => n.Name)) is { } meant ? $"did you mean {meant}? " : "") + "netviz info lists all layers");
    }

    private void RequireInput(Shape input)
    {
        bool fits = input.Rank == Input.Dimensions.Length;
        for (int axis = 1; fits && axis < input.Rank; axis++)
            fits = Input.Dimensions[axis] is not int length || length == input[axis];
        if (!fits) throw new NetVizException($"network '{Name}' takes an input {Input}, not {input}");
        if (input.Count == 0) throw new NetVizException($"the input {input} is empty");
        if (Input.TakesOneImage && input.N != 1)
        {
            throw new NetVizException(
                $"network '{Name}' takes one image at a time, not {input.N}: its scores have no axis for the batch");
        }
    }

    /// <summary>
    /// Walks from a tensor up through layers that only pass numbers on, to the input of a softmax or sigmoid if there is one.
    /// </summary>
    private (int Scores, Layer? Last) BeforeProbabilities(int tensor)
    {
        for (int t = tensor; t > 0; t = Nodes[t - 1].Inputs[0])
        {
            switch (Nodes[t - 1].Layer)
            {
                case SoftmaxLayer or Elementwise { Function.Kind: FunctionKind.Sigmoid }:
                    return (Nodes[t - 1].Inputs[0], Nodes[t - 1].Layer);
                case Identity or Reshape: continue;
                default: return (tensor, null);
            }
        }

        return (tensor, null);
    }
}
