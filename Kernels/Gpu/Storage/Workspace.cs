namespace NetViz.Kernels.Gpu;

// What a pass takes of the device's memory, to the byte, before it runs.
public sealed partial class GpuKernels
{
    /// <inheritdoc/>
    public long BytesTaken(long bytes) => GpuMemory.Taken(bytes);

    /// <inheritdoc/>
    public long BytesOfBits(Shape shape) => GpuBits.BytesOf(shape);

    /// <inheritdoc/>
    public long BytesOfSwitches(in PoolGeometry geometry) => GpuSwitches.BytesOf(geometry);

    /// <inheritdoc/>
    public long HeldWorkspaceBytes => _workingMemory?.Bytes ?? 0;

    /// <inheritdoc/>
    public long? WorkspaceBytes(in ConvGeometry geometry, PreparedWeights weights)
    {
        ConvGeometry g = geometry;

        // Tensors of more elements than kernels number are refused when they are allocated.
        if (Form == ProductForm.Naive || Math.Max(g.Input.Count, g.Output.Count) > int.MaxValue) return 0;
        var w = (ConvWeights)weights;
        long floats = 0;
        if (w.IsWinogradUp) floats = FloatsOf(WinogradPass.Up(g));
        if (w.HasPlainForm)
        {
            PlaneProduct up = Planes(g.Groups, g.OG, g.N, g.OH * g.OW, default);
            floats = Math.Max(floats, SliceFloats(PartsOf(g.CG * g.Window.Area, up, SumOrder.ByTerms), up));
        }

        if (w.IsWinogradDown) return sizeof(float) * Math.Max(floats, FloatsOf(WinogradPass.Down(g)));
        PlaneProduct down = Planes(g.Groups, g.CG, g.N, g.H * g.W, default);
        return sizeof(float) * Math.Max(floats, SliceFloats(PartsOf(g.OG * g.Window.Area, down, SumOrder.ByTerms), down));
    }

    /// <inheritdoc/>
    public long? WorkspaceBytes(in FullyConnectedGeometry geometry, PreparedWeights weights)
    {
        FullyConnectedGeometry g = geometry;
        if (Form == ProductForm.Naive || Math.Max((long)g.N * g.In, (long)g.N * g.Out) > int.MaxValue) return 0;
        PlaneProduct up = Rows(g.N, g.Out, default), down = Rows(g.N, g.In, default);
        return sizeof(float) * Math.Max(FloatsToApply(g.In, up, isAlongRows: !g.WeightIsInByOut),
            FloatsToApply(g.Out, down, isAlongRows: g.WeightIsInByOut));
    }
}
