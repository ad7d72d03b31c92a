using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// A pass under way with the buffers that it works in: signals and activations, plans, and a back-end's working memory. Weights
/// are the prepared network's, what the forward pass kept is the record's. <see cref="PassBuffers"/> lends it to one pass after
/// another, each on one thread, so that a loop of passes allocates nothing.
/// </summary>
internal sealed class Pass : IDisposable
{
    private readonly PassBuffers _lender;
    private CancellationToken _token;
    private IProgress<LayerProgress>? _progress;

    /// <summary>Creates it with empty buffers.</summary>
    public Pass(PassBuffers lender, PreparedNetwork prepared, IKernels kernels)
    {
        (_lender, Prepared, Kernels) = (lender, prepared, kernels);
        Arena = new Arena(kernels);
        PlanCache = new PlanCache(prepared);
        PlainImages = new PlainImages(prepared);
        Scratch = new PassScratch(kernels);
    }

    /// <summary>The prepared network.</summary>
    public PreparedNetwork Prepared { get; }

    /// <summary>The back-end for this pass.</summary>
    public IKernels Kernels { get; }

    /// <summary>Activations and signals.</summary>
    public Arena Arena { get; }

    /// <summary>The plans whose tensors lie in the arena.</summary>
    public PlanCache PlanCache { get; }

    /// <summary>Finds the images that are computed by plain sums.</summary>
    public PlainImages PlainImages { get; }

    /// <summary>What relevance works in.</summary>
    public PassScratch Scratch { get; }

    /// <summary>The record that is read or written beside it; null for a new one.</summary>
    public ForwardRecord? Record { get; private set; }

    /// <summary>The pass of the same thread, perhaps of another network, from which this one was called; null for none.</summary>
    public Pass? Outer { get; set; }

    /// <summary>Whether it was called from another pass, and so took none of the places.</summary>
    public bool IsNested { get; set; }

    /// <summary>Cancels the pass.</summary>
    public CancellationToken Token => _token;

    /// <summary>Begins a pass.</summary>
    public void Begin(ForwardRecord? record, IProgress<LayerProgress>? progress, CancellationToken token) =>
        (Record, _progress, _token) = (record, progress, token);

    /// <summary>Looks between two layers whether to go on.</summary>
    /// <exception cref="OperationCanceledException">The pass is cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The prepared network was disposed.</exception>
    public void Look()
    {
        _token.ThrowIfCancellationRequested();
        Prepared.RequireAlive();
    }

    /// <summary>Reports a layer.</summary>
    /// <param name="node">The layer that ran.</param>
    /// <param name="isBackward">Whether backward.</param>
    /// <param name="done">Steps done.</param>
    /// <param name="total">Steps in all.</param>
    public void Report(Node node, bool isBackward, int done, int total) =>
        _progress?.Report(new LayerProgress(node.Name, isBackward, done, total));

    /// <summary>Ends the pass and gives the buffers back.</summary>
    public void Dispose()
    {
        ForwardRecord? record = Record;
        Begin(null, null, CancellationToken.None);
        _lender.Return(this, record);
    }

    /// <summary>Frees the buffers.</summary>
    public void Free()
    {
        Arena.Dispose();
        Scratch.Dispose();
        if (Kernels != Prepared.Kernels) Kernels.Dispose();
    }
}
