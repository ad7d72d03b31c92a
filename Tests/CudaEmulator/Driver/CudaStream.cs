namespace NetViz.CudaEmulator.Driver;

/// <summary>
/// What the device has still to do, in order. Nothing runs before somebody waits for it, which is the latest that CUDA allows:
/// a caller that reads too early, or writes over what a copy has still to read, sees it every time. Streams do not wait for each
/// other; those that are created without CU_STREAM_NON_BLOCKING share the default stream's queue, which orders them at least as CUDA
/// does.
/// </summary>
internal sealed class CudaStream(CudaContext context)
{
    private readonly Queue<StreamCommand> _commands = [];

    public CudaContext Context { get; } = context;

    public bool IsIdle => _commands.Count == 0;

    public void Enqueue(StreamCommand command) => _commands.Enqueue(command);

    /// <summary>Runs all that it was given.</summary>
    public void RunAll()
    {
        while (RunOne())
        {
        }
    }

    /// <summary>Runs what comes next, if anything does.</summary>
    public bool RunOne()
    {
        if (!_commands.TryDequeue(out StreamCommand? command)) return false;
        command.Run(Context);
        return true;
    }

    /// <summary>What it was given is never done: the context has failed.</summary>
    public void Abandon() => _commands.Clear();
}
