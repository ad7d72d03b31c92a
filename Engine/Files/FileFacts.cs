using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NetViz.Engine.Files;

/// <summary>
/// Type and identity of a file, as the system has them and .NET does not give them. On a system without these calls the type
/// comes from .NET's attributes, and files have no identity: they are then compared by their paths.
/// </summary>
public static partial class FileFacts
{
    // Linux, linux/stat.h and linux/fcntl.h. The structure is the same on all processors.
    private const int CurrentFolder = -100, NoFollow = 0x100, EmptyPath = 0x1000, StructureBytes = 256;
    private const uint WantedFields = 0x1 | 0x100; // STATX_TYPE | STATX_INO
    private const int TypeBits = 0xF000, FolderBits = 0x4000, RegularBits = 0x8000, LinkBits = 0xA000,
        PipeBits = 0x1000, SocketBits = 0xC000, CharacterBits = 0x2000, BlockBits = 0x6000;

    /// <summary>Gets what a path names.</summary>
    /// <param name="path">The path.</param>
    /// <param name="follow">Whether a symbolic link stands for what it names.</param>
    /// <returns>The type, and the identity where the system gives one.</returns>
    public static (FileType Type, FileIdentity? Identity) Of(string path, bool follow)
    {
        ArgumentNullException.ThrowIfNull(path);
        // A name with a zero in it names nothing.
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)) return (FileType.Missing, null);
        // As .NET opens it: the system itself would look for a in a/../b, and find nothing where a is missing.
        path = Path.GetFullPath(path);
        try
        {
            if (OperatingSystem.IsLinux()) return OnLinux(CurrentFolder, path, follow ? 0 : NoFollow);
            if (OperatingSystem.IsMacOS()) return OnMac(path, follow);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // An old C library: what .NET tells has to do.
        }

        return ByAttributes(path, follow);
    }

    /// <summary>Gets the type and the identity of an open file.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The identity is null where the system gives none.</returns>
    public static (FileType Type, FileIdentity? Identity) Of(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (OperatingSystem.IsWindows()) return (FileType.Regular, OnWindows(file));
        if (!OperatingSystem.IsLinux()) return (FileType.Regular, null);
        bool isCounted = false;
        try
        {
            file.DangerousAddRef(ref isCounted);
            return OnLinux((int)file.DangerousGetHandle(), "", EmptyPath);
        }
        catch (EntryPointNotFoundException)
        {
            return (FileType.Regular, null);
        }
        finally
        {
            if (isCounted) file.DangerousRelease();
        }
    }

    private static (FileType, FileIdentity?) OnLinux(int folder, string path, int flags)
    {
        var bytes = new byte[StructureBytes];
        if (StatX(folder, path, flags, WantedFields, bytes) != 0) return (FileType.Missing, null);
        ulong device = ((ulong)Read32(bytes, 136) << 32) | Read32(bytes, 140);
        return (TypeOf(BitConverter.ToUInt16(bytes, 28)), new FileIdentity(device, BitConverter.ToUInt64(bytes, 32)));
    }

    private static (FileType, FileIdentity?) OnMac(string path, bool follow)
    {
        var bytes = new byte[StructureBytes];
        bool isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        int status = (isArm, follow) switch
        {
            (true, true) => Stat(path, bytes),
            (true, false) => LinkStat(path, bytes),
            (false, true) => Stat64(path, bytes),
            (false, false) => LinkStat64(path, bytes),
        };
        if (status != 0) return (FileType.Missing, null);
        return (TypeOf(BitConverter.ToUInt16(bytes, 4)), new FileIdentity(Read32(bytes, 0), BitConverter.ToUInt64(bytes, 8)));
    }

    private static (FileType, FileIdentity?) ByAttributes(string path, bool follow)
    {
        FileSystemInfo file = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (follow && file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is { } target) file = target;
        // A link whose target is missing exists as a link.
        if (!file.Exists && file.LinkTarget is null) return (FileType.Missing, null);
        if (file.LinkTarget is not null) return (follow ? FileType.Missing : FileType.Link, null);
        FileType type = file.Attributes.HasFlag(FileAttributes.Directory) ? FileType.Folder
            : file.Attributes.HasFlag(FileAttributes.Device) ? FileType.Device : FileType.Regular;
        if (type != FileType.Regular || !OperatingSystem.IsWindows()) return (type, null);
        try
        {
            using SafeFileHandle handle =
                File.OpenHandle(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return (type, OnWindows(handle));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (type, null);
        }
    }

    // BY_HANDLE_FILE_INFORMATION: the volume's number at 28, the file's at 44 and 48.
    private static FileIdentity? OnWindows(SafeFileHandle file)
    {
        var bytes = new byte[64];
        return GetFileInformationByHandle(file, bytes) == 0 ? null
            : new FileIdentity(Read32(bytes, 28), ((ulong)Read32(bytes, 44) << 32) | Read32(bytes, 48));
    }

    private static uint Read32(byte[] bytes, int at) => BitConverter.ToUInt32(bytes, at);

    private static FileType TypeOf(int mode) => (mode & TypeBits) switch
    {
        FolderBits => FileType.Folder,
        RegularBits => FileType.Regular,
        LinkBits => FileType.Link,
        PipeBits => FileType.Pipe,
        SocketBits => FileType.Socket,
        CharacterBits or BlockBits => FileType.Device,
        _ => FileType.Other,
    };

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, [Out] byte[] structure);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, [Out] byte[] structure);

    [LibraryImport("libc", EntryPoint = "lstat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkStat(string path, [Out] byte[] structure);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat64(string path, [Out] byte[] structure);

    [LibraryImport("libc", EntryPoint = "lstat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkStat64(string path, [Out] byte[] structure);

    [LibraryImport("kernel32", EntryPoint = "GetFileInformationByHandle")]
    private static partial int GetFileInformationByHandle(SafeFileHandle file, [Out] byte[] structure);
}
