namespace NetViz.Weights.Onnx;

/// <summary>The types of a tensor's elements, numbered as in ONNX.</summary>
public enum OnnxElementType
{
    /// <summary>Not stated.</summary>
    Undefined = 0,

    /// <summary>IEEE single precision.</summary>
    Float32 = 1,

    /// <summary>8 bits, 0 to 255.</summary>
    UInt8 = 2,

    /// <summary>8 bits, -128 to 127.</summary>
    Int8 = 3,

    /// <summary>16 bits, 0 to 65535.</summary>
    UInt16 = 4,

    /// <summary>16 bits, -32768 to 32767.</summary>
    Int16 = 5,

    /// <summary>32 bits, signed.</summary>
    Int32 = 6,

    /// <summary>64 bits, signed: the type of shapes.</summary>
    Int64 = 7,

    /// <summary>Text; not supported.</summary>
    String = 8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 9,

    /// <summary>IEEE half precision.</summary>
    Float16 = 10,

    /// <summary>IEEE double precision.</summary>
    Float64 = 11,

    /// <summary>32 bits, unsigned.</summary>
    UInt32 = 12,

    /// <summary>64 bits, unsigned.</summary>
    UInt64 = 13,

    /// <summary>Two float32; not supported.</summary>
    Complex64 = 14,

    /// <summary>Two float64; not supported.</summary>
    Complex128 = 15,

    /// <summary>The upper half of a float32.</summary>
    BFloat16 = 16,
}

/// <summary>What the importer needs to know of each type.</summary>
internal static class OnnxElementTypes
{
    /// <summary>Bytes of one element in raw_data; 0 for a type that is not supported.</summary>
    public static int Size(this OnnxElementType type) => type switch
    {
        OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Bool => 1,
        OnnxElementType.UInt16 or OnnxElementType.Int16 or OnnxElementType.Float16 or OnnxElementType.BFloat16 => 2,
        OnnxElementType.Float32 or OnnxElementType.Int32 or OnnxElementType.UInt32 => 4,
        OnnxElementType.Float64 or OnnxElementType.Int64 or OnnxElementType.UInt64 => 8,
        _ => 0,
    };

    /// <summary>Whether elements are floating-point numbers, which become float32.</summary>
    public static bool IsFloat(this OnnxElementType type) =>
        type is OnnxElementType.Float32 or OnnxElementType.Float16 or OnnxElementType.BFloat16 or OnnxElementType.Float64;
}
