namespace NetViz.Visualisation.ClassModels;

/// <summary>A linear map from an image [C, H, W] to the one that the network is shown, and its transpose.</summary>
public interface IPixelView
{
    /// <summary>view = A image.</summary>
    void Forward(ReadOnlySpan<float> image, Span<float> view);

    /// <summary>imageSignal = A^T viewSignal.</summary>
    void Backward(ReadOnlySpan<float> viewSignal, Span<float> imageSignal);
}
