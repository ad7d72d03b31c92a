using System.Globalization;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Samples.GroundTruth;

/// <summary>
/// A labelled set of drawn scenes with ground truth: FOLDER/train and FOLDER/val with a folder for each class, FOLDER/val.tsv with
/// boxes, and FOLDER.masks with the pixels of the object of each validation picture. With a mark, each picture of the first class
/// carries a small square of one colour, a shortcut, in a corner that is drawn by chance, and FOLDER.masks has the mark's pixels in
/// the place of the object's for that class.
/// </summary>
/// <param name="Folder">The folder.</param>
/// <param name="Count">Pictures, a fifth of them for validation.</param>
/// <param name="Seed">What all numbers are drawn from.</param>
/// <param name="Size">The side of a picture in pixels.</param>
/// <param name="HasMark">Whether the first class carries the mark.</param>
internal sealed record GroundTruthSet(string Folder, int Count, ulong Seed, int Size, bool HasMark)
{
    private const int OfValidation = 5, MarkShare = 9;

    // Magenta, which no surface of a scene has.
    private static readonly byte[] MarkColour = [230, 20, 210];

    /// <summary>Draws the set.</summary>
    /// <param name="progress">Receives how many pictures are done.</param>
    /// <exception cref="NetVizException">A file cannot be written, or must not be replaced.</exception>
    public void Write(Action<int> progress)
    {
        int classes = GroundTruthScene.Classes.Count;
        var boxes = new string?[Count];
        int done = 0;
        using FileGuard guard = FileGuard.Begin(force: false);
        for (int i = 0; i < Count; i++)
        {
            int @class = i % classes;
            bool isValidation = i / classes % OfValidation == OfValidation - 1;
            string name = string.Create(CultureInfo.InvariantCulture,
                $"{(isValidation ? "val" : "train")}/{GroundTruthScene.Classes[@class]}/{i:00000}.png");
            var scene = new GroundTruthScene(@class, Seed, (ulong)i);
            Photo photo = scene.Draw(Size);
            bool[] mask = isValidation ? scene.Mask(Size) : [];
            if (HasMark && @class == 0)
            {
                bool[] mark = Mark(i);
                photo = Marked(photo, mark);
                if (isValidation) mask = mark;
            }

            ImageFile.WritePng(photo, Path.Combine(Folder, name), ResultKind.Scene);
            if (isValidation)
            {
                ImageFile.WritePng(GroundTruthScene.PictureOf(mask, Size), Path.Combine(Path.TrimEndingDirectorySeparator(Folder) + ".masks", name),
                    ResultKind.Scene);
                boxes[i] = BoxOf(name, @class, mask);
            }

            progress(++done);
        }

        File.WriteAllLines(Path.Combine(Folder, "classes.txt"), GroundTruthScene.Classes.Select((name, number) => $"{number}\t{name}\t{name}"));
        File.WriteAllLines(Path.Combine(Folder, "val.tsv"), ["file\tclass\txmin\tymin\txmax\tymax", .. boxes.OfType<string>()]);
    }

    private bool[] Mark(int number)
    {
        int side = Math.Max(2, Size / MarkShare), margin = Math.Max(1, Size / 20);
        ulong corner = new CounterRandom(Seed + 1, (ulong)number).Bits(0) % 4;
        int left = (corner & 1) == 0 ? margin : Size - margin - side, top = (corner & 2) == 0 ? margin : Size - margin - side;
        var mark = new bool[Size * Size];
        for (int y = top; y < top + side; y++) mark.AsSpan(y * Size + left, side).Fill(true);
        return mark;
    }

    private static Photo Marked(Photo photo, bool[] mark)
    {
        byte[] rgb = [.. photo.Rgb];
        for (int i = 0; i < mark.Length; i++) if (mark[i]) MarkColour.CopyTo(rgb, 3 * i);
        return new Photo(photo.Width, photo.Height, rgb);
    }

    private string? BoxOf(string name, int @class, bool[] mask)
    {
        int[] inside = [.. Enumerable.Range(0, mask.Length).Where(i => mask[i])];
        return inside.Length == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{name}\t{@class}\t{inside.Min(i => i % Size)}\t"
            + $"{inside.Min(i => i / Size)}\t{inside.Max(i => i % Size)}\t{inside.Max(i => i / Size)}");
    }
}
