using System.Runtime.InteropServices;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// The numbers of every tensor of one forward pass: what relevance rules share out by, where bits do not suffice. They are
/// computed when a record is first asked for relevance, by a second forward pass from the record's input, layer by layer, with
/// the same kernels and so the same bytes; passes that send no relevance pay nothing.
/// <para>
/// Relevance divides by sums that may cancel, and then rounded summands count many times over. So the numbers of a small network
/// (<see cref="ExactOperations"/>) are computed in double by the plain loops and then rounded once; a large one would take too
/// long.
/// </para>
/// </summary>
internal sealed class RelevanceMemory : IDisposable
{
    /// <summary>Multiplications and additions of a batch up to which its numbers are computed in double.</summary>
    public const long ExactOperations = 64_000_000;

    private readonly DeviceTensor[] _tensors;
    private readonly DeviceBuffer?[] _buffers;
    private bool _isFilled;

    /// <summary>Allocates.</summary>
    public RelevanceMemory(PreparedNetwork prepared, Shape[] shapes)
    {
        (Shapes, _tensors, _buffers) = (shapes, new DeviceTensor[shapes.Length], new DeviceBuffer?[shapes.Length]);
        try
        {
            for (int tensor = 0; tensor < shapes.Length; tensor++)
            {
                DeviceBuffer buffer = prepared.Kernels.Allocate(prepared.Kernels.BytesOf(shapes[tensor]));
                _buffers[tensor] = buffer;
                _tensors[tensor] = prepared.Kernels.View(buffer, shapes[tensor]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Each tensor's shape.</summary>
    public Shape[] Shapes { get; }

    /// <summary>A tensor's numbers.</summary>
    public DeviceTensor this[int tensor] => _tensors[tensor];

    /// <summary>Bytes that the numbers take on a back-end.</summary>
    public static long BytesOf(IKernels kernels, Shape[] shapes) => shapes.Sum(shape => kernels.BytesTaken(kernels.BytesOf(shape)));

    /// <summary>Says that the record saw another input.</summary>
    public void Forget() => _isFilled = false;

    /// <summary>Computes the numbers where they are not there.</summary>
    /// <param name="pass">The pass under way.</param>
    /// <param name="record">The record whose numbers they are. It is only read: other passes may read it meanwhile.</param>
    /// <exception cref="NetVizException">The record holds no input: it came from a file.</exception>
    public void Fill(Pass pass, ForwardRecord record)
    {
        if (_isFilled) return;
        PreparedNetwork prepared = pass.Prepared;
        bool isDouble = record.KeptInput(out ReadOnlySpan<byte> input);
        if (input.IsEmpty)
        {
            throw new NetVizException("the record holds no input, and relevance needs the activations",
                "run the forward pass here instead of importing its record");
        }

        ReadOnlySpan<float> floats = isDouble ? [] : MemoryMarshal.Cast<byte, float>(input);
        ReadOnlySpan<double> doubles = isDouble ? MemoryMarshal.Cast<byte, double>(input) : [];
        bool isExact = !prepared.Kernels.ComputesInDouble && OperationsOf(prepared.Network) <= ExactOperations;
        if (isExact) FillExactly(pass, floats, doubles);
        else Run(pass, floats, doubles);
        _isFilled = true;
    }

    private long OperationsOf(Network network) => network.Nodes.Sum(node =>
        node.Layer.Operations([.. node.Inputs.Select(tensor => Shapes[tensor])]));

    private void FillExactly(Pass pass, ReadOnlySpan<float> floats, ReadOnlySpan<double> doubles)
    {
        PreparedNetwork exact = pass.Prepared.InDouble();
        using Pass inDouble = exact.BeginPass(token: pass.Token);
        using var numbers = new RelevanceMemory(exact, Shapes);
        numbers.Run(inDouble, floats, doubles);
        var values = new double[Shapes.Max(shape => shape.Count)];
        for (int tensor = 0; tensor < _tensors.Length; tensor++)
        {
            Span<double> own = values.AsSpan(0, (int)Shapes[tensor].Count);
            inDouble.Kernels.Download(numbers[tensor], own);
            pass.Kernels.Upload(own, _tensors[tensor]);
        }
    }

    private void Run(Pass pass, ReadOnlySpan<float> floats, ReadOnlySpan<double> doubles)
    {
        PreparedNetwork prepared = pass.Prepared;
        ReadOnlyMemory<bool> plainImages = pass.PlainImages.Mark(Shapes, floats, doubles);
        if (floats.IsEmpty) pass.Kernels.Upload(doubles, _tensors[0]);
        else pass.Kernels.Upload(floats, _tensors[0]);

        // Bits and switches of its own, though the same are in the record: other passes read those.
        using var record = new ForwardRecord(prepared, Shapes);
        foreach (Node node in prepared.Network.Nodes)
        {
            pass.Look();
            DeviceTensor[] inputs = [.. node.Inputs.Select(tensor => _tensors[tensor])];
            Kept kept = record.KeptBy(node);
            node.Layer.Forward(new ForwardArguments
            {
                Kernels = pass.Kernels,
                Weights = prepared.WeightsOf(node),
                Inputs = inputs,
                Output = _tensors[node.Output],
                Kept = kept,
                PlainImages = plainImages,
            });
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceBuffer? buffer in _buffers) buffer?.Dispose();
    }
}
