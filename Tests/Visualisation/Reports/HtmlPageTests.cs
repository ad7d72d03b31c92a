using System.Xml.Linq;
using NetViz.Analysis.Proofs;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Reports;
using NUnit.Framework;

namespace NetViz.Tests.Visualisation.Reports;

/// <summary>Pages that need nothing beside them and take any text.</summary>
public class HtmlPageTests
{
    private const string Hostile = "</title><script>alert(\"1\")</script> & 'x'";

    private static readonly Photo Dot = new(1, 1, [1, 2, 3]);

    [Test]
    public void Every_text_is_encoded()
    {
        string html = new HtmlPage(Hostile).Heading(Hostile).Paragraph(Hostile).List([Hostile]).Facts([(Hostile, Hostile)])
            .Table([">" + Hostile, Hostile], [[Hostile, Hostile]])
            .Figure(Dot, Hostile, Hostile, Hostile).Note(Hostile, Hostile).Details(Hostile, _ => { }).ToString();
        Assert.That(html, Does.Not.Contain("<script").And.Not.Contain("alert(\""));
        Assert.That(html.Split("&lt;script&gt;").Length - 1, Is.EqualTo(17), "title twice, the others once");
        Assert.That(html, Does.Contain("src=\"data:image/webp;base64,UklGR"));
    }

    [Test]
    public void The_page_is_one_file_for_light_and_dark_and_for_phones()
    {
        string html = new HtmlPage("page").Heading("h").Heading("i", 3).Table(["a"], [["1"]], i => i == 0)
            .Row(row => row.Figure(Dot, "dot", "caption", "name").Note("a", "b")).Details("more", _ => { }).ToString();
        Assert.That(html, Does.StartWith("<!DOCTYPE html>"));
        Assert.That(html, Does.Contain("prefers-color-scheme: dark").And.Contain("width=device-width"));
        Assert.That(html, Does.Contain("<div class=\"table\"><table>").And.Contain("<tr class=\"bad\"><td>1</td></tr>"));
        Assert.That(html, Does.Not.Contain("http").And.Not.Contain("url(").And.Not.Contain("<link").And.Not.Contain("<script"));
        Assert.That(() => XElement.Parse(html[html.IndexOf("<body>", StringComparison.Ordinal)..html.IndexOf("</html>",
            StringComparison.Ordinal)]), Throws.Nothing, "every element is closed");
    }

    [Test]
    public void A_long_page_begins_with_its_contents()
    {
        HtmlPage page = new HtmlPage("page").Heading("a").Heading("b").Heading("within b", 3);
        Assert.That(page.ToString(), Does.Not.Contain("<nav"));
        Assert.That(page.Heading("c & d").ToString(), Does
            .Contain("<li><a href=\"#s2\">b</a></li><li><a href=\"#s3\">c &amp; d</a></li>")
            .And.Contain("<h2 id=\"s3\">c &amp; d</h2>"));
    }

    [Test]
    public void Rows_must_fit_the_columns() =>
        Assert.That(() => new HtmlPage("page").Table(["a", "b"], [["1"]]), Throws.ArgumentException);

    [Test]
    public void A_proof_is_a_section_with_its_table_and_what_failed()
    {
        using PreparedNetwork prepared = EveryKind.Network().On(Device.Cpu(1));
        ProofReport report = EveryKind.Prove(prepared);
        string page = new HtmlPage("proof").Proof(report).ToString();
        foreach (ProofRow row in report.Rows) Assert.That(page, Does.Contain($"<td>{row.Layer}</td>"));
        Assert.That(page, Does.Contain("All statements hold.").And.Not.Contain("class=\"bad\""));

        ProofReport failing = report with
        {
            Rows = [.. report.Rows.Select(row => row.Layer == "conv2" ? row with { Holds = false, Faults = ["wrong"] } : row)],
        };
        page = new HtmlPage("proof").Proof(failing).ToString();
        Assert.That(page, Does.Contain("<tr class=\"bad\"><td>conv2</td>").And.Contain("<li>conv2: wrong</li>"));
        Assert.That(page, Does.Contain("1 of 17 layers fails: conv2."));
    }
}
