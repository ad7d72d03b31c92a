using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Engine.Layers;

/// <summary>
/// Max-pooling: X_{n+1}(p) = max over q in the window of p of X_n(q).
/// <para>
/// On the backward pass each signal goes to the place where the maximum stood, its switch; signals of overlapping windows that
/// meet add up. DeconvNet's unpooling by switches is the gradient: they are the same here (1312.6034, section 4). Of
/// equal values the first in row-major order is the maximum.
/// </para>
/// <para>
/// <see cref="Unpooling.Even"/> forgets the switches: each signal is spread evenly over its window. That is no rule of either
/// paper; it shows what a reconstruction owes to the switches.
/// </para>
/// </summary>
public sealed class MaxPool : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="window">The window; null for the whole plane (ONNX GlobalMaxPool).</param>
    public MaxPool(string name, Window? window)
        : base(name, window is null ? "GlobalMaxPool" : "MaxPool")
    {
        if (window is Window w)
        {
            WindowChecks.Require(w, this);
            WindowChecks.RequireWindowsReachInput(w, this);
        }

        Window = window;
    }

    /// <summary>The window as in the file; null for the whole plane.</summary>
    public Window? Window { get; }

    /// <inheritdoc/>
    public override Keep Keeps => Keep.Switches;

    /// <inheritdoc/>
    public override PoolGeometry SwitchGeometry(Shape input) =>
        new(input.N, input.C, input.H, input.W, (Window ?? new Window(input.H, input.W)).Resolve(input.H, input.W));

    /// <inheritdoc/>
    public override double Effort(ReadOnlySpan<Shape> inputs, Shape output)
    {
        Window w = SwitchGeometry(inputs[0]).Window;
        // Compared or added one by one.
        return base.Effort(inputs, output) + 40.0 * output.Count * ((double)w.KH * w.KW + w.KH + w.KW);
    }

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = RequireRank(inputs, 4);
        PoolGeometry g = SwitchGeometry(input);
        return g.OH > 0 && g.OW > 0
            ? g.Output
            : throw Refuse($"its window {g.Window.KH}x{g.Window.KW} does not fit into the input {input}");
    }

    /// <inheritdoc/>
    public override bool KeepsImagesApart(int rank) => true;

    /// <inheritdoc/>
    public override void Forward(in ForwardArguments a) =>
        a.Kernels.MaxPoolForward(SwitchGeometry(a.Input.Shape), a.Input, a.Output, a.Kept.Switches!);

    /// <inheritdoc/>
    public override void Backward(in BackwardArguments a)
    {
        PoolGeometry g = SwitchGeometry(a.InputSignal.Shape);
        if (a.Unpooling == Unpooling.Even) a.Kernels.AveragePoolBackward(g, a.OutputSignal, a.InputSignal);
        else a.Kernels.MaxPoolBackward(g, a.OutputSignal, a.Kept.Switches!, a.InputSignal);
    }
}
