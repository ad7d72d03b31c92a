using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;

namespace NetViz.Tests.Visualisation.Datasets;

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
