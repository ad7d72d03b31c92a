namespace NetViz.CudaEmulator.Driver;

/// <summary>What a call of the driver returns instead of success; <see cref="Entry"/> turns it into the code.</summary>
internal sealed class CudaFailure(CudaError code) : Exception(code.ToString())
{
    public CudaError Code { get; } = code;
}
