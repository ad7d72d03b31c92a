using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Tests.Common;

/// <summary>The files of a small labelled set, to be written into a folder or an archive.</summary>
internal sealed class TinySet
{
    private readonly List<(string Name, byte[] Bytes)> _files = [];

    /// <summary>Adds a picture all of one colour.</summary>
    public TinySet Picture(string name, byte red, byte green = 0, int width = 8, int height = 8)
    {
        var rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.Length; i += 3) (rgb[i], rgb[i + 1]) = (red, green);
        return File(name, ImageFile.EncodePng(new Photo(width, height, rgb)));
    }

    /// <summary>Adds any file.</summary>
    public TinySet File(string name, byte[] bytes)
    {
        _files.Add((name, bytes));
        return this;
    }

    /// <summary>Adds a text file, in which | stands for a tab.</summary>
    public TinySet Text(string name, params string[] lines) =>
        File(name, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line.Replace('|', '\t') + "\n"))));

    /// <summary>Adds an annotation in PASCAL VOC's XML.</summary>
    /// <param name="name">The file.</param>
    /// <param name="objects">Each as "class xmin ymin xmax ymax", with "difficult" after it where it is.</param>
    public TinySet Annotation(string name, params string[] objects) => Text(name,
        ["<annotation>", "<filename>%s</filename>", .. objects.Select(text => text.Split(' ')).Select(o =>
            $"<object><name>{o[0]}</name><difficult>{(o.Length > 5 ? 1 : 0)}</difficult><bndbox><xmax>{o[3]}</xmax>"
            + $"<xmin>{o[1]}</xmin><ymin>{o[2]}</ymin><ymax>{o[4]}</ymax></bndbox>"
            + "<part><name>head</name><bndbox><xmin>0</xmin></bndbox></part></object>"), "</annotation>"]);

    /// <summary>Four photographs as PASCAL VOC has them, one of them with two classes.</summary>
    public static TinySet Voc(string root = "") => new TinySet()
        .Annotation($"{root}Annotations/2007_000001.xml", "dog 1 2 4 5", "cat 3 1 8 8", "dog 5 5 6 8", "cat 1 1 2 2 difficult")
        .Annotation($"{root}Annotations/2007_000002.xml", "person 1.4 2.50 7.7 8")
        .Annotation($"{root}Annotations/2007_000003.xml", "cat 2 2 3 3 difficult")
        .Annotation($"{root}Annotations/2007_000004.xml", "train 1 1 8 4")
        .Text($"{root}ImageSets/Layout/train.txt", "2007_000004 1")
        .Text($"{root}ImageSets/Main/cat_train.txt", "2007_000001  1", "2007_000002 -1")
        .Text($"{root}ImageSets/Main/train.txt", "2007_000001", "2007_000002")
        .Text($"{root}ImageSets/Main/trainval.txt", "2007_000001", "2007_000002", "2007_000003", "2007_000004")
        .Text($"{root}ImageSets/Main/val.txt", "2007_000003", "2007_000004")
        .Picture($"{root}JPEGImages/2007_000001.png", 10).Picture($"{root}JPEGImages/2007_000002.png", 20)
        .Picture($"{root}JPEGImages/2007_000003.png", 30).Picture($"{root}JPEGImages/2007_000004.png", 40)
        .Picture($"{root}SegmentationClass/2007_000001.png", 99);

    /// <summary>Writes the files into a folder.</summary>
    public string WriteFolder(TemporaryFolder folder, string name = "set")
    {
        foreach ((string file, byte[] bytes) in _files)
        {
            string path = folder.File(name, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            System.IO.File.WriteAllBytes(path, bytes);
        }

        return folder.File(name);
    }

    /// <summary>Packs the files, in the order in which they were added.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="name">The archive; compressed where it ends in .gz.</param>
    /// <param name="more">Adds entries of other kinds.</param>
    public string WriteArchive(TemporaryFolder folder, string name = "set.tar.gz", Action<TarWriter>? more = null)
    {
        using Stream file = System.IO.File.Create(folder.File(name));
        using Stream packed = name.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionLevel.Optimal)
            : file;
        using var archive = new TarWriter(packed, TarEntryFormat.Ustar);
        foreach ((string entry, byte[] bytes) in _files)
            archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, entry) { DataStream = new MemoryStream(bytes) });
        more?.Invoke(archive);
        return folder.File(name);
    }

    /// <summary>Two classes in train and val, with tables, as the archive of Tiny ImageNet has them.</summary>
    public static TinySet WithTables(string root = "") => new TinySet()
        .Text($"{root}classes.txt", "0|n02|orange, sweet orange", "1|n01|crane, wading bird", "2|n03|crane")
        .Picture($"{root}train/n02/b.png", 20).Picture($"{root}train/n02/a.png", 10)
        .Picture($"{root}train/n01/c.png", 30).Picture($"{root}train/n03/d.png", 40)
        .Picture($"{root}val/n01/e.png", 50).Picture($"{root}val/n02/f.png", 60)
        .Text($"{root}val.tsv", "file|class|xmin|ymin|xmax|ymax", "val/n01/e.png|1|1|2|7|5", "val/n02/f.png|0|0|0|7|7");
}
