using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Visualisation.Samples;

/// <summary>The pictures that come with NetViz, by name. They lie beside this file; tools/Samples draws them.</summary>
public static class SampleScenes
{
    /// <summary>The side of the pictures.</summary>
    public const int Size = 320;

    /// <summary>The least and greatest side to which a picture is resampled.</summary>
    public const int LeastSize = 16, GreatestSize = 4096;

    /// <summary>All of them, in the order of their names.</summary>
    public static IReadOnlyList<SampleScene> All { get; } =
    [
        new("acorn", "acorn", "n12267677", "two acorns among oak leaves"),
        new("alp", "alp", "n09193705", "snowy peaks above a forest"),
        new("banana", "banana", "n07753592", "a hand of three bananas"),
        new("bell-pepper", "bell pepper", "n07720875", "a red bell pepper and a green one"),
        new("computer-keyboard", "computer keyboard", "n03085013", "a computer keyboard from close by"),
        new("espresso", "espresso", "n07920052", "an espresso in a white cup on a saucer"),
        new("jellyfish", "jellyfish", "n01910747", "a sea nettle in blue water"),
        new("ladybug", "ladybug", "n02165456", "a seven-spot ladybird on a leaf"),
        new("lemon", "lemon", "n07749582", "two lemons and half of one"),
        new("lighthouse", "beacon", "n02814860", "a lighthouse on a headland by the sea"),
        new("orange", "orange", "n07747607", "an orange and half of another on a table"),
        new("pizza", "pizza", "n07873807", "a pizza with salami, olives and basil"),
        new("school-bus", "school bus", "n04146614", "a yellow school bus on a road"),
        new("teapot", "teapot", "n04398044", "a china teapot with painted flowers"),
    ];

    /// <summary>The one that is explained where no picture is named.</summary>
    public static SampleScene Default => Find("orange");

    /// <summary>A picture by its name, in whatever case.</summary>
    /// <param name="name">Such as "orange".</param>
    /// <exception cref="NetVizException">There is none of that name.</exception>
    public static SampleScene Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(scene => scene.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new NetVizException($"There is no sample '{name}'",
                $"there are {string.Join(", ", All.Select(scene => scene.Name))}");
    }

    /// <summary>Reads a picture.</summary>
    /// <param name="scene">Which.</param>
    /// <param name="size">
    /// The side in pixels, <see cref="LeastSize"/> to <see cref="GreatestSize"/>; another than <see cref="Size"/> is resampled.
    /// </param>
    /// <returns>A square picture.</returns>
    /// <exception cref="NetVizException">The size is out of range.</exception>
    public static Photo Read(SampleScene scene, int size = Size)
    {
        ArgumentNullException.ThrowIfNull(scene);
        CheckSize(size);
        using Stream stream = typeof(SampleScenes).Assembly.GetManifestResourceStream($"{scene.Name}.png")!;
        var file = new byte[stream.Length];
        stream.ReadExactly(file);
        byte[] rgb = ImageFile.Decode(file, $"{scene.Name}.png").Rgb;
        return new Photo(size, size, Resample.Resize(rgb, Size, Size, 3, size, size));
    }

    /// <summary>Refuses a side that is out of range.</summary>
    internal static void CheckSize(int size)
    {
        if (size is < LeastSize or > GreatestSize)
            throw new NetVizException($"A sample of {size} x {size} pixels is out of range",
                $"the side can be {LeastSize} to {GreatestSize}");
    }
}
