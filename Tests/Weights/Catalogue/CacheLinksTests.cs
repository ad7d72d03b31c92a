using System.Text;
using NetViz.Engine;
using NUnit.Framework;

namespace NetViz.Tests.Weights.Catalogue;

/// <summary>
/// What lies in the place of a file of the cache and is no regular file is neither written through nor waited for.
/// </summary>
[Platform("Linux,MacOsX", Reason = "links and pipes of a test's own")]
public class CacheLinksTests : InTemporaryFolder
{
    private static readonly byte[] Users = Encoding.UTF8.GetBytes("what a user wrote, and would miss");

    private DownloadBench _bench = null!;

    private string Part => _bench.Part;

    private string Lock => Path.Combine(_bench.Cache.Folder, "locks", $"{_bench.Model.Sha256[..16]}.lock");

    [SetUp]
    public void MakeBench()
    {
        _bench = new DownloadBench();
        Directory.CreateDirectory(Path.GetDirectoryName(Part)!);
        Directory.CreateDirectory(Path.GetDirectoryName(Lock)!);
    }

    [TearDown]
    public void RemoveBench() => _bench.Dispose();

    [TestCase(true, "users")]
    [TestCase(true, "absent")]
    [TestCase(false, "users")]
    [TestCase(false, "absent")]
    public async Task A_link_is_refused_and_what_it_names_stays(bool isPart, string target)
    {
        Folder.Write("users", Users);
        string link = isPart ? Part : Lock;
        File.CreateSymbolicLink(link, Folder.File(target));
        await RequireRefused(link, "it is a symbolic link");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllBytes(Folder.File("users")), Is.EqualTo(Users));
            Assert.That(File.Exists(Folder.File("absent")), Is.False);
            Assert.That(new FileInfo(link).LinkTarget, Is.EqualTo(Folder.File(target)));
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_named_pipe_is_refused_and_not_waited_for(bool isPart)
    {
        string place = isPart ? Part : Lock;
        File.Move(SpecialFiles.Pipe(Folder, "pipe"), place);
        await RequireRefused(place, "a named pipe");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_folder_is_refused(bool isPart)
    {
        string place = isPart ? Part : Lock;
        Directory.CreateDirectory(place);
        await RequireRefused(place, "it is a folder");
    }

    private async Task RequireRefused(string place, string why)
    {
        using var server = new MisbehavingServer(_bench.Content);
        NetVizException? error = null;
        try
        {
            await _bench.GetAsync(server.Address);
        }
        catch (NetVizException e)
        {
            error = e;
        }

        Assert.That(error?.Message, Does.Contain($"{place} cannot be written").And.Contain(why));
        Assert.That(error!.Hint, Does.Contain("NETVIZ_CACHE"));
        Assert.That(File.Exists(_bench.Final), Is.False);
    }
}
