using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz figure, and the formats and looks of the sheets of other commands.</summary>
[NonParallelizable]
public class FigureCommandTests : InTemporaryFolder
{
    private const string Svg = "{http://www.w3.org/2000/svg}";

    [Test]
    public void A_figure_holds_text_as_text_and_maps_at_the_networks_resolution()
    {
        Folder.Write("figure.json", """
            { "title": "Two <pictures>", "pictures": ["sample:orange", "sample:lemon"],
              "columns": [{ "rule": "gradient", "title": "the gradient" }, "deconvnet", { "map": "smoothgrad" }],
              "captions": ["an orange", "a lemon"], "width_mm": 120, "scale": "row", "samples": 2 }
            """);
        XElement figure = XElement.Parse(File.ReadAllText(Written("f.svg", Folder.File("figure.json"))));
        Assert.That(figure.Attribute("width")!.Value, Is.EqualTo("120mm"));
        string[] texts = [.. figure.Descendants(Svg + "text").Select(text => text.Value)];
        Assert.That(texts, Is.SupersetOf((string[])["Two <pictures>", "the gradient", "deconvnet", "an orange", "a lemon"]));
        Assert.That(string.Join(' ', texts), Does.Contain("Scale: row"));
        Photo[] images = [.. figure.Descendants(Svg + "image").Select(image => ImageFile.Decode(
            Convert.FromBase64String(image.Attribute("href")!.Value.Split(',')[1]), "an image"))];
        Assert.That(images.Count(image => (image.Width, image.Height) == (64, 64)), Is.EqualTo(6));
        Assert.That(figure.Descendants(Svg + "style").Single().Value, Does.Contain("@font-face"));

        string pdf = Encoding.Latin1.GetString(File.ReadAllBytes(Written("f.pdf", Folder.File("figure.json"), "--scale", "own")));
        Assert.That(pdf, Does.StartWith("%PDF").And.Contain("Inter").And.EndWith("%NetViz\n"));
        double points = double.Parse(Regex.Match(pdf, @"/MediaBox ?\[ ?0 0 ([\d.]+)").Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(points * 25.4 / 72, Is.EqualTo(120).Within(0.1));
        Photo png = ImageFile.Read(Written("f.png", Folder.File("figure.json"), "--dpi", "100"));
        Assert.That(png.Width, Is.EqualTo(472).Within(2));
    }

    [Test]
    public void Many_methods_go_on_below()
    {
        string[] columns = ["--class", "0", "--class", "1", "--class", "2", "--no-bars", "--no-notes", "--dpi", "60"];
        Photo one = ImageFile.Read(Written("a.png", ["sample:orange", .. columns, "--row-length", "10"]));
        Photo wrapped = ImageFile.Read(Written("b.png", ["sample:orange", .. columns, "--row-length", "4"]));
        Assert.That(wrapped.Width, Is.EqualTo(one.Width).Within(2));
        Assert.That(wrapped.Height, Is.GreaterThan(3 * one.Height));
    }

    [TestCase("figure sample:orange --output f.gif", "--output 'f.gif' ends in '.gif'; supported are .pdf, .svg, .png and .webp")]
    [TestCase("figure sample:orange --output f", "ends in no format")]
    [TestCase("figure none.json --output f.svg", "'none.json' does not exist")]
    [TestCase("figure sample:orange --width 5 --output f.svg", "--width 5; 20 to 2000 millimetres are supported")]
    [TestCase("figure sample:orange --colours jet --output f.svg", "--colours 'jet' is unknown; there are heat")]
    [TestCase("saliency --format gif", "--format 'gif' is unknown; there are png, webp, svg, pdf")]
    [TestCase("saliency --scale none", "--scale 'none' is unknown; there are shared, row, own")]
    [TestCase("saliency --percentile 0", "--percentile 0; above 0, to 100 is supported")]
    [TestCase("saliency --png-level 10", "--png-level 10; 0 to 9 is supported")]
    [TestCase("saliency --write png,gif", "--write 'gif' is unknown; there are png, npy, json, overlay, sheet")]
    [TestCase("saliency --pack maps.zip", "ends in neither .npz nor .npy")]
    [TestCase("evaluate --data . --metric deletion --plot x.gif", "--plot 'x.gif' ends in '.gif'; supported are .pdf, .svg, .png and .webp")]
    public void What_is_wrong_is_told(string command, string problem)
    {
        NetvizProcess run = NetvizProcess.Run([.. command.Split(' '), .. command.Contains("saliency", StringComparison.Ordinal)
            ? (string[])["--output", Folder.File("out")] : []]);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain(problem));
        Assert.That(Directory.Exists(Folder.File("out")), Is.False, "nothing is left behind");
    }

    [TestCase("{ \"colums\": [] }", "did you mean columns?")]
    [TestCase("{ \"width_mm\": \"wide\" }", "has a 'width_mm' that is no number")]
    [TestCase("{ \"columns\": [3] }", "column 1 is no object")]
    [TestCase("{ \"scale\": \"none\" }", "has the scale 'none'; there are shared, row, own")]
    [TestCase("{ \"captions\": [\"a\", \"b\"] }", "2 captions for 1 picture")]
    [TestCase("[", "is no figure")]
    public void What_is_wrong_in_a_figures_file_is_told(string text, string problem)
    {
        NetvizProcess run = NetvizProcess.Run("figure", Folder.Write("figure.json", text), "--output", Folder.File("f.svg"));
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain("figure.json").Or.Contain("captions").And.Contain(problem));
        Assert.That(File.Exists(Folder.File("f.svg")), Is.False);
    }

    [Test]
    public void A_folder_has_a_table_a_contact_sheet_a_page_and_one_file_of_signals()
    {
        NetvizProcess run = NetvizProcess.Run("saliency", "sample:orange", "sample:lemon", "--rule", "gradient", "--write", "sheet",
            "--pack", Folder.File("maps.npz"), "--threads", "1", "--output", Folder.File("out"));
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Directory.GetFiles(Folder.File("out")).Select(Path.GetFileName), Is.EquivalentTo(
            (string[])["summary.csv", "contact-sheet.png", "index.html", "orange.sheet.png", "lemon.sheet.png"]));
        string[] table = File.ReadAllLines(Folder.File("out", "summary.csv"));
        Assert.That(table[0], Is.EqualTo("picture,class,class_name,score,probability,norm gradient"));
        Assert.That(table[1], Does.StartWith("sample:orange,41,orange,6.11"));
        Assert.That(File.ReadAllText(Folder.File("out", "index.html")), Does.Contain("orange.sheet.png").And.Not.Contain("<script"));
        NetvizProcess again = NetvizProcess.Run("saliency", "sample:orange", "sample:lemon", "--rule", "gradient", "--write", "sheet",
            "--pack", Folder.File("again.npz"), "--threads", "3", "--output", Folder.File("again"));
        Assert.That(again.ExitCode, Is.Zero, again.Error);
        Assert.That(File.ReadAllBytes(Folder.File("again.npz")), Is.EqualTo(File.ReadAllBytes(Folder.File("maps.npz"))));
        foreach (string file in Directory.GetFiles(Folder.File("out")))
            Assert.That(File.ReadAllBytes(Folder.File("again", Path.GetFileName(file))), Is.EqualTo(File.ReadAllBytes(file)), file);
    }

    [Test]
    public void Python_reads_what_was_written()
    {
        const string Python = "/usr/bin/python3";
        if (!File.Exists(Python) || Run(Python, "-c", "import numpy, matplotlib").Code != 0)
            Assert.Ignore("needs /usr/bin/python3 with python3-numpy and python3-matplotlib");
        NetvizProcess made = NetvizProcess.Run("saliency", "sample:orange", "--pack", Folder.File("maps.npy"), "--write", "npy,json",
            "--output", Folder.Path);
        Assert.That(made.ExitCode, Is.Zero, made.Error);
        (int code, string printed) = Run(Python, "-B", "-c", $"import sys; sys.path.insert(0, {Quoted(RepositoryRoot.File("tools"))}); import netviz; "
            + $"r = netviz.Result({Quoted(Folder.File("orange.json"))}); p = netviz.load({Quoted(Folder.File("maps.npy"))}); "
            + "assert (p[0, 2] == r.signal('guided')[0]).all(); print(p.shape, netviz.reduce(r.signal('gradient')).shape, len(r.files))");
        Assert.That((code, printed.Trim()), Is.EqualTo((0, "(1, 3, 3, 64, 64) (64, 64) 3")));
        (code, printed) = Run(Python, "-B", RepositoryRoot.File("tools", "netviz.py"), Folder.File("orange.json"), Folder.File("sheet.png"));
        Assert.That(code, Is.Zero, printed);
        Assert.That(ImageFile.Read(Folder.File("sheet.png")).Width, Is.GreaterThan(600));
    }

    private static string Quoted(string path) => $"r'{path}'";

    private static (int Code, string Printed) Run(string program, params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using var process = System.Diagnostics.Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string printed = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, printed + error.Result);
    }

    private string Written(string name, params string[] arguments)
    {
        NetvizProcess run = NetvizProcess.Run(["figure", .. arguments, "--output", Folder.File(name)]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("wrote"));
        return Folder.File(name);
    }
}
