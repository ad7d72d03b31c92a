using NetViz.Engine;
using NetViz.Weights;
using NetViz.Weights.Onnx.Schema;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>
/// What cannot be run is refused by name: the file, the node, its operator, what was found and what is supported.
/// </summary>
public class ImportRefusalTests
{
    private static readonly Dictionary<string, (Func<TestGraph> Graph, string[] Expected)> Graphs = new()
    {
        ["an operator"] = (() => Image().Node("Hardmax", "y", "x"), ["node 'y' (Hardmax)", "not supported", "AveragePool"]),
        ["an operator of another family"] = (() =>
            Image().Node("Relu", "y", "x").Change((_, graph) => graph.Node[0].Domain = "com.example"),
            ["node 'y'", "'com.example'"]),
        ["an attribute"] = (() => Image().Node("Relu", "y", "x", ("slope", 1f)),
            ["node 'y' (Relu)", "'slope'", "operator set 13"]),
        ["an attribute of another kind"] = (() => Image().Node("LeakyRelu", "y", "x", ("alpha", 1L)),
            ["'alpha' is of kind Int; Float"]),
        ["an attribute that is missing"] = (() => Image().Node("MaxPool", "y", "x"), ["kernel_shape is missing"]),
        ["a mode"] = (() => Image().Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad", "y", "x p", ("mode", "mirror")),
            ["mode is 'mirror'; constant"]),
        ["an auto_pad"] = (() => Image().Node("MaxPool", "y", "x", ("kernel_shape", new long[] { 2, 2 }), ("auto_pad", "SAME")),
            ["auto_pad is 'SAME'"]),
        ["training"] = (() => Image(15).Random("c", 3).Node("BatchNormalization", "y", "x c c c c", ("training_mode", 1L)),
            ["training_mode is 1", "evaluation mode"]),
        ["normalisation not by channel"] = (() =>
            Image(7).Random("c", 3).Node("BatchNormalization", "y", "x c c c c", ("spatial", 0L)),
            ["spatial is 0"]),
        ["a mask that is used"] = (() => Image().Node("Dropout", "d mask", "x").Node("Add", "y", "d mask"),
            ["node 'd mask' (Dropout)", "'mask'", "first output"]),
        ["indices that are used"] = (() =>
            Image().Node("MaxPool", "p i", "x", ("kernel_shape", new long[] { 2, 2 })).Node("Add", "y", "p i"),
            ["'i'", "indices"]),
        ["a weight that is computed"] = (() => Image().Node("Relu", "w", "x").Node("Conv", "y", "x w"),
            ["node 'y' (Conv)", "its weight ('w')", "only constants"]),
        ["a quantised network"] = (() =>
            Image().Floats("s", [], 1).Node("QuantizeLinear", "y", "x s"),
            ["node 'y' (QuantizeLinear)", "quantised", "float32 file"]),
        ["control flow"] = (() => Image().Integer("c", 1).Node("If", "y", "c"), ["node 'y' (If)", "control flow"]),
        ["a mean over everything"] = (() => Image().Node("ReduceMean", "y", "x"),
            ["node 'y' (ReduceMean)", "images of the batch", "batch size fixed at 1"]),
        ["a mean over axes that are not there"] = (() => Image().Node("ReduceMean", "y", "x", ("axes", new long[] { 1, 4 })),
            ["node 'y' (ReduceMean)", "4 is outside of 0 to 3"]),
        ["images and a constant that differ"] = (() => Image().Random("c", 1, 3, 4, 4).Node("Concat", "y", "x c", ("axis", 1L)),
            ["node 'y' (Concat)", "[1, 3, 4, 5]", "[1, 3, 4, 4]", "axis 1"]),
        ["a constant joined along the batch"] = (() => Image().Random("c", 1, 3, 4, 5).Node("Concat", "y", "x c", ("axis", 0L)),
            ["node 'y' (Concat)", "the batch"]),
        ["a product of activations that differ"] = (() =>
            Image().Node("Transpose", "t", "x", ("perm", new long[] { 0, 1, 3, 2 })).Node("Mul", "y", "x t"),
            ["node 'y' (Mul)", "[1, 3, 4, 5] and [1, 3, 5, 4]", "do not broadcast"]),
        ["slopes that do not fit"] = (() => Image().Random("s", 3).Node("PRelu", "y", "x s"),
            ["node 'y' (PRelu)", "[3]", "[C, 1, 1]"]),
        ["a way of Gelu"] = (() => Image(20).Node("Gelu", "y", "x", ("approximate", "quick")), ["node 'y' (Gelu)", "'quick'"]),
        ["a constant that is larger than the image"] = (() => Image().Random("c", 4, 1, 1, 1, 1).Node("Add", "y", "x c"),
            ["node 'y' (Add)", "does not broadcast"]),
        ["a convolution of another rank"] = (() =>
            new TestGraph().Input("x", "N", 3, 9).Random("w", 2, 3, 3).Node("Conv", "y", "x w"),
            ["node 'y' (Conv)", "[2, 3, 3]", "one- and three-dimensional"]),
        ["a weight for other channels"] = (() => Image().Random("w", 2, 4, 3, 3).Node("Conv", "y", "x w"),
            ["node 'y' (Conv)", "has 3 channels", "wants 4"]),
        ["a matrix for an image"] = (() => Image().Random("w", 60, 2).Node("Gemm", "y", "x w"), ["node 'y' (Gemm)", "Flatten"]),
        ["a reshape that does not fit"] = (() => Image().Integers("s", 0, 7, -1).Node("Reshape", "y", "x s"),
            ["node 'y' (Reshape)", "[1, 3, 4, 5]"]),
        ["a gather from the image"] = (() => Image().Integers("i", 0).Node("Gather", "y", "x i"),
            ["node 'y' (Gather)", "the batch"]),
        ["a name that no node writes"] = (() => Image().Node("Relu", "y", "z"), ["node 'y' (Relu)", "'z'", "no node before it"]),
        ["a cycle"] = (() => Image().Node("Add", "y", "x r").Node("Relu", "r", "y").Output("y"), ["'y'", "cycle"]),
        ["a cycle of nodes without names, read by another"] = (() => Image().Node("Relu", "y", "b").Node("Relu", "a", "b")
            .Node("Add", "b", "a x").Change((_, graph) => graph.Node.ToList().ForEach(node => node.Name = "")).Output("y"),
            ["node 'a' (Relu)", "'b'", "cycle"]),
        ["statistics that batch normalisation writes before version 14"] = (() => Image(9).Random("c", 3)
            .Node("BatchNormalization", "y m v sm sv", "x c c c c"), ["(BatchNormalization)", "5 outputs", "evaluation mode"]),
        ["one statistic of version 7"] = (() => Image(7).Random("c", 3)
            .Node("BatchNormalization", "y m", "x c c c c"), ["(BatchNormalization)", "2 outputs"]),
        ["batch normalisation that is no test"] = (() => Image(6).Random("c", 3)
            .Node("BatchNormalization", "y", "x c c c c", ("is_test", 0L)), ["is_test is 0", "evaluation mode"]),
        ["dropout that is no test"] = (() => Image(6).Node("Dropout", "y", "x", ("is_test", 0L)),
            ["(Dropout)", "is_test is 0"]),
        ["a window of one number"] = (() => Image().Node("MaxPool", "y", "x", ("kernel_shape", new long[] { 3 })),
            ["kernel_shape [3] has 1 number; 2 are supported"]),
        ["an output written twice"] = (() => Image().Node("Relu", "y", "x").Node("Relu", "y", "x"), ["'y'", "twice"]),
        ["no output"] = (() => Image().Node("Relu", "y", "x").Change((_, graph) => graph.Output.Clear()).Output("z"),
            ["output 'z'", "no node"]),
        ["an output that is a constant"] = (() => Image().Random("c", 3).Node("Identity", "y", "c"),
            ["'y'", "does not depend on its input"]),
        ["no input"] = (() => new TestGraph().Random("c", 3).Node("Identity", "y", "c"), ["no input"]),
        ["two inputs"] = (() => Image().Input("z", 1, 3, 4, 5).Node("Add", "y", "x z"), ["'x', 'z'", "BindInputs"]),
        ["an input of integers"] = (() =>
            Image().Change((_, graph) => graph.Input[0].Type.TensorType.ElemType = 7).Node("Relu", "y", "x"),
            ["'x'", "Int64"]),
        ["an input that is a sequence"] = (() =>
            Image().Change((_, graph) => graph.Input[0].Type = new TypeProto { SequenceType = new OtherTypeProto() })
                .Node("Relu", "y", "x"),
            ["'x' is no tensor"]),
        ["an input that is empty"] = (() => new TestGraph().Input("x", "N", 3, 0, 5).Node("Relu", "y", "x"), ["is empty"]),
        ["an open axis that is not an image's"] = (() => new TestGraph().Input("x", "N", "T").Node("Relu", "y", "x"),
            ["axis 1 open"]),
        ["sparse weights"] = (() =>
            Image().Change((_, graph) => graph.SparseInitializer.Add(new SparseTensorProto { Values = new() { Name = "s" } }))
                .Node("Relu", "y", "x"),
            ["'s' is sparse"]),
        ["no version"] = (() => Image().Change((model, _) => model.OpsetImport.Clear()).Node("Relu", "y", "x"),
            ["which version"]),
        ["an impossible number"] = (() => Image().Node("Softmax", "y", "x", ("axis", long.MaxValue)),
            ["node 'y' (Softmax)", "larger than"]),
        ["shapes of constants that do not fit"] = (() =>
            Image().Random("a", 2).Random("b", 3).Node("Add", "c", "a b").Node("Add", "y", "x c"),
            ["node 'c' (Add)", "do not broadcast"]),
        ["an integer division by zero"] = (() =>
            Image().Integer("a", 1).Integer("b", 0).Node("Div", "c", "a b").Node("Reshape", "y", "x c"),
            ["node 'c' (Div)", "divided by 0"]),
    };

    private static IEnumerable<string> Names => Graphs.Keys;

    [TestCaseSource(nameof(Names))]
    public void It_is_refused_by_name(string what)
    {
        using var folder = new TemporaryFolder();
        string path = Graphs[what].Graph().Write(folder);
        var error = Assert.Throws<NetVizException>(() => OnnxModel.Load(path).Dispose());
        Assert.That(error!.Message, Does.StartWith(path));
        foreach (string expected in Graphs[what].Expected) Assert.That(error.Message, Does.Contain(expected));
    }

    [Test]
    public void What_no_output_depends_on_is_left_out()
    {
        using var folder = new TemporaryFolder();
        string path = Image().Node("Sigmoid", "unused", "x").Node("Relu", "y", "x").Output("y").Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.Network.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "y" }));
    }

    /// <summary>
    /// Damage to the first bytes of a file, which describe nodes and attributes, ends in a network or in a refusal, never in
    /// another exception.
    /// </summary>
    [TestCase("squeezenet1.0.onnx")]
    [TestCase("tinyvgg-10.onnx")]
    [TestCase("mnist-8.onnx")]
    public void Damage_never_ends_in_a_fault_of_ours(string name)
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(SharedData.PathOf("models", name));
        var random = new Random(2);
        for (int i = 0; i < 150; i++)
        {
            byte[] damaged = [.. whole];
            for (int k = 0; k < 3; k++) damaged[random.Next(4000)] = (byte)random.Next(256);
            string path = folder.Write("damaged.onnx", damaged);
            try
            {
                OnnxModel.Load(path).Dispose();
            }
            catch (NetVizException)
            {
                // Refusing is right; so is not noticing, where the damage hit a number or a name.
            }
        }
    }

    private static TestGraph Image(long opset = 13) => new TestGraph(opset).Input("x", "N", 3, 4, 5);
}
