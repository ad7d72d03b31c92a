using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using NetViz.Engine;

namespace NetViz.Weights.Onnx;

/// <summary>
/// A constant tensor of an ONNX file: floating-point numbers as float32, or integers as int64, in row-major order.
/// Numbers of a model's initializers may lie in the loaded file and are then valid until the model is disposed.
/// </summary>
public sealed class OnnxTensor
{
    /// <summary>Axes that a tensor may have; images have 4.</summary>
    internal const int MostAxes = 16;

    private readonly int[] _dims;
    private readonly ReadOnlyMemory<float>? _floats;
    private readonly Lazy<long[]>? _integers;

    internal OnnxTensor(string name, OnnxElementType type, int[] dims, ReadOnlyMemory<float>? floats, Lazy<long[]>? integers)
    {
        if (dims.Length > MostAxes)
            throw new NetVizException($"tensor '{name}' gets {dims.Length} axes; at most {MostAxes} are supported");
        Name = name;
        Type = type;
        _dims = dims;
        _floats = floats;
        _integers = integers;
        Count = Math.Max(0, dims.Aggregate(1, (product, length) => product * length));
    }

    /// <summary>The name in the file; may be empty.</summary>
    public string Name { get; }

    /// <summary>The type in the file, whatever type the numbers have here.</summary>
    public OnnxElementType Type { get; }

    /// <summary>The axes' lengths, outermost first; none for a scalar.</summary>
    public ReadOnlySpan<int> Dims => _dims;

    /// <summary>How many elements.</summary>
    public int Count { get; }

    /// <summary>Whether <see cref="Floats"/> holds the numbers.</summary>
    public bool IsFloat => _floats is not null;

    /// <summary>Whether <see cref="Integers"/> holds the numbers.</summary>
    public bool IsInteger => _integers is not null;

    /// <summary>The numbers of a floating-point tensor as float32.</summary>
    /// <exception cref="NetVizException">The tensor holds something else.</exception>
    public ReadOnlyMemory<float> Floats => _floats ?? throw new NetVizException(
        $"tensor '{Name}' has the element type {Type}; floating-point numbers are needed here");

    /// <summary>The numbers of an integer or boolean tensor as int64.</summary>
    /// <exception cref="NetVizException">The tensor holds something else.</exception>
    public ReadOnlyMemory<long> Integers => _integers?.Value ?? throw new NetVizException(
        $"tensor '{Name}' has the element type {Type}; integers are needed here");

    /// <summary>Makes a float32 tensor; the numbers are not copied.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dims">The axes' lengths.</param>
    /// <param name="values">As many numbers as the lengths' product.</param>
    /// <exception cref="ArgumentException">The count differs.</exception>
    public static OnnxTensor OfFloats(string name, ReadOnlySpan<int> dims, ReadOnlyMemory<float> values)
    {
        var tensor = new OnnxTensor(name, OnnxElementType.Float32, dims.ToArray(), values, null);
        return tensor.Count == values.Length
            ? tensor
            : throw new ArgumentException($"{values.Length} numbers for {tensor}", nameof(values));
    }

    /// <summary>Makes an int64 tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dims">The axes' lengths.</param>
    /// <param name="values">As many numbers as the lengths' product.</param>
    /// <exception cref="ArgumentException">The count differs.</exception>
    public static OnnxTensor OfIntegers(string name, ReadOnlySpan<int> dims, params long[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var tensor = new OnnxTensor(name, OnnxElementType.Int64, dims.ToArray(), null, new Lazy<long[]>(values));
        return tensor.Count == values.Length
            ? tensor
            : throw new ArgumentException($"{values.Length} numbers for {tensor}", nameof(values));
    }

    /// <summary>Reads a file that holds one tensor (a TensorProto, as in ONNX's test data).</summary>
    /// <exception cref="NetVizException">The file is missing, is no tensor, or has a type that is not supported.</exception>
    public static OnnxTensor Read(string path) => TensorReader.ReadFile(path);

    /// <summary>The numbers of a floating-point tensor as .NET's tensor type, copied.</summary>
    /// <exception cref="NetVizException">The tensor holds something else.</exception>
    public Tensor<float> ToTensor() => Tensor.Create(Floats.ToArray(), Array.ConvertAll(_dims, length => (nint)length));

    /// <summary>The object that holds the numbers, compared by reference: constants of several names may share it.</summary>
    internal object? Numbers => _integers is not null ? _integers
        : _floats is not { } floats ? null
        : MemoryMarshal.TryGetArray(floats, out ArraySegment<float> segment) ? segment.Array
        : MemoryMarshal.TryGetMemoryManager(floats, out MemoryManager<float>? manager) ? manager : null;

    /// <summary>The same numbers under another shape of the same count.</summary>
    internal OnnxTensor WithDims(ReadOnlySpan<int> dims) => new(Name, Type, dims.ToArray(), _floats, _integers);

    /// <summary>
    /// The tensor read in a grid: element (i, j, ...) of the result is element offset + i strides[0] + j strides[1] + ...
    /// </summary>
    /// <param name="dims">The result's shape.</param>
    /// <param name="strides">Elements of this tensor between neighbours along each axis of the result.</param>
    /// <param name="offset">Where the grid begins.</param>
    /// <param name="most">Elements that the result may have.</param>
    internal OnnxTensor Walk(int[] dims, int[] strides, int offset, long most)
    {
        int count = Import.ConstantFolding.RequireAffordable(dims, most);
        return IsFloat
            ? new OnnxTensor(Name, Type, dims, Take(Floats.Span), null)
            : new OnnxTensor(Name, Type, dims, null, new Lazy<long[]>(Take(Integers.Span)));

        T[] Take<T>(ReadOnlySpan<T> values)
        {
            var taken = new T[count];
            var position = new int[dims.Length];
            int source = offset;
            for (int i = 0; i < count; i++)
            {
                taken[i] = values[source];
                for (int axis = dims.Length - 1; axis >= 0; axis--)
                {
                    source += strides[axis];
                    if (++position[axis] < dims[axis]) break;
                    source -= strides[axis] * dims[axis];
                    position[axis] = 0;
                }
            }

            return taken;
        }
    }

    /// <summary>The shape for errors, for example <c>[64, 3, 3, 3]</c>.</summary>
    internal string DimsText => $"[{string.Join(", ", _dims)}]";

    /// <summary>For example <c>conv1_1.weight Float32 [64, 3, 3, 3]</c>.</summary>
    public override string ToString() => $"{Name} {Type} {DimsText}";
}
