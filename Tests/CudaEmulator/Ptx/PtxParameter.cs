namespace NetViz.CudaEmulator.Ptx;

/// <summary>A parameter of a kernel: its place in the block of parameters, in bytes.</summary>
public sealed record PtxParameter(string Name, int Offset, int Bytes);
