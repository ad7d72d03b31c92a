using NetViz.Engine;
using NetViz.Engine.Files;

namespace NetViz.Weights.Catalogue;

/// <summary>
/// A lock between processes: an empty file held open for one alone. The operating system lets go of it when the process
/// ends, however it ends, so a lock can't be left behind. The file itself stays: to remove it would let one process hold the old
/// file and another a new one of the same name.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; null where another has it.</summary>
    /// <exception cref="NetVizException">Its file cannot be made, or is no regular file.</exception>
    public static FileLock? TryTake(string path)
    {
        try
        {
            return new FileLock(OutputFile.OpenState(path, FileShare.None, ModelCache.RemoveHint));
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetVizException($"{path} cannot be written: {e.Message.TrimEnd('.')}",
                $"{ModelCache.Variable} names another folder", e);
        }
    }

    /// <summary>Takes the lock, and waits for it as long as another has it.</summary>
    /// <param name="path">The lock's file.</param>
    /// <param name="waiting">Called once if there is something to wait for.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<FileLock> TakeAsync(string path, Action waiting, CancellationToken cancellation)
    {
        FileLock? taken = TryTake(path);
        if (taken is null) waiting();
        while (taken is null)
        {
            await Task.Delay(BetweenTries, cancellation).ConfigureAwait(false);
            taken = TryTake(path);
        }

        return taken;
    }

    public void Dispose() => _file.Dispose();

    // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION on Windows; on Unix .NET gives errno, and EWOULDBLOCK is 11 on Linux
    // and 35 on macOS.
    private static bool IsHeld(IOException e) =>
        OperatingSystem.IsWindows()
            ? e.HResult is unchecked((int)0x80070020) or unchecked((int)0x80070021)
            : e.HResult is 11 or 35;
}
