using System.ComponentModel;
using Microsoft.Win32.SafeHandles;

namespace NetViz.Cli.Common;

/// <summary>
/// What the system lets this process take: open files and memory. Where it is too little, the runtime fails in the middle of
/// loading an assembly or of opening the terminal, with a stack trace that names neither. What fails inside the runtime before
/// <see cref="Program.Main"/> cannot be told here: on Linux where a process may open fewer than some 25 files (ulimit -n 20), or
/// has less than some 1.9 GB of address space (ulimit -v 1500000); there the runtime ends the process with words of its own.
/// </summary>
internal static class StartupLimits
{
    // With fewer free, assemblies or the terminal cannot be opened, or pictures cannot be written.
    private const int FreeFiles = 72;
    private const int OutOfMemory = 12, TooManyOpenFiles = 24, TooManyOpenFilesInSystem = 23;

    /// <summary>Returns what is wrong with the number of files that this process may open; null if nothing is.</summary>
    public static string? CheckOpenFiles()
    {
        if (Environment.ProcessPath is not { } path) return null;
        var files = new SafeFileHandle[FreeFiles];
        int opened = 0;
        try
        {
            for (; opened < files.Length; opened++) files[opened] = File.OpenHandle(path, share: FileShare.ReadWrite);
            return null;
        }
        catch (IOException)
        {
            return opened == 0 ? null : FewOpenFiles;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            for (int i = 0; i < opened; i++) files[i].Dispose();
        }
    }

    /// <summary>Returns what an exception says about the limits; null if it says nothing.</summary>
    public static string? Explain(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is OutOfMemoryException or Win32Exception { NativeErrorCode: OutOfMemory })
            {
                return "the memory or address space that this process may take is too small (ulimit -v, a container's limit, or "
                    + "fewer images at once; 4 GB of address space are needed at least)";
            }

            // The runtime says that a file of the program is not there where it could not map it.
            if (e is FileNotFoundException { FileName: { } name } && name.Contains(", Version=", StringComparison.Ordinal))
            {
                return $"a part of the program could not be loaded ({name.Split(',')[0]}): the address space (ulimit -v), the "
                    + "memory or the number of open files (ulimit -n) of this process is too small, or the installation is "
                    + "incomplete";
            }

            if (e is DllNotFoundException)
            {
                return "a library of the program could not be loaded: the address space (ulimit -v), the memory or the number of "
                    + "open files (ulimit -n) of this process is too small, or the installation is incomplete";
            }

            if (e is Win32Exception { NativeErrorCode: TooManyOpenFiles or TooManyOpenFilesInSystem }
                || e is IOException { HResult: TooManyOpenFiles or TooManyOpenFilesInSystem })
                return FewOpenFiles;
        }

        return null;
    }

    /// <summary>Writes a line to standard error without the console, which may be what could not be opened.</summary>
    public static void Tell(string line)
    {
        using var error = new SafeFileHandle(2, ownsHandle: false);
        using var stream = new FileStream(error, FileAccess.Write, bufferSize: 1);
        stream.Write(System.Text.Encoding.UTF8.GetBytes($"netviz: {line}\n"));
    }

    private static string FewOpenFiles =>
        "too few files may be open at once (ulimit -n); 256 are enough for every command";
}
