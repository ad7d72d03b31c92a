using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Visualisation.Datasets;

/// <summary>What a set from a stranger may take.</summary>
internal static class SetLimits
{
    /// <summary>The most bytes of one file that is read.</summary>
    public static long FileBytes => FileKind.OfSet.MaxBytes;

    /// <summary>The most bytes of a picture's XML annotation: some four thousand objects.</summary>
    public const long AnnotationBytes = 1_000_000;

    /// <summary>The most bytes of all lists of splits and names in a set with XML annotations.</summary>
    public const long ListBytes = 256_000_000;

    /// <summary>The most objects of all XML annotations of a set.</summary>
    public const int Objects = 20_000_000;

    /// <summary>The most classes of a set; ImageNet has 21,841.</summary>
    public const int Classes = 200_000;

    /// <summary>The most pictures of a set.</summary>
    public const int Pictures = 5_000_000;

    /// <summary>
    /// The most bytes that an archive may unpack to: pictures are compressed already, a tar's padding and tables not.
    /// </summary>
    /// <param name="packed">The archive's length.</param>
    public static long UnpackedBytes(long packed) => 64_000_000 + 100 * packed;

    /// <summary>The error for a file that is too large.</summary>
    public static NetVizException TooLarge(string set, string name, long length) =>
        new($"{set}: {name} has {Counted.Of(length, "byte")}, more than the limit of {FileBytes} for a file of a set");
}
