using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NetViz.Weights.Onnx;

/// <summary>
/// The SHA-256 of a file: computed by the first caller that needs it, or before that by a thread of the lowest priority, which
/// takes what the other threads leave idle. Who asks goes on where that thread is, at a priority of its own.
/// </summary>
internal sealed class FileSha256(LoadedFile file)
{
    /// <summary>What the thread does before it looks whether somebody asks: under a millisecond.</summary>
    private const int Piece = 1 << 20;

    private readonly Lock _lock = new();
    private readonly byte[] _buffer = new byte[(int)Math.Min(Piece, file.Length)];
    private IncrementalHash? _hash;
    private long _done;
    private bool _begun;
    private volatile bool _asked;
    private string? _value;

    /// <summary>In lower-case hexadecimal.</summary>
    /// <exception cref="ObjectDisposedException">The file is closed, and was before this was computed.</exception>
    public string Value
    {
        get
        {
            _asked = true;
            lock (_lock)
            {
                while (_value is null) Advance();
                return _value;
            }
        }
    }

    /// <summary>Begins to compute it in the background; does nothing where that has begun.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            if (_begun || _value is not null) return;
            _begun = true;
        }

        new Thread(RunInBackground) { IsBackground = true, Priority = ThreadPriority.Lowest }.Start();
    }

    private void RunInBackground()
    {
        LowestPriority.OfThisThread();
        try
        {
            while (!_asked)
            {
                lock (_lock)
                {
                    if (_value is not null) return;
                    Advance();
                }
            }
        }
        catch (ObjectDisposedException)
        {
            // The file was closed; the hash is not needed any more.
        }
    }

    /// <summary>Takes the next piece in, and the result after the last.</summary>
    private void Advance()
    {
        file.Hold();
        try
        {
            _hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            int length = (int)Math.Min(Piece, file.Length - _done);
            _hash.AppendData(file.BytesToHash(_done, _buffer.AsSpan(0, length)));
            _done += length;
            if (_done < file.Length) return;
            _value = Convert.ToHexStringLower(_hash.GetHashAndReset());
            _hash.Dispose();
        }
        finally
        {
            file.Release();
        }
    }
}

/// <summary>The lowest priority, also where .NET sets none: <see cref="Thread.Priority"/> does nothing on Linux.</summary>
internal static partial class LowestPriority
{
    private const int Process = 0, Calling = 0, Nicest = 19;

    /// <summary>Linux has priorities by thread: there, process 0 is the calling thread.</summary>
    public static void OfThisThread()
    {
        if (OperatingSystem.IsLinux()) _ = SetPriority(Process, Calling, Nicest);
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
