using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Tests.Cli;

/// <summary>A folder of class folders with small pictures of shapes: discs, squares and bars of any colour anywhere.</summary>
internal static class Shapes
{
    public const int Size = 24;

    private static readonly string[] Classes = ["bar", "disc", "square"];

    /// <summary>Writes the pictures, below train/ and, where there shall be any, val/.</summary>
    public static string Write(TemporaryFolder folder, int training, int validation)
    {
        string root = folder.File("shapes");
        for (int i = 0; i < training; i++) WriteOne(root, "train", i, 1);
        for (int i = 0; i < validation; i++) WriteOne(root, "val", i, 2);
        return root;
    }

    private static void WriteOne(string root, string split, int number, ulong seed)
    {
        var random = new CounterRandom(seed, (ulong)number);
        int shape = number % Classes.Length, x0 = Draw(0, 7, 17), y0 = Draw(1, 7, 17);
        int[] ink = [Draw(2, 140, 255), Draw(3, 140, 255), Draw(4, 140, 255)],
            paper = [Draw(5, 0, 90), Draw(6, 0, 90), Draw(7, 0, 90)];
        var rgb = new byte[3 * Size * Size];
        for (int p = 0; p < Size * Size; p++)
        {
            int x = p % Size - x0, y = p / Size - y0;
            bool inside = shape switch
            {
                0 => Math.Abs(y) <= 1 && Math.Abs(x) <= 7,
                1 => x * x + y * y <= 22,
                _ => Math.Max(Math.Abs(x), Math.Abs(y)) is 5 or 6,
            };
            for (int c = 0; c < 3; c++) rgb[3 * p + c] = (byte)(inside ? ink : paper)[c];
        }

        ImageFile.WritePng(new Photo(Size, Size, rgb), Path.Combine(root, split, Classes[shape], $"{number:000}.png"));

        int Draw(long counter, int least, int most) => least + (int)(random.Bits(counter) % (ulong)(most - least + 1));
    }
}
