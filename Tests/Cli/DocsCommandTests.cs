using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz docs: chapters whose listings, numbers and pictures the program makes itself.</summary>
public class DocsCommandTests : InTemporaryFolder
{
    private const string Saliency = "```netviz hidden as s from o/orange.json\nsaliency -r gradient -o o\n```\n";

    [Test]
    public void Listings_numbers_and_pictures_take_their_places()
    {
        NetvizProcess run = Docs(
            """
            # A chapter
            <!-- netviz always: --device reference -->
            The network's class is {{top.name}}: no such name yet.
            """);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain("line 3: no command before was named 'top'"));
        Assert.That(File.Exists(Folder.File("out", "chapter.md")), Is.False);

        run = Docs(
            """
            # A chapter
            <!-- netviz always: --device reference -->

            ```netviz hidden as orange from images/orange.json
            saliency sample:orange --rule guided --output images
            ```

            The class is {{orange.class_name}} ({{orange.probability:0.0}}), then
            {{orange.images[0].classes[class_name=orange].score:0}}... of {{orange.images:count}}.

            ![the orange](images/orange.sheet.png)
            <!-- netviz always: -->

            ```netviz lines 2..2
            samples orange lemon --list
            ```

            ```netviz silent
            samples lemon --list
            ```
            """);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(File.ReadAllText(Folder.File("out", "chapter.md")), Is.EqualTo(
            """
            # A chapter

            The class is orange (0.8), then
            6... of 1.

            ![the orange](images/orange.sheet.png)

            ```console
            $ netviz samples orange lemon --list
            ...
            lemon: two lemons and half of one (lemon, n07749582)
            ```

            ```console
            $ netviz samples lemon --list
            ```
            <!-- made by netviz docs -->

            """));
        Assert.That(File.Exists(Folder.File("out", "images", "orange.sheet.png")));
        Assert.That(Directory.GetFiles(Folder.File("out", "images")), Has.Length.EqualTo(1), "only what is shown");
    }

    [Test]
    public void What_a_command_prints_as_JSON_is_kept_without_showing_how()
    {
        File.Copy(RepositoryRoot.File("docs", "images", "orange.png"), Folder.File("mine.png"));
        NetvizProcess run = NetvizProcess.RunIn(Folder.Path, "docs", Folder.Write("source.md",
            """
            <!-- netviz needs: mine.png -->
            ```netviz silent as mine
            classify mine.png --top 2
            ```

            {{mine[0].top[name=orange].index}}, {{mine[0].top[index=41&name=orange].probability:%0}} %,
            {{mine[image=mine.png].top[1].probability:P0}}
            """), "--output", Folder.File("out", "chapter.md"));
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(File.ReadAllText(Folder.File("out", "chapter.md")), Does.Match(
            "^```console\n\\$ netviz classify mine.png --top 2\n```\n\n41, [5-9][0-9] %,\n[0-9]+ %\n"
            + "<!-- made by netviz docs -->\n$"));
        run = NetvizProcess.RunIn(Folder.Path, "docs", Folder.Write("source.md",
            "```netviz hidden as s\nclassify mine.png\n```\n{{s[0].top[index=41&name=lemon].score}}\n"),
            "--output", Folder.File("out", "chapter.md"));
        Assert.That(run.ExitCode, Is.EqualTo(2));
    }

    [TestCase("```netviz\nsaliency sample:nothing\n```\n", "line 1: netviz saliency sample:nothing: exit code 2: netviz: ")]
    [TestCase("text\n```netviz\nsamples\nsamples\n```\n", "line 2: a netviz block holds one line")]
    [TestCase("```netviz some\nsamples --list\n```\n", "'some' is none of lines A..B, silent, hidden")]
    [TestCase("```netviz lines 3..99\nsamples --list\n```\n", "the command printed 14 lines")]
    [TestCase(Saliency + "{{s.colour}}", "line 4: the command's JSON has no '.colour'")]
    [TestCase(Saliency + "{{s.images[0]}}", "line 4: '.images[0]' is Object, not a number or text")]
    [TestCase(Saliency + "{{s images}}", "line 4: ' images' is no path into JSON")]
    [TestCase("```netviz hidden as s from x.json\nsamples --list\n```\n", "line 1: the command wrote no 'x.json'")]
    [TestCase("```netviz as s\nsamples --list\n```\n", "line 1: 'as s' without 'from FILE.json' keeps what --json prints")]
    [TestCase("text\n<!-- netviz needs: pictures.tar.gz -->\n", "line 2: the commands need 'pictures.tar.gz', which is not in")]
    [TestCase("<!-- netviz needs: ../pictures.tar.gz -->\n", "line 1: '../pictures.tar.gz' is no plain file name")]
    [TestCase("![x](images/x.png)", "no command wrote the picture 'images/x.png'")]
    public void What_is_wrong_is_told_with_its_line(string source, string problem)
    {
        NetvizProcess run = Docs(source);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain(problem));
        Assert.That(Directory.Exists(Folder.File("out")), Is.False, "nothing is left behind");
    }

    private NetvizProcess Docs(string source) =>
        NetvizProcess.RunApart("docs", Folder.Write("source.md", source), "--output", Folder.File("out", "chapter.md"));
}
