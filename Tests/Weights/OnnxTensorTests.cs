using Google.Protobuf;
using NetViz.Engine;
using NetViz.Weights.Onnx;
using NetViz.Weights.Onnx.Schema;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>Each way in which a tensor's numbers can be stored, as a file of its own and as an initializer.</summary>
public class OnnxTensorTests
{
    private static readonly float[] Numbers = [1, -2, 0.5f, 1024];

    private static readonly Dictionary<string, (OnnxElementType Type, Action<TensorProto> Store)> FloatForms = new()
    {
        ["float_data"] = (OnnxElementType.Float32, tensor => tensor.FloatData.AddRange(Numbers)),
        ["raw float32"] = (OnnxElementType.Float32, tensor => tensor.RawData = Raw(Numbers, BitConverter.GetBytes)),
        ["double_data"] = (OnnxElementType.Float64, tensor => tensor.DoubleData.AddRange(Numbers.Select(n => (double)n))),
        ["raw float64"] = (OnnxElementType.Float64,
            tensor => tensor.RawData = Raw(Numbers, n => BitConverter.GetBytes((double)n))),
        ["raw float16"] = (OnnxElementType.Float16, tensor => tensor.RawData = Raw(Numbers, n => BitConverter.GetBytes((Half)n))),
        ["int32_data float16"] = (OnnxElementType.Float16,
            tensor => tensor.Int32Data.AddRange(Numbers.Select(n => (int)BitConverter.HalfToUInt16Bits((Half)n)))),
        ["raw bfloat16"] = (OnnxElementType.BFloat16,
            tensor => tensor.RawData = Raw(Numbers, n => BitConverter.GetBytes(BFloat16(n)))),
        ["int32_data bfloat16"] = (OnnxElementType.BFloat16,
            tensor => tensor.Int32Data.AddRange(Numbers.Select(n => (int)BFloat16(n)))),
    };

    private static readonly Dictionary<string, (OnnxElementType Type, Action<TensorProto> Store)> IntegerForms = new()
    {
        ["int64_data"] = (OnnxElementType.Int64, tensor => tensor.Int64Data.AddRange([1L, -2, 3, -4])),
        ["raw int64"] = (OnnxElementType.Int64, tensor => tensor.RawData = Raw([1L, -2, 3, -4], BitConverter.GetBytes)),
        ["int32_data"] = (OnnxElementType.Int32, tensor => tensor.Int32Data.AddRange([1, -2, 3, -4])),
        ["raw int32"] = (OnnxElementType.Int32, tensor => tensor.RawData = Raw([1, -2, 3, -4], BitConverter.GetBytes)),
        ["raw int8"] = (OnnxElementType.Int8, tensor => tensor.RawData = Raw([1, -2, 3, -4], n => [(byte)n])),
        ["raw int16"] = (OnnxElementType.Int16,
            tensor => tensor.RawData = Raw([1, -2, 3, -4], n => BitConverter.GetBytes((short)n))),
    };

    private static IEnumerable<string> FloatFormNames => FloatForms.Keys;

    private static IEnumerable<string> IntegerFormNames => IntegerForms.Keys;

    [TestCaseSource(nameof(FloatFormNames))]
    public void Floating_point_numbers_become_float32(string form)
    {
        foreach (OnnxTensor tensor in BothWays(FloatForms[form]))
        {
            Assert.That(tensor.Type, Is.EqualTo(FloatForms[form].Type));
            Assert.That(tensor.Dims.ToArray(), Is.EqualTo(new[] { 2, 2 }));
            Assert.That(tensor.Floats.ToArray(), Is.EqualTo(Numbers));
            Assert.That(() => tensor.Integers, Throws.TypeOf<NetVizException>());
        }
    }

    [TestCaseSource(nameof(IntegerFormNames))]
    public void Integers_become_int64(string form)
    {
        foreach (OnnxTensor tensor in BothWays(IntegerForms[form]))
        {
            Assert.That(tensor.Integers.ToArray(), Is.EqualTo(new long[] { 1, -2, 3, -4 }));
            Assert.That(() => tensor.Floats, Throws.TypeOf<NetVizException>());
        }
    }

    [Test]
    public void Numbers_that_are_not_packed_are_found_as_well()
    {
        using var folder = new TemporaryFolder();
        using var message = new MemoryStream();
        using (var output = new CodedOutputStream(message, leaveOpen: true))
        {
            new TensorProto { Name = "w", DataType = 1, Dims = { 4 } }.WriteTo(output);
            foreach (float number in Numbers)
            {
                output.WriteTag(4, WireFormat.WireType.Fixed32);
                output.WriteFloat(number);
            }
        }

        // graph { initializer { ... } }, lengths below 128
        byte[] bytes = [5 << 3 | 2, (byte)message.Length, .. message.ToArray()];
        byte[] model = [1 << 3, 8, 8 << 3 | 2, 2, 2 << 3, 13, 7 << 3 | 2, (byte)bytes.Length, .. bytes];
        using OnnxFile file = OnnxFile.Open(folder.Write("m.onnx", model));
        Assert.That(file.Initializers[0].Floats.ToArray(), Is.EqualTo(Numbers));
    }

    [Test]
    public void A_type_that_is_not_supported_is_an_error_only_where_it_is_used()
    {
        using var folder = new TemporaryFolder();
        string path = OnnxFileTests.WriteModel(folder, new TensorProto { Name = "w", DataType = 8, Dims = { 1 } });
        using OnnxFile file = OnnxFile.Open(path);
        Assert.That(() => file.Initializers[0].Floats,
            Throws.TypeOf<NetVizException>().With.Message.Contains("'w'").And.Message.Contains("String"));
    }

    [Test]
    public void A_test_tensor_of_ONNX_reads()
    {
        string path = SharedData.PathOf("onnx-backend", "node", "test_relu", "test_data_set_0", "input_0.pb");
        OnnxTensor tensor = OnnxTensor.Read(path);
        Assert.That(tensor.Dims.ToArray(), Is.EqualTo(new[] { 3, 4, 5 }));
        Assert.That(tensor.ToTensor().Lengths.ToArray(), Is.EqualTo(new nint[] { 3, 4, 5 }));
        Assert.That(tensor.Floats.Span[0], Is.EqualTo(1.7640524f));
    }

    private static ByteString Raw<T>(T[] numbers, Func<T, byte[]> bytes) => ByteString.CopyFrom([.. numbers.SelectMany(bytes)]);

    private static ushort BFloat16(float number) => (ushort)(BitConverter.SingleToUInt32Bits(number) >> 16);

    private static IEnumerable<OnnxTensor> BothWays((OnnxElementType Type, Action<TensorProto> Store) form)
    {
        using var folder = new TemporaryFolder();
        var tensor = new TensorProto { Name = "w", DataType = (int)form.Type, Dims = { 2, 2 } };
        form.Store(tensor);
        yield return OnnxTensor.Read(folder.Write("w.pb", tensor.ToByteArray()));
        using OnnxFile file = OnnxFile.Open(OnnxFileTests.WriteModel(folder, tensor));
        yield return file.Initializers[0];
    }
}
