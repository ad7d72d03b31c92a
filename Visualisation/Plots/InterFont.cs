using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using ScottPlot;
using SkiaSharp;

namespace NetViz.Visualisation.Plots;

/// <summary>
/// Inter (SIL Open Font License), the typeface of every plot, out of the package that brings it: no font of the system is asked
/// for, so that a machine without fonts draws the same words.
/// <para>
/// The package Avalonia.Fonts.Inter keeps its files in one resource: the length of an index (int32), the index (a version and a
/// count, int32 each; then for each file its name, its offset behind the index and its length), the files.
/// </para>
/// </summary>
internal sealed class InterFont : IFontResolver
{
    /// <summary>What plots call it; no system has a font of that name, so that none can take its place.</summary>
    public const string Name = "NetViz Inter";

    private const string Package = "Avalonia.Fonts.Inter.dll", Resource = "!AvaloniaResources";

    private static readonly Lazy<(byte[] Regular, byte[] Bold)> Files = new(Read);

    private static readonly Lazy<bool> Registered = new(() =>
    {
        Fonts.FontResolvers.Insert(0, new InterFont());
        return true;
    });

    /// <summary>Gets the regular typeface as a TrueType file.</summary>
    public static byte[] RegularFile => Files.Value.Regular;

    /// <summary>Gets the bold typeface as a TrueType file.</summary>
    public static byte[] BoldFile => Files.Value.Bold;

    /// <summary>Makes <see cref="Name"/> known to ScottPlot.</summary>
    public static void Register() => _ = Registered.Value;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        CreateTypeface(fontName, weight >= FontWeight.SemiBold, slant != FontSlant.Upright);

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic)
    {
        if (fontName != Name) return null;
        using SKData data = SKData.CreateCopy(bold ? Files.Value.Bold : Files.Value.Regular);
        return SKTypeface.FromData(data);
    }

    private static (byte[] Regular, byte[] Bold) Read()
    {
        using Stream package = Assembly.GetExecutingAssembly().GetManifestResourceStream(Package)!;
        using var reader = new PEReader(package);
        MetadataReader metadata = reader.GetMetadataReader();
        ManifestResource resource = metadata.ManifestResources.Select(metadata.GetManifestResource)
            .Single(candidate => metadata.GetString(candidate.Name) == Resource);
        // A resource is its length (uint32) and its bytes.
        ReadOnlySpan<byte> resources =
            reader.GetSectionData(reader.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress)
                .GetContent().AsSpan((int)resource.Offset..);
        return FontsIn(resources.Slice(4, BinaryPrimitives.ReadInt32LittleEndian(resources)));
    }

    private static (byte[] Regular, byte[] Bold) FontsIn(ReadOnlySpan<byte> bundle)
    {
        int files = 4 + BinaryPrimitives.ReadInt32LittleEndian(bundle);
        using var index = new BinaryReader(new MemoryStream(bundle[4..files].ToArray()), Encoding.UTF8);
        index.ReadInt32();
        var found = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (int left = index.ReadInt32(); left > 0; left--)
        {
            string name = index.ReadString();
            int offset = index.ReadInt32(), length = index.ReadInt32();
            found[name] = bundle.Slice(files + offset, length).ToArray();
        }

        return (found["/Assets/Inter-Regular.ttf"], found["/Assets/Inter-SemiBold.ttf"]);
    }
}
