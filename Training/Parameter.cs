using NetViz.Kernels;

namespace NetViz.Training;

/// <summary>
/// One tensor of a network in training: what is learned (a weight, a bias, the scale and shift of a batch normalisation) or
/// only kept (a running mean or variance).
/// </summary>
public sealed class Parameter
{
    /// <summary>Makes a tensor of zeros.</summary>
    /// <param name="name">Its name in the network, such as "conv1_1.weight".</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="decays">Whether weight decay applies.</param>
    /// <param name="learned">Whether it has a gradient; running statistics have none.</param>
    public Parameter(string name, Shape shape, bool decays, bool learned = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        Shape = shape;
        Decays = decays;
        Values = new float[shape.Count];
        Gradient = learned ? new float[shape.Count] : [];
    }

    /// <summary>Its name in the network, unique there.</summary>
    public string Name { get; }

    /// <summary>Its shape; the values lie row-major.</summary>
    public Shape Shape { get; }

    /// <summary>
    /// Whether weight decay applies: to the weights of convolutions and fully connected layers, not to biases nor to what
    /// belongs to batch normalisation, which have no scale to hold down.
    /// </summary>
    public bool Decays { get; }

    /// <summary>The values, of <see cref="Shape"/>.</summary>
    public float[] Values { get; }

    /// <summary>dLoss/dValues of the last backward pass, of <see cref="Shape"/>; empty where nothing is learned.</summary>
    public float[] Gradient { get; }
}
