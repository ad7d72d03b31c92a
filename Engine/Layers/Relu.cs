using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// A rectifier: X_{n+1} = f(X_n), elementwise. The one kind of layer at which gradient and DeconvNet part
/// (1312.6034, section 4):
/// <list type="table">
/// <item><term>Gradient</term><description>R_n = R_{n+1} f'(X_n)</description></item>
/// <item><term>DeconvNet</term><description>R_n = f(R_{n+1})</description></item>
/// <item><term>Guided</term><description>R_n = f(R_{n+1}) f'(X_n)</description></item>
/// </list>
/// One bit an output is kept: where f' takes its upper value. The three rules stand in Kernels/ReluRules.cs.
/// </summary>
public abstract class RectifierLayer : Layer
{
    private protected RectifierLayer(string name, string operatorName, Rectifier rectifier)
        : base(name, operatorName) => Rectifier = rectifier;

    /// <summary>f; of a PRelu that of its first slope.</summary>
    public Rectifier Rectifier { get; }

    /// <summary>f at one element of the output.</summary>
    /// <param name="output">The output's shape.</param>
    /// <param name="element">The element, row-major.</param>
    public virtual Rectifier At(Shape output, long element) => Rectifier;

    /// <inheritdoc/>
    public override Keep Keeps => Keep.Bits;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) => a.Kernels.ReluForward(Rectifier, a.Input, a.Output, a.Kept.Bits!);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) =>
        a.Kernels.ReluBackward(Rectifier, a.Rule, a.OutputSignal, a.Kept.Bits!, a.InputSignal);
}

/// <summary>f(x) = max(x, 0), f'(x) = 1(x > 0); at exactly 0 nothing passes.</summary>
/// <param name="name">The node's name.</param>
public sealed class Relu(string name) : RectifierLayer(name, "Relu", Rectifier.Relu);

/// <summary>f(x) = x where x > 0, else slope x; f'(x) = 1 or slope.</summary>
/// <param name="name">The node's name.</param>
/// <param name="slope">The slope on the negative side (ONNX attribute alpha).</param>
/// <param name="operatorName">The ONNX operator: LeakyRelu, or PRelu with one slope.</param>
public sealed class LeakyRelu(string name, float slope, string operatorName = "LeakyRelu")
    : RectifierLayer(name, operatorName, Rectifier.LeakyRelu(slope));

/// <summary>f(x) = min(max(x, low), high), f'(x) = 1(low &lt; x &lt; high); ReLU6 is low 0, high 6.</summary>
/// <param name="name">The node's name.</param>
/// <param name="low">The smallest output.</param>
/// <param name="high">The largest output.</param>
/// <param name="operatorName">The ONNX operator: Clip, or Min or Max with a constant.</param>
public sealed class Clip(string name, float low, float high, string operatorName = "Clip")
    : RectifierLayer(name, operatorName, Rectifier.Clip(low, high));
