using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// The back-end's memory of a record: bits, switches, and the numbers that layers are differentiated at. A prepared network takes
/// up what a record leaves, since fresh memory costs time: the system hands it out page by page as it is first touched.
/// </summary>
internal sealed class RecordMemory : IDisposable
{
    private readonly Kept[] _kept;
    private readonly DeviceTensor?[] _tensors;
    private readonly List<DeviceBuffer> _buffers = [];
    private byte[] _input = [];
    private int _inputBytes;

    /// <summary>Allocates.</summary>
    /// <param name="network">The network.</param>
    /// <param name="kernels">The back-end.</param>
    /// <param name="shapes">Each tensor's shape.</param>
    public RecordMemory(Network network, IKernels kernels, Shape[] shapes)
    {
        Shapes = shapes;
        _tensors = new DeviceTensor?[shapes.Length];
        _kept = new Kept[network.Nodes.Length];
        try
        {
            Allocate(network, kernels);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Each tensor's shape.</summary>
    public Shape[] Shapes { get; }

    /// <summary>What a layer keeps.</summary>
    public Kept KeptBy(Node node) => _kept[node.Index];

    /// <summary>The tensor if a layer keeps its numbers, else null.</summary>
    public DeviceTensor? TensorOf(int tensor) => _tensors[tensor];

    /// <summary>The input's bytes.</summary>
    public ReadOnlySpan<byte> Input => _input.AsSpan(0, _inputBytes);

    /// <summary>Forgets an input of another record.</summary>
    public void ForgetInput() => _inputBytes = 0;

    /// <summary>Keeps the input's bytes.</summary>
    public void KeepInput(ReadOnlySpan<byte> input)
    {
        if (_input.Length < input.Length) _input = GC.AllocateUninitializedArray<byte>(input.Length);
        input.CopyTo(_input);
        _inputBytes = input.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Kept? kept in _kept)
        {
            kept?.Bits?.Dispose();
            kept?.Switches?.Dispose();
        }

        foreach (DeviceBuffer buffer in _buffers) buffer.Dispose();
    }

    private void Allocate(Network network, IKernels kernels)
    {
        bool[] isKept = network.KeptAsNumbers;
        for (int tensor = 0; tensor < _tensors.Length; tensor++)
        {
            if (!isKept[tensor]) continue;
            DeviceBuffer buffer = kernels.Allocate(kernels.BytesOf(Shapes[tensor]));
            _buffers.Add(buffer);
            _tensors[tensor] = kernels.View(buffer, Shapes[tensor]);
        }

        foreach (Node node in network.Nodes)
        {
            Keep keeps = node.Layer.Keeps;
            _kept[node.Index] = new Kept
            {
                Bits = keeps.HasFlag(Keep.Bits) ? kernels.AllocateBits(Shapes[node.Output]) : null,
                Switches = keeps.HasFlag(Keep.Switches)
                    ? kernels.AllocateSwitches(node.Layer.SwitchGeometry(Shapes[node.Inputs[0]]))
                    : null,
                Input = keeps.HasFlag(Keep.Input) ? _tensors[node.Inputs[0]] : null,
                Output = keeps.HasFlag(Keep.Output) ? _tensors[node.Output] : null,
                SecondInput = keeps.HasFlag(Keep.SecondInput) ? _tensors[node.Inputs[1]] : null,
            };
        }
    }
}
