using System.Diagnostics;

namespace NetViz.CudaEmulator.Driver;

/// <summary>A place in a stream, and when the device came by.</summary>
internal sealed class CudaEvent(CudaContext context)
{
    private RecordCommand? _last;
    private CudaStream? _stream;
    private long _time;

    public CudaContext Context { get; } = context;

    /// <summary>Whether it was recorded at all.</summary>
    public bool IsRecorded { get; private set; }

    /// <summary>Whether all that was in the stream before it is done; also where it was never recorded, as with CUDA.</summary>
    public bool IsReached => _last is null;

    public void Record(CudaStream stream)
    {
        (_stream, _last, IsRecorded) = (stream, new RecordCommand(this), true);
        stream.Enqueue(_last);
    }

    /// <summary>Called as the stream comes by; only the last record counts.</summary>
    public void Reached(RecordCommand command)
    {
        if (command != _last) return;
        _time = Stopwatch.GetTimestamp();
        _last = null;
    }

    /// <summary>Lets the stream run until it came by.</summary>
    public void Wait()
    {
        while (!IsReached && _stream!.RunOne())
        {
        }
    }

    /// <summary>
    /// Whether it is reached. Each question that is answered no lets the stream do one thing more, so that a loop of questions
    /// ends.
    /// </summary>
    public bool Ask()
    {
        if (IsReached) return true;
        _stream!.RunOne();
        return false;
    }

    public double MillisecondsFrom(CudaEvent start) => Stopwatch.GetElapsedTime(start._time, _time).TotalMilliseconds;
}
