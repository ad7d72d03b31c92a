using System.Diagnostics;
using System.Net.Sockets;
using System.Numerics.Tensors;
using System.Text;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NUnit.Framework;

namespace NetViz.Tests.Engine.Files;

/// <summary>The one door out: what may be written over, and what may not.</summary>
public sealed class OutputFileTests : InTemporaryFolder
{
    private static readonly byte[] Users = Encoding.UTF8.GetBytes("what a user wrote, and would miss");

    private static readonly Photo Small = new(2, 1, [1, 2, 3, 250, 251, 252]);

    private static readonly ResultKind[] Kinds = Enum.GetValues<ResultKind>();

    [TestCase("{0}/x.png")]
    [TestCase("{0}/./x.png")]
    [TestCase("{0}/sub/../x.png")]
    [TestCase("{0}/link/x.png")]
    [TestCase("{0}/hard.png")]
    [Platform("Linux,MacOsX", Reason = "links of a test's own")]
    public void A_file_that_is_read_is_not_written_over_by_any_of_its_names(string name)
    {
        string path = Folder.Write("x.png", Users);
        Directory.CreateDirectory(Folder.File("sub"));
        Directory.CreateSymbolicLink(Folder.File("link"), Folder.Path);
        Shell("ln", path, Folder.File("hard.png"));
        foreach (bool force in (bool[])[false, true])
        {
            using FileGuard guard = FileGuard.Begin(force);
            FileGuard.Reads(path);
            Refused(() => Write(string.Format(null, name, Folder.Path), ResultKind.Picture), "is a file that this command reads");
        }

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(Users));
    }

    [Test]
    [Platform("Linux,MacOsX", Reason = "links of a test's own")]
    public void What_is_read_through_a_link_is_the_file_behind_it()
    {
        string path = Folder.Write("x.png", Users);
        File.CreateSymbolicLink(Folder.File("named.png"), path);
        using FileGuard guard = FileGuard.Begin(force: true);
        FileGuard.Reads(Folder.File("named.png"));
        Refused(() => Write(path, ResultKind.Picture), "is a file that this command reads");
        Refused(() => Write(Folder.File("named.png"), ResultKind.Picture), "it is a symbolic link");
    }

    [Test]
    public void A_file_that_was_recorded_is_not_recorded_again_unless_it_became_another()
    {
        string path = Folder.Write("x.png", Users);
        using FileGuard guard = FileGuard.Begin(force: true);
        Assert.That(FileGuard.Reads(path), "named on the command line");
        Assert.That(FileGuard.Reads(path), Is.False, "found again");
        UntrustedFile.ReadBytes(path, FileKind.Picture);
        Assert.That(FileGuard.Reads(path, FileFacts.Of(path, follow: true).Identity), Is.False, "opened");
        string other = Folder.Write("y.png", Users);
        File.Move(other, path, overwrite: true);
        UntrustedFile.ReadBytes(path, FileKind.Picture);
        File.Move(path, other);
        Refused(() => Write(other, ResultKind.Picture), "is a file that this command reads");
    }

    [TestCaseSource(nameof(Kinds))]
    public void A_users_file_is_replaced_by_force_alone_and_a_result_without(ResultKind kind)
    {
        string path = Folder.Write("result", Users);
        using (FileGuard.Begin(force: false))
        {
            Refused(() => OutputFile.Check(path, kind), "that netviz wrote", "`Force`");
            Refused(() => Write(path, kind), "that netviz wrote", "`Force`");
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(Users));
        }

        using (FileGuard.Begin(force: true)) Write(path, kind);
        byte[] first = File.ReadAllBytes(path);
        using (FileGuard.Begin(force: false))
        {
            OutputFile.Check(path, kind);
            Write(path, kind);
        }

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(first), "the same result has the same bytes");
        Assert.That(Directory.GetFiles(Folder.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_result_of_one_kind_does_not_take_the_place_of_another()
    {
        foreach (ResultKind written in Kinds)
        {
            string path = Folder.File($"{written}");
            using (FileGuard.Begin(force: false)) Write(path, written);
            foreach (ResultKind other in Kinds)
            {
                bool areBothPictures = written is ResultKind.Picture or ResultKind.Scene
                    && other is ResultKind.Picture or ResultKind.Scene;
                Assert.That(ResultMark.IsOwn(other, path), Is.EqualTo(written == other || areBothPictures),
                    $"{written}, {other}");
            }
        }
    }

    [Test]
    public void An_empty_file_holds_nothing_and_is_replaced()
    {
        string path = Folder.Write("x.json", []);
        using FileGuard guard = FileGuard.Begin(force: false);
        Write(path, ResultKind.Json);
        Assert.That(new FileInfo(path).Length, Is.Positive);
    }

    [Test]
    [Platform("Linux,MacOsX", Reason = "pipes and links of a test's own")]
    public void Nothing_is_written_over_what_is_no_regular_file_nor_through_a_link(
        [Values("pipe", "socket", "link", "dangling", "folder")] string what, [Values] bool force)
    {
        string path = Folder.File(what), target = Folder.Write("target", Users);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (what == "pipe") Shell("mkfifo", path);
        else if (what == "socket") socket.Bind(new UnixDomainSocketEndPoint(path));
        else if (what == "link") File.CreateSymbolicLink(path, target);
        else if (what == "dangling") File.CreateSymbolicLink(path, Folder.File("absent"));
        else Directory.CreateDirectory(path);
        FileType before = FileFacts.Of(path, follow: false).Type;
        using FileGuard guard = FileGuard.Begin(force);
        Refused(() => Write(path, ResultKind.Json), "cannot be written: it is a");
        Refused(() => OutputFile.Check(path, ResultKind.Json), "cannot be written: it is a");
        Refused(() => OutputFile.OpenState(path, FileShare.None).Dispose(), "cannot be written: it is a");
        Assert.That(FileFacts.Of(path, follow: false).Type, Is.EqualTo(before));
        Assert.That(File.ReadAllBytes(target), Is.EqualTo(Users));
        Assert.That(File.Exists(Folder.File("absent")), Is.False);
    }

    [Test]
    public void A_name_is_written_once_a_command_unless_the_file_is_a_state_that_grows()
    {
        string path = Folder.File("x.json");
        using FileGuard guard = FileGuard.Begin(force: true);
        Write(path, ResultKind.Json);
        Refused(() => Write(Folder.File(".", "x.json"), ResultKind.Json), "would be written twice");
        OutputFile.Write(path, ResultKind.Json, "{\"a\": 1}"u8.ToArray(), again: true);
    }

    [Test]
    public void A_folder_that_is_read_keeps_its_files_under_force_too()
    {
        string path = Folder.Write("x.png", Users);
        using FileGuard guard = FileGuard.Begin(force: true);
        FileGuard.ReadsFolder(Folder.Path);
        Refused(() => Write(path, ResultKind.Picture), "which this command reads");
        Write(Folder.File("new.png"), ResultKind.Picture);
    }

    [Test]
    public void A_write_that_fails_leaves_what_was_there()
    {
        string path = Folder.File("x.json");
        using (FileGuard.Begin(force: false)) Write(path, ResultKind.Json);
        byte[] before = File.ReadAllBytes(path);
        Assert.That(() => OutputFile.Write(path, ResultKind.Json, stream =>
        {
            stream.WriteByte(1);
            throw new InvalidDataException();
        }), Throws.TypeOf<InvalidDataException>());
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(Folder.Path), Is.EqualTo((string[])[path]));
    }

    [Test]
    [Platform("Linux,MacOsX", Reason = "other systems rename closed files only")]
    public void The_lock_that_a_result_has_as_it_takes_its_name_keeps_no_reader_out()
    {
        OutputFile.Write(Folder.File("x.json"), ResultKind.Json, stream =>
        {
            stream.Write("whole"u8);
            stream.Flush();
            Assert.That(File.ReadAllText(stream.Name), Is.EqualTo("whole"));
            Assert.That(() => new FileStream(stream.Name, FileMode.Open, FileAccess.ReadWrite, FileShare.None),
                Throws.InstanceOf<IOException>(), "and it is no leftover");
        });
    }

    [Test]
    [Platform("Linux,MacOsX", Reason = "links of a test's own")]
    public void What_killed_runs_left_is_removed_and_nothing_else()
    {
        string random = $"{Guid.NewGuid():N}", target = Folder.Write("target", Users);
        string dead = Folder.Write($".netviz-7fffffff-1-{random}.tmp", Users), old = Folder.Write($".netviz-{random}.tmp", Users);
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-1));
        string[] kept =
        [
            Folder.Write($".netviz-{Guid.NewGuid():N}.tmp", Users), Folder.Write(".netviz-mine.tmp", Users),
            Folder.Write($"netviz-7fffffff-1-{random}.tmp", Users), Folder.Write($".netviz-7fffffff-2-{random}.tmp", Users),
            Folder.File($".netviz-7fffffff-3-{random}.tmp"),
        ];
        File.CreateSymbolicLink(kept[4], target);
        using (new FileStream(kept[3], FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        using (FileGuard.Begin(force: false))
        {
            Write(Folder.File("x.json"), ResultKind.Json);
        }

        Assert.That(File.Exists(dead) || File.Exists(old), Is.False);
        Assert.That(kept, Is.All.Matches<string>(path => FileFacts.Of(path!, follow: false).Type != FileType.Missing));
    }

    [Test]
    public void Marks_are_for_results_of_commands_and_change_neither_pictures_nor_arrays()
    {
        Tensor<float> array = Tensor.Create([1f, 2f, 3f], [3]);
        string picture = Folder.File("x.png"), numbers = Folder.File("x.npy"), scene = Folder.File("scene.png");
        ImageFile.WritePng(Small, picture);
        Npy.Write(numbers, array);
        Assert.That(File.ReadAllBytes(picture), Is.EqualTo(ImageFile.EncodePng(Small)));
        Assert.That(ResultMark.IsResult(picture) || ResultMark.IsResult(numbers), Is.False);
        File.Delete(picture);
        File.Delete(numbers);
        using (FileGuard.Begin(force: false))
        {
            ImageFile.WritePng(Small, picture);
            ImageFile.WritePng(Small, scene, ResultKind.Scene);
            Npy.Write(numbers, array);
        }

        Assert.That(ResultMark.IsResult(picture) && ResultMark.IsResult(numbers));
        Assert.That(ResultMark.IsResult(scene), Is.False, "a scene is an input");
        Assert.That(ImageFile.Read(picture).Rgb, Is.EqualTo(Small.Rgb));
        Assert.That(Npy.Read(numbers).ToArray(), Is.EqualTo(array.ToArray()));
        Assert.That(File.ReadAllBytes(numbers).Length % 4, Is.Zero);
        byte[] animation = ResultMark.Add(ResultKind.Animation, AnimatedImage.EncodeWebP([Small, Small], 10, 10));
        Assert.That(ImageFile.Decode(animation, "x.webp").Rgb, Is.EqualTo(Small.Rgb));
    }

    private static void Write(string path, ResultKind kind) => OutputFile.Write(path, kind, Content(kind));

    // The beginning or the end of a file of each kind, as its writer makes it; the door adds the marks of the others.
    private static byte[] Content(ResultKind kind) => kind switch
    {
        ResultKind.Picture or ResultKind.Scene => ImageFile.EncodePng(Small),
        ResultKind.Animation => AnimatedImage.EncodeWebP([Small, Small], 10, 10),
        ResultKind.Drawing => Encoding.UTF8.GetBytes($"<svg>\n{ResultMark.DrawingLine}\n</svg>"),
        ResultKind.Document => "%PDF-1.4\n%%EOF\n"u8.ToArray(),
        ResultKind.Arrays => [.. "PK\u0003\u0004"u8, .. new byte[26], .. "netviz.npy, and more"u8],
        ResultKind.Script => "#!/bin/sh\n# Written by netviz cluster.\ntrue\n"u8.ToArray(),
        ResultKind.Array => new NpyHeader("<f4", false, [0]).ToBytes(marked: true),
        ResultKind.Json => "{\n  \"a\": 1\n}"u8.ToArray(),
        ResultKind.Page => Encoding.UTF8.GetBytes(new NetViz.Visualisation.Reports.HtmlPage("x").ToString()),
        ResultKind.Chapter => Encoding.UTF8.GetBytes($"# x\n{ResultMark.ChapterLine}\n"),
        ResultKind.Table => "file,class,class_name,model_class\r\n"u8.ToArray(),
        ResultKind.Model => [8, 7, 0x12, 6, .. "NetViz"u8],
        ResultKind.Record => [.. "PK\u0003\u0004"u8, .. new byte[26], .. "record.json, and more"u8],
        ResultKind.Checkpoint => "NetVizCk..."u8.ToArray(),
        _ => "{\"epoch\":1,\"learning_rate\":0.1,\"training_loss\":1,\"training_top1\":0.5}\n"u8.ToArray(),
    };

    private static void Refused(Action act, params string[] problems)
    {
        NetVizException refusal = Assert.Throws<NetVizException>(() => act())!;
        foreach (string problem in problems) Assert.That(refusal.Message, Does.Contain(problem));
    }

    private static void Shell(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
    }
}
