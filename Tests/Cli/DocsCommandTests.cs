using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>netviz docs: chapters whose listings, numbers and pictures the program makes itself.</summary>
public class DocsCommandTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Listings_numbers_and_pictures_take_their_places()
    {
        NetvizProcess run = Docs(
            """
            # A chapter
            <!-- netviz always: --device reference -->
            The network's class is {{top[0].top[0].name}}: no such name yet.
            """);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain("line 3: no command before was named 'top'"));
        Assert.That(File.Exists(_folder.File("out", "chapter.md")), Is.False);

        run = Docs(
            """
            # A chapter
            <!-- netviz always: --device reference -->

            ```netviz as top
            classify sample:orange
            ```

            The class is {{top[0].top[0].name}} ({{top[0].top[0].probability:0.0}}), then
            {{top[0].top[index=10].score:0}}... of {{top[0].top:count}}.

            ```netviz hidden
            saliency sample:orange --rule guided --output images
            ```

            ![the orange](images/orange.sheet.png)
            <!-- netviz always: -->

            ```netviz lines 2..2
            samples orange lemon --list
            ```

            ```netviz silent
            samples lemon --list
            ```
            """.Replace("[index=10].score:0", "[name=orange].score:0", StringComparison.Ordinal));
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(File.ReadAllText(_folder.File("out", "chapter.md")), Is.EqualTo(
            """
            # A chapter


            The class is orange (0.8), then
            6... of 5.

            ![the orange](images/orange.sheet.png)

            ```console
            $ netviz samples orange lemon --list
            ...
            lemon: two lemons and half of one (lemon, n07749582)
            ```

            ```console
            $ netviz samples lemon --list
            ```

            """));
        Assert.That(File.Exists(_folder.File("out", "images", "orange.sheet.png")));
        Assert.That(Directory.GetFiles(_folder.File("out", "images")), Has.Length.EqualTo(1), "only what is shown");
    }

    [TestCase("```netviz\nsaliency sample:nothing\n```\n", "line 1: netviz saliency sample:nothing: exit code 2: netviz: ")]
    [TestCase("text\n```netviz\nsamples\nsamples\n```\n", "line 2: a netviz block holds one line")]
    [TestCase("```netviz some\nsamples --list\n```\n", "'some' is none of lines A..B, silent, hidden, as NAME")]
    [TestCase("```netviz lines 3..99\nsamples --list\n```\n", "the command printed 14 lines")]
    [TestCase("```netviz as s\nsamples orange --list\n```\n{{s[0].colour}}", "line 4: the command's JSON has no '[0].colour'")]
    [TestCase("```netviz as s\nsamples orange --list\n```\n{{s[0]}}", "line 4: '[0]' is Object, not a number or text")]
    [TestCase("![x](images/x.png)", "no command wrote the picture 'images/x.png'")]
    public void What_is_wrong_is_told_with_its_line(string source, string problem)
    {
        NetvizProcess run = Docs(source);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain(problem));
        Assert.That(Directory.Exists(_folder.File("out")), Is.False, "nothing is left behind");
    }

    private NetvizProcess Docs(string source) =>
        NetvizProcess.Run("docs", _folder.Write("source.md", source), "--output", _folder.File("out", "chapter.md"));
}
