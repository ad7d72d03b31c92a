using NetViz.Engine;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;
using NetViz.Weights.Operators;

namespace NetViz.Weights.Export;

/// <summary>
/// Writes a network as ONNX. Layers and tensors keep their names; weights are float32, named after their layers, and go from
/// the memory in which the network has them straight to the disk. The file speaks operator set 13, or 19 where an
/// AveragePool has a dilation or rounds its size up, which was not there or not settled before.
/// </summary>
public static class OnnxExport
{
    // Each operator set with the version of the file format that came with it.
    private const int Opset = 13, IrVersion = 7, NewerOpset = 19, NewerIrVersion = 9;

    /// <summary>
    /// Writes a network. Loaded again it has the same layers and gives the same scores and signals to the last bit, but for:
    /// scale and shift of different shapes in one layer, or a fully connected layer on more than two axes, which become two
    /// layers and round once more. A softmax of version 12 over several axes longer than 1 becomes three layers; where the
    /// network ends in it, the scores are then those of NAME/row, the same numbers on one axis.
    /// </summary>
    /// <param name="network">The network; if its weights are a model's, that model must not be disposed meanwhile.</param>
    /// <param name="path">
    /// The file. An existing one is replaced once the new one is whole, be it the one from which the network was loaded; where
    /// the system does not let an open file go (Windows), that is refused and nothing changes.
    /// </param>
    /// <param name="options">How it is written.</param>
    /// <exception cref="NetVizException">The file cannot be written or would exceed 2 GB, a layer has no form in ONNX,
    /// or the metadata do not fit the network.</exception>
    public static void Write(Network network, string path, ExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new ExportOptions();
        var shapes = new TensorShapes(network, options.OpenSize);
        options.Metadata.RequireFits(shapes.Image, shapes[network.ScoreTensor].Count / shapes[0].N);
        var written = new WrittenGraph(network, options.HalfStorage);
        foreach (Node node in network.Nodes) OperatorTable.Write(new NodeWriter(written, network, shapes, node));

        GraphProto graph = written.Graph;
        graph.Name = network.Name;
        graph.Input.Add(Value(network.Input.Name, shapes.ForFile(0)));
        foreach (int tensor in options.Outputs ?? Outputs(network))
            graph.Output.Add(Value(network.Nodes[tensor - 1].OutputName, shapes.ForFile(tensor)));

        bool newer = network.Nodes.Any(node => node.Layer is Elementwise { Function.Kind: FunctionKind.HardSwish }
                or AxisMapping { Sampling: ResizeSampling or PadSampling { Mode: PadMode.Wrap } }
                or Normalization { Operator: not "InstanceNormalization" }
            || (node.Layer is AveragePool { Window: Window w } && (w.CeilMode || w.DilationH != 1 || w.DilationW != 1)));
        var model = new ModelProto
        {
            IrVersion = newer ? NewerIrVersion : IrVersion,
            ProducerName = "NetViz",
            Graph = graph,
            OpsetImport = { new OperatorSetIdProto { Version = newer ? NewerOpset : Opset } },
            MetadataProps = { options.Metadata.Entries() },
        };
        OnnxWriter.Write(path, model, written.Tensors, options.Progress);
    }

    private static int[] Outputs(Network network) => network.ScoreTensor == network.OutputTensor || network.ScoreTensor == 0
        ? [network.OutputTensor]
        : [network.ScoreTensor, network.OutputTensor];

    private static ValueInfoProto Value(string name, TensorShapeProto shape)
    {
        var tensor = new TensorTypeProto { ElemType = (int)OnnxElementType.Float32, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
