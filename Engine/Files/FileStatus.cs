using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NetViz.Engine.Files;

/// <summary>What a name stands for once all links are resolved.</summary>
internal enum FileType
{
    /// <summary>The system does not say.</summary>
    Unknown,

    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Directory,

    /// <summary>A named pipe.</summary>
    Pipe,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A character or block device.</summary>
    Device,
}

/// <summary>
/// The type and identity of a file, without opening it: opening a named pipe waits for its writer, and opening a device may act
/// on it. .NET has no such query, so Linux and macOS are asked directly; Windows has no such files among its folders.
/// </summary>
/// <param name="Type">The type.</param>
/// <param name="Volume">The file system, for comparison.</param>
/// <param name="Number">The file's number in its file system; 0 if unknown.</param>
/// <param name="Born">When the file was made, for comparison: numbers of files that are gone are given again.</param>
internal readonly partial record struct FileStatus(FileType Type, ulong Volume, ulong Number, Int128 Born)
{
    // struct statx of Linux and struct stat of macOS are shorter than this.
    private const int BufferBytes = 512;
    private const int CurrentFolder = -100, EmptyPath = 0x1000;
    private const uint TypeNumberAndBirth = 0x1 | 0x100 | 0x800;

    /// <summary>Returns the status of what a path leads to; null if there is nothing.</summary>
    public static FileStatus? Of(string path)
    {
        if (Directory.Exists(path) && !IsUnix) return new FileStatus(FileType.Directory, 0, 0, 0);
        return Query(path, CurrentFolder, 0) ?? (File.Exists(path) || Directory.Exists(path) ? default(FileStatus) : null);
    }

    /// <summary>Returns the status of an open file; null if the system does not say.</summary>
    public static FileStatus? Of(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) return null;
        bool isHeld = false;
        try
        {
            file.DangerousAddRef(ref isHeld);
            return Query("", (int)file.DangerousGetHandle(), EmptyPath);
        }
        finally
        {
            if (isHeld) file.DangerousRelease();
        }
    }

    private static bool IsUnix => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    private static FileStatus? Query(string path, int folder, int flags)
    {
        // A name with a zero in it names nothing.
        if (!IsUnix || path.Contains('\0')) return null;
        byte[] name = [.. Encoding.UTF8.GetBytes(path), 0], buffer = new byte[BufferBytes];
        try
        {
            if (OperatingSystem.IsLinux())
            {
                return Statx(folder, name, flags, TypeNumberAndBirth, buffer) == 0
                    ? new FileStatus(TypeOf(BitConverter.ToUInt16(buffer, 28)), BitConverter.ToUInt64(buffer, 136),
                        BitConverter.ToUInt64(buffer, 32), BornAt(buffer))
                    : null;
            }

            int result = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Stat(name, buffer) : Stat64(name, buffer);
            return result == 0
                ? new FileStatus(TypeOf(BitConverter.ToUInt16(buffer, 4)), BitConverter.ToUInt32(buffer, 0),
                    BitConverter.ToUInt64(buffer, 8), BornAt(buffer))
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library without statx.
            return null;
        }
    }

    // Seconds and nanoseconds, in both structures at the same place; 0 where the file system does not keep it.
    private static Int128 BornAt(byte[] status) =>
        (Int128)BitConverter.ToInt64(status, 80) * 1_000_000_000 + BitConverter.ToUInt32(status, 88);

    // The upper four bits of st_mode, as POSIX systems number them.
    private static FileType TypeOf(int mode) => (mode >> 12) switch
    {
        1 => FileType.Pipe,
        2 or 6 => FileType.Device,
        4 => FileType.Directory,
        8 => FileType.Regular,
        12 => FileType.Socket,
        _ => FileType.Unknown,
    };

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int Statx(int folder, byte[] path, int flags, uint mask, byte[] status);

    [LibraryImport("libc", EntryPoint = "stat")]
    private static partial int Stat(byte[] path, byte[] status);

    [LibraryImport("libc", EntryPoint = "stat$INODE64")]
    private static partial int Stat64(byte[] path, byte[] status);
}
