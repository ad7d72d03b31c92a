namespace NetViz.Engine.Rules;

/// <summary>Where a max-pooling sends its signal in the backward pass.</summary>
public enum Unpooling
{
    /// <summary>To the recorded switch, where the maximum stood: gradient and DeconvNet alike (1312.6034, section 4).</summary>
    Switches,

    /// <summary>
    /// Evenly over the window, as the transpose of an average pooling would: the switches are dropped [ours].
    /// </summary>
    Even,
}
