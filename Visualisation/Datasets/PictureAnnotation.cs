using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using NetViz.Engine;

namespace NetViz.Visualisation.Datasets;

/// <summary>
/// What a file in PASCAL VOC's XML says of a picture; ILSVRC has the same form (Everingham et al., "The PASCAL Visual Object
/// Classes Challenge 2012 Development Kit", section on annotations). Boxes of an object's parts are passed over.
/// </summary>
/// <param name="Name">The XML file.</param>
/// <param name="Size">Columns and rows of the picture; 0 where it does not say.</param>
/// <param name="Objects">The objects, in the file's order.</param>
internal sealed record PictureAnnotation(string Name, (int Width, int Height) Size, AnnotatedObject[] Objects)
{
    private const string Form =
        "wanted is PASCAL VOC's form: <object><name>, and in its <bndbox> <xmin>, <ymin>, <xmax> and <ymax>";

    private const int LongestName = 100, Deepest = 32;
    private const double Furthest = 1e6;

    // Nothing is fetched, no entity is replaced.
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = SetLimits.AnnotationBytes,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        IgnoreWhitespace = true,
    };

    /// <summary>Reads an annotation in the XML of VOC.</summary>
    /// <param name="set">The set's path, for messages.</param>
    /// <param name="file">The file.</param>
    /// <returns>Null where it is XML of another kind.</returns>
    /// <exception cref="NetVizException">It is no XML, too long, or says something else of an object than its box.</exception>
    public static PictureAnnotation? Read(string set, SetFile file)
    {
        if (file.Bytes is not { } bytes)
        {
            throw new NetVizException($"{set}: {file.Name} has more than {SetLimits.AnnotationBytes} bytes, the limit for a "
                + "picture's annotation");
        }

        XElement root;
        try
        {
            RequireShallow($"{set}: {file.Name}", bytes);
            using var reader = XmlReader.Create(new MemoryStream(bytes), Settings);
            root = XElement.Load(reader);
        }
        catch (Exception error) when (error is XmlException or ArgumentException or NotSupportedException)
        {
            throw new NetVizException($"{set}: {file.Name} is no XML that can be read: {error.Message}",
                "document types and entities are not read", error);
        }

        if (root.Name != "annotation") return null;
        AnnotatedObject[] objects =
            [.. root.Elements("object").Select((element, i) => ObjectOf(element, $"{set}: {file.Name}, object {i + 1}"))];
        return new PictureAnnotation(file.Name, SizeOf(root.Element("size")), objects);
    }

    // Nesting costs the reader time by its square.
    private static void RequireShallow(string name, byte[] bytes)
    {
        using var reader = XmlReader.Create(new MemoryStream(bytes), Settings);
        while (reader.Read())
        {
            if (reader.Depth > Deepest)
            {
                throw new NetVizException($"{name}: elements are nested more than {Deepest} deep, the limit for annotations",
                    Form);
            }
        }
    }

    private static AnnotatedObject ObjectOf(XElement element, string where)
    {
        string name = element.Element("name")?.Value.Trim() ?? "";
        if (name.Length is 0 or > LongestName)
        {
            throw new NetVizException(
                $"{where}, has {(name.Length == 0 ? "no <name>" : $"a <name> of {Counted.Of(name.Length, "character")}")}", Form);
        }

        XElement box = element.Element("bndbox") ?? throw new NetVizException($"{where}, {name}, has no <bndbox>", Form);
        int xMin = Number("xmin"), yMin = Number("ymin"), xMax = Number("xmax"), yMax = Number("ymax");
        if (xMax < xMin || yMax < yMin)
        {
            throw new NetVizException($"{where}, {name}: its box goes from column {xMin} to {xMax} and from row {yMin} to {yMax}",
                "xmin and ymin come first");
        }

        return new AnnotatedObject(name, element.Element("difficult")?.Value.Trim() == "1",
            new PixelBox(xMin, yMin, xMax, yMax));

        // VOC 2011 and later have a few fractions, such as 45.70.
        int Number(string part)
        {
            string? text = box.Element(part)?.Value.Trim();
            return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
                && value <= Furthest
                    ? (int)Math.Round(value, MidpointRounding.AwayFromZero)
                    : throw new NetVizException(
                        $"{where}, {name}: <{part}> is {(text is null ? "missing" : $"'{SetTables.Short(text)}'")}", Form);
        }
    }

    private static (int Width, int Height) SizeOf(XElement? size) => (Side(size, "width"), Side(size, "height"));

    private static int Side(XElement? size, string name) => int.TryParse(size?.Element(name)?.Value, NumberStyles.Integer,
        CultureInfo.InvariantCulture, out int side) ? side : 0;
}

/// <summary>An object on a picture.</summary>
/// <param name="Class">The name of its class.</param>
/// <param name="IsDifficult">Whether it is hard to know without much of its surroundings.</param>
/// <param name="Box">Around it, counted as the file counts.</param>
internal readonly record struct AnnotatedObject(string Class, bool IsDifficult, PixelBox Box);
