namespace NetViz.CudaEmulator.Ptx;

/// <summary>A running kernel did what a card would end it for, or what a card's checking tools would report.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1710", Justification = "CUDA's word.")]
public sealed class PtxFault(CudaError code, string message) : Exception(message)
{
    /// <summary>What the driver answers to the next call.</summary>
    public CudaError Code { get; } = code;
}
