using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>What a window must fulfil, whoever slides it.</summary>
internal static class WindowChecks
{
    /// <summary>Refuses sizes, strides and dilations below 1, and negative pads.</summary>
    public static void Require(Window w, Layer layer)
    {
        if (w.KH < 1 || w.KW < 1 || w.StrideH < 1 || w.StrideW < 1 || w.DilationH < 1 || w.DilationW < 1)
            throw new NetVizException($"node '{layer.Name}' ({layer.Operator}): kernel {w.KH}x{w.KW}, strides {w.StrideH}x{w.StrideW}, dilations {w.DilationH}x{w.DilationW}; each must be at least 1");
        if (w.PadTop < 0 || w.PadLeft < 0 || w.PadBottom < 0 || w.PadRight < 0)
            throw new NetVizException($"node '{layer.Name}' ({layer.Operator}): pads {w.PadTop}, {w.PadLeft}, {w.PadBottom}, {w.PadRight}; negative ones are not supported");
    }
}
