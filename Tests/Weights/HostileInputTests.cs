using System.Diagnostics;
using Google.Protobuf;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Weights;
using NetViz.Weights.InputPreprocessing;
using NetViz.Weights.Onnx.Schema;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>
/// Files made to do harm: each is refused in words, at once, and without the memory that it asks for. What fuzzing found stays
/// here.
/// </summary>
public class HostileInputTests
{
    private const long Huge = int.MaxValue;

    // Numbers of the wire format: field << 3 | type.
    [Test]
    public void Thirty_bytes_that_claim_a_tensor_of_4_GB()
    {
        byte[] file =
        [
            0x08, 8, 0x42, 2, 0x10, 13, 0x3A, 13, 0x2A, 11, 0x08, 0x80, 0x80, 0x80, 0x80, 0x04, 0x10, 1, 0x42, 1, (byte)'w',
        ];
        using var folder = new TemporaryFolder();
        Refused(folder.Write("claim.onnx", file), "'w'", "1073741824");
    }

    [Test]
    public void Raw_data_longer_than_the_file() =>
        RefusedBytes([0x08, 8, 0x42, 2, 0x10, 13, 0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x2A, 1], "cut short");

    [Test]
    public void Shapes_that_multiply_up_to_terabytes() => Refused(
        Image(1, 1024, 1024).Random("w", 1000, 1, 1, 1).Random("v", 1000, 1, 1, 1).Node("Conv", "a", "x w")
            .Node("Conv", "y", "x v"),
        "node 'y' (Conv)", "[1, 1000, 1024, 1024]", "4.2 GB", "`MaxMemory`");

    [Test]
    public void Many_layers_that_each_fit_and_together_do_not()
    {
        TestGraph graph = Image(1, 1024, 1024).Random("w", 60, 1, 1, 1);
        for (int i = 0; i < 12; i++) graph.Node("Conv", $"c{i}", "x w");
        graph.Node("Concat", "y", string.Join(' ', Enumerable.Range(0, 12).Select(i => $"c{i}")), ("axis", 2L))
            .Node("GlobalAveragePool", "g", "y");
        Refused(graph, "GB", "`MaxMemory`");
    }

    [Test]
    public void An_input_of_terabytes() => Refused(Image(3, 1_000_000, 1_000_000).Node("Relu", "y", "x"), "input 'x'", "12.0 TB");

    [TestCase(Huge, Huge, Huge)]
    [TestCase(65536, 65536, 65536)]
    public void An_input_whose_number_of_elements_overflows(long c, long h, long w) =>
        Refused(Image((int)c, (int)h, (int)w).Node("Relu", "y", "x"), "input 'x'");

    [Test]
    public void A_batch_of_2_31() => Refused(new TestGraph().Input("x", int.MaxValue, 3, 4, 4).Node("Relu", "y", "x"),
        "input 'x'");

    [Test]
    public void The_limits_can_be_raised()
    {
        using var folder = new TemporaryFolder();
        string path = Image(1, 1024, 1024).Random("w", 300, 1, 1, 1).Node("Conv", "y", "x w").Write(folder);
        Refused(path, "`MaxMemory`", "'y'");
        OnnxModel.Load(path, new OnnxOptions { MemoryLimit = 100e9 }).Dispose();
    }

    [Test]
    public void A_day_of_computing_in_a_small_file()
    {
        using var folder = new TemporaryFolder();
        string path = Image(1, 1500, 1500).Node("MaxPool", "p", "x", ("kernel_shape", new long[] { 999, 999 }),
            ("pads", new long[] { 499, 499, 499, 499 }))
            .Node("Relu", "y", "p").Write(folder);
        Refused(path, "operations", "'p'", "`MaxWork`");
        OnnxModel.Load(path, new OnnxOptions { OperationLimit = 1e15 }).Dispose();
    }

    [Test]
    public void A_constant_of_gigabytes_made_of_nothing() => Refused(
        Image().Integers("s", 1 << 20, 1 << 20).Node("ConstantOfShape", "c", "s").Node("Add", "y", "x c"),
        "node 'c' (ConstantOfShape)", "1099511627776 elements");

    [Test]
    public void Thousands_of_constants_that_each_fit()
    {
        TestGraph graph = Image().Integers("s", 5000, 5000);
        for (int i = 0; i < 20; i++) graph.Node("ConstantOfShape", $"c{i}", "s");
        Refused(graph.Node("Sum", "y", string.Join(' ', Enumerable.Range(0, 20).Select(i => $"c{i}").Prepend("x"))), "elements");
    }

    [Test]
    public void Constants_that_broadcast_to_gigabytes() => Refused(
        Image().Random("a", 100_000, 1).Random("b", 1, 100_000).Node("Mul", "c", "a b").Node("Add", "y", "x c"),
        "node 'c' (Mul)", "10000000000 elements");

    [Test]
    public void A_gather_that_repeats_a_constant_to_gigabytes()
    {
        TestGraph graph = Image().Random("a", 1, 30_000).Integers("i", new long[60_000]).Node("Gather", "c", "a i")
            .Node("Add", "y", "x c");
        Refused(graph, "node 'c' (Gather)", "1800000000 elements");
    }

    [TestCase("kernel_shape", Huge, Huge)]
    [TestCase("strides", 0, 0)]
    [TestCase("strides", Huge, Huge)]
    [TestCase("dilations", Huge, Huge)]
    [TestCase("dilations", 1L << 40, 1)]
    [TestCase("pads", Huge, Huge, Huge, Huge)]
    [TestCase("pads", -1, 0, 0, 0)]
    [TestCase("pads", 1L << 62, 0, 0, 0)]
    public void Absurd_windows(string attribute, params long[] numbers)
    {
        (string, object)[] attributes = attribute == "kernel_shape"
            ? [(attribute, numbers)]
            : [("kernel_shape", new long[] { 2, 2 }), (attribute, numbers)];
        foreach (string pool in new[] { "MaxPool", "AveragePool" })
            Refused(Image().Node(pool, "y", "x", attributes), $"node 'y' ({pool})");
    }

    [TestCase("group", 0)]
    [TestCase("group", -1)]
    [TestCase("group", Huge)]
    [TestCase("group", long.MinValue)]
    public void Absurd_groups(string attribute, long number) =>
        Refused(Image().Random("w", 2, 3, 2, 2).Node("Conv", "y", "x w", (attribute, number)), "node 'y' (Conv)");

    /// <summary>Found by reading for it: the backward pass kept a list entry for each of stride x stride phases.</summary>
    [Test]
    public void A_stride_of_a_million_takes_no_time()
    {
        using var folder = new TemporaryFolder();
        string path = Image(3, 6, 6).Random("w", 2, 3, 2, 2)
            .Node("Conv", "y", "x w", ("strides", new long[] { 1_000_000, 1_000_000 })).Write(folder);
        double start = ProcessorTime.OfThisThread;
        (float[] up, float[] down) = UpAndDown(path, Device.Cpu());
        Assert.That(ProcessorTime.OfThisThread - start, Is.LessThan(5));
        (float[] expectedUp, float[] expectedDown) = UpAndDown(path, Device.Reference);
        Assert.That(up, Is.EqualTo(expectedUp).Within(1e-5));
        Assert.That(down, Is.EqualTo(expectedDown).Within(1e-5));
        Assert.That(down.Count(value => value != 0), Is.EqualTo(12), "only the first window's pixels get a signal");
    }

    [Test]
    public void Pads_that_overflow() => Refused(
        Image().Integers("p", 0, 0, Huge, Huge, 0, 0, Huge, Huge).Node("Pad", "y", "x p"), "node 'y' (Pad)");

    [Test]
    public void Axes_that_overflow_in_a_concat()
    {
        TestGraph graph = Image(1, 4, 4).Integers("p", 0, 0, 0, 100_000_000, 0, 0, 0, 0).Node("Pad", "a", "x p");
        Refused(graph.Node("Concat", "y", string.Join(' ', Enumerable.Repeat("a", 30)), ("axis", 3L)), "node 'a' (Pad)", "GB");
    }

    [Test]
    public void A_constant_reshaped_to_lengths_that_overflow() => Refused(
        Image().Random("c", 4).Integers("s", Huge, Huge, Huge).Node("Reshape", "r", "c s").Node("Add", "y", "x r"),
        "node 'r' (Reshape)");

    [Test]
    public void A_tensor_of_thousands_of_axes()
    {
        Refused(Image().Floats("c", [.. Enumerable.Repeat(1L, 5000)], 1).Node("Add", "y", "x c"), "'c'", "5000 axes");
        Refused(Image().Integers("s", [.. Enumerable.Range(0, 5000).Select(i => 1L)]).Node("Unsqueeze", "y", "x s"),
            "node 'y' (Unsqueeze)");
        Refused(Image().Integers("s", [60, .. Enumerable.Repeat(1L, 5000)]).Node("Reshape", "y", "x s"),
            "node 'y' (Reshape)", "5001 axes");
    }

    [TestCase(0)]
    [TestCase(long.MinValue)]
    [TestCase(1L << 40)]
    public void An_operator_set_that_cannot_be(long opset) =>
        Refused(new TestGraph(opset).Input("x", "N", 3, 4, 5).Node("Relu", "y", "x"), "version");

    [Test]
    public void An_operator_set_of_the_future_is_read_like_the_newest()
    {
        using var folder = new TemporaryFolder();
        OnnxModel.Load(new TestGraph(int.MaxValue).Input("x", "N", 3, 4, 5).Node("Relu", "y", "x").Write(folder)).Dispose();
    }

    [Test]
    public void Nesting_nine_thousand_messages_deep()
    {
        byte[] inner = [];
        for (int i = 0; i < 3000; i++) inner = Wrap(inner);
        using var folder = new TemporaryFolder();
        byte[] model = [0x08, 8, 0x42, 2, 0x10, 13, .. Field(7, inner)];
        // The schema keeps no graphs in attributes, so there is nothing to recurse into.
        Refused(folder.Write("deep.onnx", model), "no input");

        // Graph.node (1) > Node.attribute (5) > Attribute.g (6) > ...
        static byte[] Wrap(byte[] graph) => Field(1, Field(5, Field(6, graph)));
    }

    [Test]
    public void A_cycle_is_told_by_its_node() => Refused(
        Image().Node("Relu", "a", "c").Node("Relu", "b", "a").Node("Add", "c", "b x").Output("c"),
        "depends on its own output", "cycle");

    [Test]
    public void A_node_that_reads_itself() => Refused(Image().Node("Add", "y", "x y"), "node 'y' (Add)", "cycle");

    [Test]
    public void Nodes_out_of_order_are_no_cycle()
    {
        using var folder = new TemporaryFolder();
        string path = Image().Node("Relu", "y", "r").Node("Relu", "r", "x").Output("y").Write(folder);
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(model.Network.Nodes.Select(node => node.Name), Is.EqualTo((string[])["r", "y"]));
    }

    [Test]
    public void Two_initializers_of_one_name() => Refused(Image().Random("w", 3).Random("w", 4).Node("Relu", "y", "x"),
        "2 initializers", "'w'");

    [Test]
    public void An_initializer_with_the_name_of_an_output() =>
        Refused(Image().Random("y", 3).Node("Relu", "y", "x"), "node 'y' (Relu)", "written twice");

    [Test]
    public void One_attribute_twice() => Refused(Image().Node("LeakyRelu", "y", "x", ("alpha", 1f), ("alpha", 2f)),
        "node 'y' (LeakyRelu)", "'alpha' 2 times");

    [Test]
    public void Nodes_of_one_name_are_numbered_in_no_time()
    {
        TestGraph graph = Image().Node("Relu", "t0", "x");
        for (int i = 1; i < 10_000; i++) graph.Node("Relu", $"t{i}", $"t{i - 1}");
        graph.Change((_, g) =>
        {
            foreach (NodeProto node in g.Node) node.Name = "same";
        });
        using var folder = new TemporaryFolder();
        string path = graph.Write(folder);
        double start = ProcessorTime.OfThisThread;
        using OnnxModel model = OnnxModel.Load(path);
        Assert.That(ProcessorTime.OfThisThread - start, Is.LessThan(5));
        Assert.That(model.Network.Nodes[^1].Name, Is.EqualTo("same_10000"));
    }

    [Test]
    public void More_layers_than_any_network_has()
    {
        TestGraph graph = Image();
        for (int i = 0; i <= 20_000; i++) graph.Node("Identity", $"t{i}", i == 0 ? "x" : $"t{i - 1}");
        Refused(graph, "20001", "20000 are supported");
    }

    /// <summary>Found by the fuzzer: System.IO threw ArgumentException.</summary>
    [TestCase("a\0b")]
    [TestCase("\0")]
    public void External_data_with_a_0_in_its_name(string location) => Refused(External(location), "'w'", "characters");

    [Test]
    public void External_data_with_an_endless_name() => Refused(External(new string('n', 70_000)), "70000 characters");

    [Test]
    public void External_data_in_a_named_pipe_is_not_waited_for()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("named pipes are files on Unix only");
        using var folder = new TemporaryFolder();
        using (Process make = Process.Start("mkfifo", [folder.File("pipe")])) make.WaitForExit();
        string path = External("pipe").Write(folder);
        Assert.That(() => OnnxModel.Load(path), Throws.TypeOf<NetVizException>().With.Message.Contains("pipe is a named pipe"));
    }

    [Test]
    public void A_thousand_tensors_in_one_place_of_an_external_file()
    {
        using var folder = new TemporaryFolder();
        folder.Write("w.bin", new byte[1 << 20]);
        TestGraph graph = Image();
        for (int i = 0; i < 1000; i++) graph.External($"w{i}", i % 2 == 0 ? "w.bin" : "./w.bin", 10, 1 << 19);
        Refused(graph.Node("Relu", "y", "x").Write(folder), "more than four times", "overlap");
    }

    [TestCase("""{"preprocessing": {"resizeTo": 2147483647}}""", "2147483647x2147483647")]
    [TestCase("""{"preprocessing": {"resizeTo": [100000, 100000]}}""", "pixels are supported")]
    [TestCase("""{"preprocessing": {"mean": 1e999}}""", "mean")]
    [TestCase("""{"labels": "../../../etc/passwd"}""", "not inside")]
    [TestCase("""[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[""", "JSON")]
    public void Side_cars_of_strangers(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = Image(3, 8, 8).Node("Relu", "y", "x").Write(folder);
        folder.Write("test.netviz.json", json);
        Assert.That(() => OnnxModel.Load(path).Dispose(), Throws.TypeOf<NetVizException>().With.Message.Contains(expected));
    }

    [TestCase(1, 100_000)]
    [TestCase(100_000, 1)]
    [TestCase(1, 10_000_000)]
    public void A_photograph_of_one_column_or_row(int width, int height)
    {
        var photo = new Photo(width, height, new byte[3 * width * height]);
        foreach (string preset in new[] { "torchvision", "caffe" })
        {
            Preprocessing preprocessing = PreprocessingPresets.Find(preset).ForInput(3, 224, 224, "test");
            try
            {
                preprocessing.Apply(photo);
            }
            catch (NetVizException e)
            {
                Assert.That(e.Message, Does.Contain("too narrow"));
            }
        }
    }

    private static TestGraph Image(int c = 3, int h = 4, int w = 5) => new TestGraph().Input("x", "N", c, h, w);

    private static TestGraph External(string location) => Image().External("w", location, 1, 4).Node("Relu", "y", "x");

    private static byte[] Field(int number, byte[] content)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(content));
        }

        return stream.ToArray();
    }

    private static (float[], float[]) UpAndDown(string path, Device device)
    {
        using OnnxModel model = OnnxModel.Load(path);
        using PreparedNetwork prepared = model.Network.On(device);
        Shape shape = model.InputShape(1);
        var images = System.Numerics.Tensors.Tensor.Create(TestGraph.Image((int)shape.Count),
            [.. shape.Lengths.ToArray().Select(length => (nint)length)]);
        using ForwardRecord record = prepared.Forward(images);
        return ([.. record.Scores], [.. record.Backward(Seed.Class(1), BackwardRule.Gradient)]);
    }

    private static void RefusedBytes(byte[] file, params string[] expected)
    {
        using var folder = new TemporaryFolder();
        Refused(folder.Write("hostile.onnx", file), expected);
    }

    private static void Refused(TestGraph graph, params string[] expected)
    {
        using var folder = new TemporaryFolder();
        Refused(graph.Write(folder), expected);
    }

    // In words, within 5 s of the processor, and within 900 MB allocated in all.
    private static void Refused(string path, params string[] expected)
    {
        double start = ProcessorTime.OfThisThread;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<NetVizException>(() => OnnxModel.Load(path).Dispose());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Message, Does.StartWith(path));
            foreach (string words in expected) Assert.That(error.Message, Does.Contain(words));
            Assert.That(ProcessorTime.OfThisThread - start, Is.LessThan(5));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(900_000_000));
        }
    }
}
