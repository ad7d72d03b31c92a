using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>What netviz docs runs of a chapter, and where it writes.</summary>
[NonParallelizable]
public sealed class DocsTrustTests : InTemporaryFolder
{
    private string Chapter => Folder.File("out", "chapter.md");

    [TestCase("samples orange -o ../stolen", "'../stolen' is not in the folder")]
    [TestCase("samples orange --output=/elsewhere/stolen", "'/elsewhere/stolen' is not in the folder")]
    [TestCase("evaluate --data x --plot a/../../x.png", "'a/../../x.png' is not in the folder")]
    [TestCase("docs source.md -o x.md", "a chapter does not run chapters")]
    [TestCase("docs ../source.md --trust -o x.md", "a chapter does not run chapters")]
    public void What_writes_elsewhere_or_runs_chapters_is_run_of_no_chapter(string command, string problem)
    {
        foreach (string[] trust in (string[][])[[], ["--trust"]])
        {
            NetvizProcess run = Docs($"text\n```netviz silent\nsamples lemon -o o\n```\n```netviz\n{command}\n```\n", trust);
            Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
            Assert.That(run.Error.TrimEnd(), Does.Contain("line 5").And.Contain(problem).And.Not.Contains('\n'));
            Assert.That(Directory.Exists(Folder.File("out")) || Directory.Exists(Folder.File("stolen")), Is.False);
        }
    }

    [TestCase("models remove vgg16", "it runs netviz models")]
    [TestCase("train --data x -o x.onnx", "it runs netviz train")]
    [TestCase("info --model vgg16", "it may download the model 'vgg16'")]
    [TestCase("info --from http://127.0.0.1:1/", "it names where models come from")]
    [TestCase("classify ../private.png", "it takes '../private.png' from outside")]
    [TestCase("classify x.png --labels /etc/hostname", "it takes '/etc/hostname' from outside")]
    public void What_reaches_elsewhere_is_run_only_of_a_chapter_that_is_trusted(string command, string problem)
    {
        NetvizProcess run = Docs($"```netviz silent\n{command}\n```\n");
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error, Does.Contain("line 1").And.Contain(problem).And.Contain("--trust"));
    }

    [Test]
    public void A_chapter_that_is_trusted_takes_files_from_elsewhere()
    {
        string model = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");
        NetvizProcess run = Docs($"```netviz hidden as m\ninfo --model {model}\n```\n{{{{m.network}}}}\n", "--trust");
        Assert.That(run.Error, Does.Not.Contain("is trusted"));
    }

    [Test]
    public void Options_that_stand_behind_every_command_are_judged_with_it()
    {
        NetvizProcess run = Docs("<!-- netviz always: --output ../stolen -->\n```netviz silent\nsamples orange\n```\n");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("line 2").And.Contain("'../stolen' is not in the folder"));
    }

    [Test]
    public void The_source_is_not_written_over()
    {
        string source = Folder.Write("c.md", "# c\n");
        NetvizProcess run = NetvizProcess.RunApart("docs", source, "-o", source, "--force");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("this command reads"));
        Assert.That(File.ReadAllText(source), Is.EqualTo("# c\n"));
        run = NetvizProcess.RunApart("docs", source, "-o", Folder.Write("notes.md", "mine"));
        Assert.That((run.ExitCode, File.ReadAllText(Folder.File("notes.md"))), Is.EqualTo((2, "mine")));
    }

    [Test]
    public void A_chapter_is_made_again_over_itself()
    {
        Assert.That(Docs("# c\n").ExitCode, Is.Zero);
        Assert.That(Docs("# d\n").ExitCode, Is.Zero);
        Assert.That(File.ReadAllText(Chapter), Does.StartWith("# d\n"));
    }

    [TestCase("../x.png")]
    [TestCase("images/../../x.png")]
    public void A_picture_beside_the_folder_is_shown_and_not_written(string picture)
    {
        string beside = Folder.Write("x.png", "mine");
        NetvizProcess run = Docs($"![x]({picture})\n");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(File.ReadAllText(beside), Is.EqualTo("mine"));
        File.Delete(beside);
        run = Docs($"![x]({picture})\n");
        Assert.That((run.ExitCode, run.Error.Contains("no command wrote the picture", StringComparison.Ordinal)),
            Is.EqualTo((2, true)));
    }

    [Test]
    [Platform("Linux,MacOsX", Reason = "links of a test's own")]
    public void A_link_out_of_the_folder_is_not_followed_and_a_users_picture_not_replaced()
    {
        Directory.CreateDirectory(Folder.File("out"));
        Directory.CreateDirectory(Folder.File("elsewhere"));
        Directory.CreateSymbolicLink(Folder.File("out", "images"), Folder.File("elsewhere"));
        const string source = "```netviz hidden\nsamples orange --size 32 -o images\n```\n![x](images/orange.png)\n";
        NetvizProcess run = Docs(source);
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("outside of"));
        Assert.That(Directory.GetFiles(Folder.File("elsewhere")), Is.Empty);
        Assert.That(File.Exists(Chapter), Is.False, "nothing is left half done");
        Directory.Delete(Folder.File("out", "images"));
        Directory.CreateDirectory(Folder.File("out", "images"));
        Folder.Write(Path.Combine("out", "images", "orange.png"), "mine");
        run = Docs(source);
        Assert.That((run.ExitCode, File.Exists(Chapter)), Is.EqualTo((2, false)));
        Assert.That(File.ReadAllText(Folder.File("out", "images", "orange.png")), Is.EqualTo("mine"));
    }

    [Test]
    public void It_does_not_start_itself()
    {
        using var process = NetvizProcess.Start(new Dictionary<string, string> { ["NETVIZ_DOCS"] = "1" },
            "docs", Folder.Write("source.md", "# c\n"), "-o", Chapter);
        NetvizProcess run = NetvizProcess.WaitFor(process);
        Assert.That((run.ExitCode, run.Error.TrimEnd()), Is.EqualTo((2, "netviz: netviz docs does not start itself")));
    }

    [TestCase("```netviz lines 99999999999..2\nsamples --list\n```\n", "the command printed 14 lines")]
    [TestCase("```netviz lines 1..99999999999\nsamples --list\n```\n", "the command printed 14 lines")]
    [TestCase("```netviz silent as s\nsamples --list\n```\n{{s[99999999999].name}}", "has no '[99999999999]'")]
    [TestCase("```netviz silent as s\nsamples orange --size 16 -o o\n```\n{{s[0].size:Q}}", "'Q' is no format for a number")]
    [TestCase("```netviz silent as s\nsamples orange --size 16 -o o\n```\n{{s[0].size:N999999999}}", "is no format for a number")]
    [TestCase("```netviz silent as s\nsamples orange --size 16 -o o\n```\n{{s[0].size:X}}", "'X' is no format for a number")]
    [TestCase("```netviz silent as s from ../../etc/hostname\nsamples --list\n```\n", "is not in the folder")]
    public void A_bad_number_or_format_gives_one_line(string source, string problem)
    {
        NetvizProcess run = Docs(source);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error.TrimEnd(), Does.Contain(problem).And.Contain("line ").And.Not.Contains('\n'));
    }

    // Its commands are processes of this test's own host, so that it is one, too.
    private NetvizProcess Docs(string source, params string[] options) =>
        NetvizProcess.RunApart(["docs", Folder.Write("source.md", source), "-o", Chapter, .. options]);
}
