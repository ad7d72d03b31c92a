using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Export;

/// <summary>
/// The shapes of a network's tensors at its own batch size and image size, at another batch, and at another image size: a
/// length that differs is open in the file.
/// </summary>
internal sealed class TensorShapes
{
    private readonly Shape[] _own;
    private readonly Shape[]? _otherBatch;
    private readonly Shape[]? _otherSize;

    /// <summary>Works the shapes out.</summary>
    /// <param name="network">The network.</param>
    /// <param name="openSize">Whether to try another size where the network says one.</param>
    /// <exception cref="NetVizException">The network's layers do not fit each other; the message names the layer.</exception>
    public TensorShapes(Network network, bool openSize)
    {
        Shape input = network.Input.ShapeFor(network.Input.Dimensions[0] ?? 1, GraphInput.DefaultSize);
        _own = Infer(network, input);
        if (network.Input.Dimensions[0] is null) _otherBatch = TryInfer(network, input.WithBatch(7));
        if (input.Rank != 4) return;
        (int channels, int rows, int columns) = network.Input.Layout == ImageLayout.Nchw ? (1, 2, 3) : (3, 1, 2);
        Image = (input[channels], input[rows], input[columns]);
        if (!openSize && network.Input.Dimensions[rows] is not null && network.Input.Dimensions[columns] is not null) return;
        // 32 more: VGG's five poolings see a difference, and a network that takes only one size refuses.
        int[] larger = input.Lengths.ToArray();
        larger[rows] += 32;
        larger[columns] += 32;
        _otherSize = TryInfer(network, new Shape(larger));
    }

    /// <summary>Channels, rows and columns of the input; null for an input of another kind.</summary>
    public (int Channels, int Height, int Width)? Image { get; }

    /// <summary>A tensor's shape at the network's own batch size and image size.</summary>
    public Shape this[int tensor] => _own[tensor];

    /// <summary>Whether the length of an axis changes with the batch or the image size.</summary>
    public bool IsOpen(int tensor, int axis) => Differs(tensor, axis, _otherBatch) || Differs(tensor, axis, _otherSize);

    /// <summary>Whether an axis is 1 long, whatever the batch and image size.</summary>
    public bool IsOne(int tensor, int axis) => _own[tensor][axis] == 1 && !IsOpen(tensor, axis);

    /// <summary>A tensor's shape for the file: N where it is open with the batch, no word where it is open otherwise.</summary>
    public TensorShapeProto ForFile(int tensor)
    {
        var shape = new TensorShapeProto();
        for (int axis = 0; axis < _own[tensor].Rank; axis++)
        {
            bool batch = Differs(tensor, axis, _otherBatch), size = Differs(tensor, axis, _otherSize);
            shape.Dim.Add(batch && !size ? new DimensionProto { DimParam = "N" }
                : batch || size ? new DimensionProto()
                : new DimensionProto { DimValue = _own[tensor][axis] });
        }

        return shape;
    }

    private bool Differs(int tensor, int axis, Shape[]? others) =>
        others is not null && (others[tensor].Rank != _own[tensor].Rank || others[tensor][axis] != _own[tensor][axis]);

    private static Shape[]? TryInfer(Network network, Shape input)
    {
        try
        {
            return Infer(network, input);
        }
        catch (NetVizException)
        {
            return null; // a layer takes only the network's own
        }
    }

    // As Network.InferShapes does, but for any input.
    private static Shape[] Infer(Network network, Shape input)
    {
        var shapes = new Shape[network.Nodes.Length + 1];
        shapes[0] = input;
        foreach (Node node in network.Nodes)
            shapes[node.Output] = node.Layer.OutputShape([.. node.Inputs.Select(tensor => shapes[tensor])]);
        return shapes;
    }
}
