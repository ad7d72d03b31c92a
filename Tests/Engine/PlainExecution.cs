using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Tests.Engine;

/// <summary>
/// A network run without any plan: every tensor and every signal has memory of its own, full of NaN before it is written.
/// The engine, which lets them share memory, must give the same bytes.
/// </summary>
internal sealed class PlainExecution : IDisposable
{
    private readonly IKernels _kernels;
    private readonly Network _network;
    private readonly Shape[] _shapes;
    private readonly Workspace _workspace;
    private readonly PreparedWeights?[] _weights;
    private readonly DeviceTensor[] _tensors;
    private readonly Kept[] _kept;

    public PlainExecution(Network network, IKernels kernels, Shape input, double[] images)
    {
        (_network, _kernels, _shapes, _workspace) = (network, kernels, network.InferShapes(input), new Workspace(kernels));
        _weights = [.. network.Nodes.Select(node => node.Layer.Prepare(kernels))];
        _tensors = [_workspace.With(input, images), .. network.Nodes.Select(node => _workspace.Dirty(_shapes[node.Output]))];
        _kept = [.. network.Nodes.Select(node => new Kept
        {
            Bits = node.Layer.Keeps.HasFlag(Keep.Bits) ? kernels.AllocateBits(_shapes[node.Output]) : null,
            Switches = node.Layer.Keeps.HasFlag(Keep.Switches)
                ? kernels.AllocateSwitches(node.Layer.SwitchGeometry(_shapes[node.Inputs[0]])) : null,
            Input = _tensors[node.Inputs[0]],
            Output = _tensors[node.Output],
            SecondInput = node.Inputs.Length > 1 ? _tensors[node.Inputs[1]] : null,
        })];
        foreach (Node node in network.Nodes)
        {
            node.Layer.Forward(new ForwardArguments
            {
                Kernels = kernels,
                Weights = _weights[node.Index],
                Inputs = [.. node.Inputs.Select(tensor => _tensors[tensor])],
                Output = _tensors[node.Output],
                Kept = _kept[node.Index],
            });
        }
    }

    /// <summary>A tensor's numbers.</summary>
    public double[] Activation(int tensor) => _workspace.Read(_tensors[tensor]);

    /// <summary>Sends a signal down from a tensor through every layer below it.</summary>
    /// <returns>The signal at each tensor, null where none arrives.</returns>
    public double[]?[] Backward(int source, double[] signal, BackwardRule rule)
    {
        var signals = new DeviceTensor?[_tensors.Length];
        signals[source] = _workspace.With(_shapes[source], signal);
        foreach (Node node in _network.Nodes.Take(source).Reverse())
        {
            if (signals[node.Output] is not DeviceTensor above) continue;
            DeviceTensor[] below = [.. node.Inputs.Select(tensor => _workspace.Dirty(_shapes[tensor]))];
            node.Layer.Backward(new BackwardArguments
            {
                Kernels = _kernels,
                Weights = _weights[node.Index],
                Kept = _kept[node.Index],
                Rule = rule.At(node.Layer),
                Gate = rule.GateAt(node.Layer),
                OutputSignal = above,
                InputShapes = [.. node.Inputs.Select(tensor => _shapes[tensor])],
                InputSignals = below,
            });
            for (int k = 0; k < below.Length; k++)
            {
                if (signals[node.Inputs[k]] is DeviceTensor sum) _kernels.AddTo(below[k], sum);
                else signals[node.Inputs[k]] = below[k];
            }
        }

        return [.. signals.Select(tensor => tensor is null ? null : _workspace.Read(tensor))];
    }

    public void Dispose()
    {
        foreach (PreparedWeights? weights in _weights) weights?.Dispose();
        foreach (Kept kept in _kept)
        {
            kept.Bits?.Dispose();
            kept.Switches?.Dispose();
        }

        _workspace.Dispose();
    }
}
