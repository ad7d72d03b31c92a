using System.Text.RegularExpressions;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz report: one page that needs nothing beside it.</summary>
public class ReportCommandTests : InTemporaryFolder
{
    [Test]
    public void A_page_holds_everything_itself()
    {
        (NetvizProcess run, string html) = ExampleReport.Written;
        Assert.That(run.Out, Does.Contain("report.html: ").And.Contain("orange (41)").And.Contain("ladybug (14)"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Regex.Count(html, "<img src=\"data:image/(webp|png);base64,"), Is.EqualTo(2 * 20),
                "for each picture: itself, eight for the rules and eight for the crops with their scales, three boxes");
            Assert.That(Regex.Count(html, "<img|<script|<link|<iframe|@import|url\\("), Is.EqualTo(2 * 20),
                "nothing else is fetched");
            Assert.That(html, Has.Length.LessThan(2_000_000), "bytes that can be mailed");
            Assert.That(html, Does.Contain("<td>orange</td><td class=\"number\">41</td>"));
            Assert.That(html, Does.Contain("At 16 of 25 layers gradient and DeconvNet are the same map"));
            Assert.That(html, Does.Contain("The score told by its gradient"));
            Assert.That(html, Does.Contain("prefers-color-scheme: dark").And.Contain("width=device-width"));
        }
    }

    [Test]
    public void Names_are_text_and_sections_can_be_chosen()
    {
        File.Copy(RepositoryRoot.File("docs", "images", "orange.png"), Folder.File("a <b>&.png"));
        string page = Folder.File("report.html");
        NetvizProcess run = NetvizProcess.Run("report", Folder.File("a <b>&.png"),
            RepositoryRoot.File("docs", "images", "orange.png"), "--section", "prediction", "--output", page, "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json.GetProperty("images").GetArrayLength(), Is.EqualTo(2));
        string html = File.ReadAllText(page);
        Assert.That(html, Does.Contain("a &lt;b&gt;&amp;.png").And.Not.Contain("<b>"));
        Assert.That(html, Does.Not.Contain("What the class score depends on").And.Not.Contain("adjoint gap"));
    }

    [Test]
    public void What_is_wrong_is_told()
    {
        NetvizProcess run = NetvizProcess.Run("report", "--section", "weather", "--output", Folder.File("x.html"));
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error,
            Does.Contain("--section 'weather' is unknown; there are prediction, rules, ten-crop, localisation, section-4"));
        Assert.That(File.Exists(Folder.File("x.html")), Is.False);
        Assert.That(NetvizProcess.Run("report", "--output", Folder.Path).Error, Does.Contain("is a folder; a file is wanted"));
    }
    [Test]
    public void Where_nothing_can_be_written_is_told_before_the_work_and_nothing_is_left()
    {
        string file = Folder.Write("file", "");
        NetvizProcess run = NetvizProcess.Run("report", "--model", Folder.File("none.onnx"), "--output",
            Path.Combine(file, "deeper", "report.html"));
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain("report.html cannot be written").And.Contain("file is a file"));
        run = NetvizProcess.Run("report", "--model", Folder.File("none.onnx"), "--output", Folder.File("new", "report.html"));
        Assert.That(run.Error, Does.Contain("none.onnx"), "the place is good, the model is not");
        Assert.That(Directory.GetFileSystemEntries(Folder.Path), Is.EqualTo(new[] { file }));
    }
}
