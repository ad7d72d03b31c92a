namespace NetViz.Visualisation.Rendering;

/// <summary>Which colours the three channels of a network's input are, in their order.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue (torchvision).</summary>
    Rgb,

    /// <summary>Blue, green, red (Caffe).</summary>
    Bgr,
}
