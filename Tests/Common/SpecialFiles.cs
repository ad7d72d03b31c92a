using System.Diagnostics;
using System.Net.Sockets;
using NUnit.Framework;

namespace NetViz.Tests.Common;

/// <summary>Files that are no regular files, made inside a test's own folder.</summary>
internal static class SpecialFiles
{
    /// <summary>Creates a named pipe.</summary>
    public static string Pipe(TemporaryFolder folder, string name)
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("named pipes are files on Unix only");
        using Process make = Process.Start("mkfifo", [folder.File(name)]);
        make.WaitForExit();
        Assert.That(make.ExitCode, Is.Zero);
        return folder.File(name);
    }

    /// <summary>Creates a link to a named pipe.</summary>
    public static string LinkToPipe(TemporaryFolder folder, string name)
    {
        Pipe(folder, name + ".pipe");
        File.CreateSymbolicLink(folder.File(name), name + ".pipe");
        return folder.File(name);
    }

    /// <summary>Creates a link to an endless device.</summary>
    public static string LinkToDevice(TemporaryFolder folder, string name)
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("devices are files on Unix only");
        File.CreateSymbolicLink(folder.File(name), "/dev/zero");
        return folder.File(name);
    }

    /// <summary>Creates a socket; it stays until the folder is removed.</summary>
    public static string Socket(TemporaryFolder folder, string name)
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("sockets are files on Unix only");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        // A socket's whole name may have some hundred letters, so the name is given from inside the folder's parent.
        socket.Bind(new UnixDomainSocketEndPoint(folder.File("s")));
        File.Move(folder.File("s"), folder.File(name));
        return folder.File(name);
    }

    /// <summary>Creates a file of a length that takes no room on the disk.</summary>
    public static string Sparse(TemporaryFolder folder, string name, long bytes)
    {
        using FileStream file = File.Create(folder.File(name));
        file.SetLength(bytes);
        return folder.File(name);
    }
}
