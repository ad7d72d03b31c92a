using System.Text.RegularExpressions;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz report: one page that needs nothing beside it.</summary>
public class ReportCommandTests : InTemporaryFolder
{
    [Test]
    public void A_page_holds_everything_itself()
    {
        string page = Folder.File("out", "report.html");
        NetvizProcess run = NetvizProcess.Run("report", RepositoryRoot.File("docs", "images", "orange.png"), "--output", page);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        Assert.That(run.Out, Does.Contain(page).And.Contain("orange (41)"));
        string html = File.ReadAllText(page);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Regex.Count(html, "<img src=\"data:image/png;base64,"), Is.EqualTo(6),
                "photograph, two sheets, three boxes");
            Assert.That(Regex.Count(html, "<img|<script|<link|<iframe|@import|url\\("), Is.EqualTo(6), "nothing else is fetched");
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
}
