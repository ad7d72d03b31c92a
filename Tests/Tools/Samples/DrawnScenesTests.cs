using System.Diagnostics;
using System.Runtime.InteropServices;
using NetViz.Engine.Files;
using NetViz.Samples;
using NetViz.Samples.Tracing;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;
using NUnit.Framework;

namespace NetViz.Tests.Tools.Samples;

/// <summary>tools/Samples draws the committed pictures.</summary>
public class DrawnScenesTests
{
    // A whole picture takes some seconds. Each pixel is computed on its own, so that rows stand for the picture.
    private const int RowStep = 20, Small = 48;

    private static IEnumerable<string> Names => DrawnScenes.All.Select(scene => scene.Name);

    [Test]
    public void They_are_the_samples() => Assert.That(Names, Is.EqualTo(SampleScenes.All.Select(scene => scene.Name)));

    [TestCaseSource(nameof(Names))]
    public void A_picture_is_drawn_again(string name)
    {
        const int Size = SampleScenes.Size;
        byte[] committed = SampleScenes.Read(SampleScenes.Find(name)).Rgb;
        DrawnScene scene = DrawnScenes.Find(name);
        if (scene is not SolidScene solid)
        {
            RequireSame(scene.Draw().Rgb, committed);
            return;
        }

        var row = new byte[4 * Size];
        for (int y = RowStep / 2; y < Size; y += RowStep)
        {
            RayTracer.RenderRow(solid, y, Size, row);
            byte[] rgb = [.. row.Where((_, i) => i % 4 != 3)];
            RequireSame(rgb, committed.AsSpan(3 * Size * y, 3 * Size));
        }
    }

    [TestCase("orange"), TestCase("ladybug")]
    public void A_row_is_the_same_as_in_the_whole(string name)
    {
        var scene = (SolidScene)DrawnScenes.Find(name);
        byte[] whole = scene.Draw(Small).Rgb;
        var row = new byte[4 * Small];
        for (int y = 0; y < Small; y++)
        {
            RayTracer.RenderRow(scene, y, Small, row);
            Assert.That(row.Where((_, i) => i % 4 != 3), Is.EqualTo(whole[(3 * Small * y)..(3 * Small * (y + 1))]));
        }
    }

    // The same composition at each size.
    [TestCaseSource(nameof(Names))]
    public void A_small_drawing_is_close_to_the_picture_resampled(string name)
    {
        byte[] drawn = DrawnScenes.Find(name).Draw(Small).Rgb;
        byte[] resampled = SampleScenes.Read(SampleScenes.Find(name), Small).Rgb;
        Assert.That(drawn.Zip(resampled, (a, b) => Math.Abs(a - b)).Average(), Is.LessThan(8));
    }

    [Test]
    public void The_program_writes_scenes()
    {
        using var folder = new TemporaryFolder();
        string output = folder.File("new", "pictures"), orange = Path.Combine(output, "orange.png");
        Assert.That(Run(output, "16", "orange", "alp"), Is.EqualTo((0, "")));
        Assert.That(Directory.GetFileSystemEntries(output).Select(Path.GetFileName),
            Is.EquivalentTo((string[])["alp.png", "orange.png"]));
        Assert.That(ImageFile.Read(orange).Rgb, Is.EqualTo(DrawnScenes.Find("orange").Draw(16).Rgb));
        Assert.That(ResultMark.IsOwn(ResultKind.Scene, orange) && !ResultMark.IsResult(orange), "an input for commands");
    }

    [Test]
    public void The_program_leaves_a_picture_of_the_user_as_it_is()
    {
        using var folder = new TemporaryFolder();
        string mine = folder.Write("lemon.png", "mine");
        (int exitCode, string error) = Run(folder.Path, "16", "alp", "lemon");
        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(error, Does.StartWith($"samples: {mine} exists and is not a picture that netviz wrote"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { mine }));
        Assert.That(File.ReadAllText(mine), Is.EqualTo("mine"));
        Assert.That(Run(folder.Path, "16", "lemon", "--force"), Is.EqualTo((0, "")));
        Assert.That(ImageFile.Read(mine).Width, Is.EqualTo(16));
    }

    [TestCase("The arguments are NetViz.Samples FOLDER")]
    [TestCase("The arguments are NetViz.Samples FOLDER", "--help")]
    [TestCase("'big' is no side in pixels", "FOLDER", "big")]
    [TestCase("A sample of 8 x 8 pixels is out of range", "FOLDER", "8")]
    [TestCase("There is no scene 'unicorn'", "FOLDER", "16", "orange", "unicorn")]
    public void The_program_refuses_in_one_line(string message, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        string output = folder.File("none");
        (int exitCode, string error) = Run([.. arguments.Select(argument => argument == "FOLDER" ? output : argument)]);
        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(error.TrimEnd(), Does.StartWith($"samples: {message}").And.Not.Contain("\n"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    // MathF.Pow and its like are functions of the C library, and Skia has code for each processor: elsewhere they may round
    // differently.
    private static void RequireSame(ReadOnlySpan<byte> drawn, ReadOnlySpan<byte> committed)
    {
        Assert.That(drawn.Length, Is.EqualTo(committed.Length));
        int different = 0, far = 0;
        for (int i = 0; i < drawn.Length; i++)
        {
            int difference = Math.Abs(drawn[i] - committed[i]);
            different += difference > 0 ? 1 : 0;
            far += difference > 1 ? 1 : 0;
        }

        if (OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64)
            Assert.That(different, Is.Zero, $"of {drawn.Length} samples");
        else
            Assert.That(far, Is.LessThanOrEqualTo(drawn.Length / 100), "rays that meet an edge may miss it");
    }

    private static (int ExitCode, string Error) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "NetViz.Samples.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        Assert.That(output.Result, process.ExitCode == 0 ? Is.Not.Empty : Is.Empty);
        return (process.ExitCode, error.Result);
    }
}
