namespace NetViz.Engine.Imaging;

/// <summary>What a network's input channels are, in order.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red: networks from Caffe.</summary>
    Bgr,

    /// <summary>One channel: luma by ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B.</summary>
    Grey,
}
