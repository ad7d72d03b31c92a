using System.Diagnostics;
using System.Globalization;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>
/// A command line means what it says: no file adds to it, no name is an option, and no language changes its numbers.
/// </summary>
[NonParallelizable]
public sealed class ArgumentsTests : InTemporaryFolder
{
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");

    [Test]
    public void A_picture_may_be_called_like_a_response_file()
    {
        WritePhoto("@z.png");
        // As a response file it would be options.
        Folder.Write("z.png", "--output\nstolen\n");
        NetvizProcess run = NetvizProcess.RunIn(Folder.Path, "classify", "@z.png", "--model", Vgg, "--preprocess", "unit",
            "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json[0].GetProperty("image").GetString(), Is.EqualTo("@z.png"));
        run = NetvizProcess.RunIn(Folder.Path, "classify", "@absent.png", "--model", Vgg);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((2, $"netviz: '@absent.png' does not exist{Environment.NewLine}")));
    }

    [TestCase("--labels=x.png")]
    [TestCase("--output=x.png")]
    [TestCase("-m.png")]
    [TestCase("--json")]
    public void A_file_that_is_called_like_an_option_is_neither_silently(string name)
    {
        WritePhoto(name);
        NetvizProcess run = NetvizProcess.RunIn(Folder.Path, "classify", name, "--model", Vgg);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
        Assert.That(run.Error.TrimEnd(), Does.Contain($"'{name}' is an option and the name of a file").And.Not.Contains('\n'));
    }

    [Test]
    public void Behind_two_hyphens_names_are_names()
    {
        WritePhoto("--quiet.png");
        NetvizProcess run =
            NetvizProcess.RunIn(Folder.Path, "classify", "--model", Vgg, "--preprocess", "unit", "--json", "--", "--quiet.png");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json[0].GetProperty("image").GetString(), Is.EqualTo("--quiet.png"));
    }

    [TestCase("[suggest]")]
    [TestCase("[suggest:3]")]
    [TestCase("[diagram]")]
    [TestCase("[env:NETVIZ_CACHE=x]")]
    public void There_are_no_directives(string directive)
    {
        NetvizProcess run = NetvizProcess.Run(directive, "info");
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((2, "")));
    }

    [TestCase("/h")]
    [TestCase("/?")]
    public void Names_that_begin_with_a_slash_are_files(string name)
    {
        NetvizProcess run = NetvizProcess.Run("classify", name, "--model", Vgg, "--preprocess", "unit");
        Assert.That(run.ExitCode, Is.EqualTo(2), run.Out);
        Assert.That(run.Error, Does.Contain(name));
    }

    [Test]
    public void Numbers_are_read_and_written_as_in_English_whatever_the_machines_language()
    {
        WritePhoto("x.png");
        string[] command =
        [
            "saliency", Folder.File("x.png"), "--model", Vgg, "--preprocess", "unit", "--map", "smoothgrad", "--samples", "2",
            "--noise", "0.15", "--json", "-o", Folder.File("out"),
        ];
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = German();
        try
        {
            Assert.That($"{0.5}", Is.EqualTo("0,5"), "the test's own culture");
            NetvizProcess run = NetvizProcess.Run(command);
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(run.Out, Does.Contain("\"noise_share_of_range\": 0.15"));
            NetvizProcess text = NetvizProcess.Run([.. command.Where(part => part != "--json")]);
            Assert.That(text.Out, Does.Match("score -?[0-9]+\\.[0-9]{3}, probability [0-9.]+ ?%"));
            string[] comma = [.. command.Select(part => part == "0.15" ? "0,15" : part)];
            Assert.That(NetvizProcess.Run(comma).ExitCode, Is.EqualTo(2));
            Assert.That(NetvizProcess.Run("info", "--model", Vgg, "--max-memory", "1.5").ExitCode, Is.Zero);
            Assert.That(CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator, Is.EqualTo(","), "the caller's is left");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void Another_process_under_a_German_locale_reads_the_same_numbers()
    {
        WritePhoto("x.png");
        var german = new Dictionary<string, string>
        {
            ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "0", ["LANG"] = "de_DE.UTF-8", ["LC_ALL"] = "de_DE.UTF-8",
        };
        using Process process = NetvizProcess.Start(german, "saliency", Folder.File("x.png"), "--model", Vgg, "--preprocess",
            "unit", "--map", "smoothgrad", "--samples", "2", "--noise", "0.15", "--json", "-o", Folder.File("out"));
        NetvizProcess run = NetvizProcess.WaitFor(process);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("\"noise_share_of_range\": 0.15"));
    }

    private static CultureInfo German()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = culture.NumberFormat.PercentDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = culture.NumberFormat.PercentGroupSeparator = ".";
        return culture;
    }

    private void WritePhoto(string name)
    {
        var rgb = new byte[3 * 32 * 32];
        new Random(5).NextBytes(rgb);
        File.WriteAllBytes(Folder.File(name), ImageFile.EncodePng(new Photo(32, 32, rgb)));
    }
}
