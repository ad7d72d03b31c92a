using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// Average pooling: X_{n+1}(p) = sum over q in the window of p of X_n(q), over the window's divisor.
/// On the backward pass each signal over its divisor is spread over its window: linear, the same under all rules (for DeconvNet
/// by extension). Nothing is kept.
/// </summary>
public sealed class AveragePool : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="window">The window; null for the whole plane (ONNX GlobalAveragePool).</param>
    /// <param name="countIncludePad">Whether padding counts in the divisor.</param>
    public AveragePool(string name, Window? window, bool countIncludePad = false)
        : base(name, window is null ? "GlobalAveragePool" : "AveragePool")
    {
        if (window is Window w)
        {
            WindowChecks.Require(w, this);
            WindowChecks.RequireWindowsReachInput(w, this);
        }

        (Window, CountIncludePad) = (window, countIncludePad);
    }

    /// <summary>The window as in the file; null for the whole plane.</summary>
    public Window? Window { get; }

    /// <summary>Whether padding counts in the divisor.</summary>
    public bool CountIncludePad { get; }

    /// <summary>The pooling's shapes for an input [N, C, H, W].</summary>
    public PoolGeometry Geometry(Shape input) =>
        new(input.N, input.C, input.H, input.W, (Window ?? new Window(input.H, input.W)).Resolve(input.H, input.W))
        {
            CountIncludePad = CountIncludePad,
        };

    /// <inheritdoc/>
    public override double Effort(ReadOnlySpan<Shape> inputs, Shape output)
    {
        Window w = Geometry(inputs[0]).Window;
        // Compared or added one by one.
        return base.Effort(inputs, output) + 40.0 * output.Count * ((double)w.KH * w.KW + w.KH + w.KW);
    }

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = RequireRank(inputs, 4);
        PoolGeometry g = Geometry(input);
        return g.OH > 0 && g.OW > 0
            ? g.Output
            : throw Refuse($"its window {g.Window.KH}x{g.Window.KW} does not fit into the input {input}");
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) =>
        a.Kernels.AveragePoolForward(Geometry(a.Input.Shape), a.Input, a.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a) =>
        a.Kernels.AveragePoolBackward(Geometry(a.InputSignal.Shape), a.OutputSignal, a.InputSignal);
}
