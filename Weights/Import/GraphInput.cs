using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;

namespace NetViz.Weights.Import;

/// <summary>The one input of the graph that is no constant, with its size settled.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DeclaredBatch">The batch size in the file; null where it is open.</param>
/// <param name="Rest">The lengths of all axes but the first.</param>
/// <param name="Layout">What the axes are, where it takes images.</param>
internal sealed record GraphInput(string Name, int? DeclaredBatch, int[] Rest, ImageLayout Layout)
{
    /// <summary>Rows and columns where neither the file nor anybody else says: what ImageNet's networks take.</summary>
    public const int DefaultSize = 224;

    /// <summary>Whether the file leaves rows or columns of an image open.</summary>
    public bool SizeIsOpen { get; private init; }

    /// <summary>The batch size at which the graph is read first.</summary>
    public int Batch => DeclaredBatch ?? 1;

    /// <summary>A second batch size, to see what depends on it.</summary>
    public int OtherBatch => 3 * Batch + 4;

    /// <summary>Channels, rows and columns of an image; null for an input of another kind.</summary>
    public (int Channels, int Height, int Width)? Image =>
        Rest is not [var a, var b, var c] ? null : Layout == ImageLayout.Nchw ? (a, b, c) : (c, a, b);

    /// <summary>The shape for a batch.</summary>
    public Shape ShapeAt(int batch) => new([batch, .. Rest]);

    /// <summary>The form in which the engine takes it.</summary>
    public NetworkInput ToNetworkInput() =>
        new(Name, [DeclaredBatch, .. Rest.Select(length => (int?)length)]) { Layout = Layout };

    /// <summary>Finds the input: what the file lists as inputs without those that have an initializer or a bound value.</summary>
    /// <param name="file">The file.</param>
    /// <param name="bound">Names of inputs that have values.</param>
    /// <param name="size">Columns and rows that shall replace the file's; null for the file's.</param>
    /// <param name="openSize">Columns and rows where the file leaves them open.</param>
    /// <exception cref="NetVizException">There is no such input, or more than one, or it is no tensor of floating-point
    /// numbers.</exception>
    public static GraphInput Find(OnnxFile file, IReadOnlyCollection<string> bound, (int Width, int Height)? size,
        (int Width, int Height)? openSize)
    {
        HashSet<string> constants = [.. file.Initializers.Select(tensor => tensor.Name), .. bound];
        ValueInfoProto[] inputs = [.. file.Model.Graph.Input.Where(input => !constants.Contains(input.Name))];
        if (inputs.Length == 0) throw new NetVizException($"{file.Path}: the graph has no input");
        if (inputs.Length > 1)
        {
            throw new NetVizException(
                $"{file.Path}: the graph has the inputs '{string.Join("', '", inputs.Select(i => i.Name))}'; one is supported",
                "the option BindInputs gives constants to the others");
        }

        ValueInfoProto only = inputs[0];
        if (only.Type?.TensorType is not { } tensor)
            throw new NetVizException($"{file.Path}: its input '{only.Name}' is no tensor");
        var type = (OnnxElementType)tensor.ElemType;
        if (!type.IsFloat())
            throw new NetVizException(
                $"{file.Path}: its input '{only.Name}' has elements of type {type}; floating-point numbers are supported",
                type is OnnxElementType.UInt8 or OnnxElementType.Int8
                    ? "where the network is quantised, use the float32 file from which it was made"
                    : null);
        // Without a shape it is taken for images, and found out otherwise by the layers.
        int?[] dims = tensor.Shape is { } shape ? [.. shape.Dim.Select(Length)] : [null, null, null, null];
        if (dims.Length == 0)
            throw new NetVizException(
                $"{file.Path}: its input '{only.Name}' is a single number; its first axis has to be the batch");
        ImageLayout layout = InputLayout.Find(file.Model.Graph, only.Name, dims);
        bool sizeIsOpen = false;
        if (dims.Length == 4)
        {
            (int channels, int rows, int columns) = layout == ImageLayout.Nchw ? (1, 2, 3) : (3, 1, 2);
            sizeIsOpen = dims[rows] is null || dims[columns] is null;
            dims[channels] ??= ChannelsOfFirstConv(file, only.Name) ?? 3;
            dims[rows] = size?.Height ?? dims[rows] ?? openSize?.Height ?? DefaultSize;
            dims[columns] = size?.Width ?? dims[columns] ?? openSize?.Width ?? DefaultSize;
        }

        if (Array.FindIndex(dims, 1, length => length is null) is > 0 and var open)
            throw new NetVizException(
                $"{file.Path}: its input '{only.Name}' leaves the length of axis {open} open; only images [N, C, H, W] may");
        if (dims.Contains(0))
            throw new NetVizException($"{file.Path}: its input '{only.Name}' is empty: [{string.Join(", ", dims)}]");
        return new GraphInput(only.Name, dims[0], [.. dims[1..].Select(length => length!.Value)], layout)
        {
            SizeIsOpen = sizeIsOpen,
        };

        int? Length(DimensionProto dim) => dim.ValueCase switch
        {
            DimensionProto.ValueOneofCase.DimValue when dim.DimValue is >= 0 and <= int.MaxValue => (int)dim.DimValue,
            DimensionProto.ValueOneofCase.DimValue when dim.DimValue != -1 =>
                throw new NetVizException($"{file.Path}: its input '{only.Name}' has an axis of length {dim.DimValue}"),
            _ => null,
        };
    }

    private static int? ChannelsOfFirstConv(OnnxFile file, string input)
    {
        NodeProto? conv =
            file.Model.Graph.Node.FirstOrDefault(node => node.OpType == "Conv" && node.Input is [var x, _, ..] && x == input);
        OnnxTensor? weight = file.Initializers.FirstOrDefault(tensor => tensor.Name == conv?.Input[1]);
        long groups = conv?.Attribute.FirstOrDefault(attribute => attribute.Name == "group")?.I ?? 1;
        return weight?.Dims.Length >= 2 && weight.Dims[1] * groups is > 0 and < int.MaxValue and var channels
            ? (int)channels
            : null;
    }
}
