using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;

namespace NetViz.Engine.Execution;

/// <summary>
/// One node of a network run by itself on its back-end, with the weights that are prepared there: for proofs and lessons that
/// look at a single layer. A backward pass calls the same <see cref="Layer.Backward"/> with the same arguments; only the
/// signals come from outside and go outside here. Numbers go through double; a back-end of float32 rounds what it is given.
/// </summary>
public static class SingleLayer
{
    /// <summary>output = f(inputs) of one node.</summary>
    /// <param name="prepared">The prepared network.</param>
    /// <param name="node">One of its nodes.</param>
    /// <param name="shapes">The shapes of the node's inputs.</param>
    /// <param name="inputs">The inputs, row-major.</param>
    /// <returns>The output, row-major.</returns>
    /// <exception cref="NetVizException">The shapes do not fit the layer.</exception>
    public static double[] Forward(PreparedNetwork prepared, Node node, ReadOnlySpan<Shape> shapes,
        params ReadOnlySpan<double[]> inputs)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        ArgumentNullException.ThrowIfNull(node);
        using Pass pass = prepared.BeginPass();
        IKernels kernels = pass.Kernels;
        using var storage = new Storage(kernels);
        var tensors = new DeviceTensor[inputs.Length];
        for (int k = 0; k < tensors.Length; k++) tensors[k] = storage.With(shapes[k], inputs[k]);
        DeviceTensor output = storage.Empty(node.Layer.OutputShape(shapes));
        Keep keeps = node.Layer.Keeps;
        using ActiveBits? bits = keeps.HasFlag(Keep.Bits) ? kernels.AllocateBits(output.Shape) : null;
        using Switches? switches =
            keeps.HasFlag(Keep.Switches) ? kernels.AllocateSwitches(node.Layer.SwitchGeometry(shapes[0])) : null;
        node.Layer.Forward(new ForwardArguments
        {
            Kernels = kernels,
            Weights = prepared.WeightsOf(node),
            Inputs = tensors,
            Output = output,
            Kept = new Kept { Bits = bits, Switches = switches, Input = tensors[0], Output = output },
        });
        return storage.Read(output);
    }

    /// <summary>The signals below one node from the signal above it, with what a forward pass kept there.</summary>
    /// <param name="record">What the forward pass left.</param>
    /// <param name="node">A node of its network.</param>
    /// <param name="rule">What rectifiers do.</param>
    /// <param name="outputSignal">R_{n+1}, of the output's shape, row-major.</param>
    /// <returns>R_n for each of the node's inputs, row-major. They add up where several nodes read one tensor.</returns>
    public static double[][] Backward(ForwardRecord record, Node node, BackwardRule rule, double[] outputSignal)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(rule);
        using Pass pass = record.Prepared.BeginPass(record);
        IKernels kernels = pass.Kernels;
        using var storage = new Storage(kernels);
        DeviceTensor above = storage.With(record.ShapeOf(node.Output), outputSignal);
        Shape[] shapes = [.. node.Inputs.Select(record.ShapeOf)];
        DeviceTensor?[] below = [.. shapes.Select(storage.Empty)];
        if (rule.Relevance is not null)
        {
            new RelevanceDescent(pass, rule).Run(node, above, below);
            return [.. below.Select(signal => storage.Read(signal!))];
        }

        node.Layer.Backward(new BackwardArguments
        {
            Kernels = kernels,
            Weights = record.Prepared.WeightsOf(node),
            Kept = record.KeptBy(node),
            Rule = rule.At(node.Layer),
            Unpooling = rule.UnpoolingAt(node.Layer),
            Gate = rule.GateAt(node.Layer),
            OutputSignal = above,
            InputShapes = shapes,
            InputSignals = below,
        });
        return [.. below.Select(signal => storage.Read(signal!))];
    }

    /// <summary>sum + term as the back-end adds signals that meet where the network branched.</summary>
    /// <param name="prepared">The prepared network.</param>
    /// <param name="shape">The shape of both.</param>
    /// <param name="sum">What was there first, row-major.</param>
    /// <param name="term">What comes to it, row-major.</param>
    public static double[] Add(PreparedNetwork prepared, Shape shape, double[] sum, double[] term)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        using Pass pass = prepared.BeginPass();
        using var storage = new Storage(pass.Kernels);
        DeviceTensor there = storage.With(shape, sum);
        pass.Kernels.AddTo(storage.With(shape, term), there);
        return storage.Read(there);
    }

    /// <summary>The tensors of one call.</summary>
    private sealed class Storage(IKernels kernels) : IDisposable
    {
        private readonly List<DeviceBuffer> _buffers = [];

        public DeviceTensor Empty(Shape shape)
        {
            DeviceBuffer buffer = kernels.Allocate(kernels.BytesOf(shape));
            _buffers.Add(buffer);
            return kernels.View(buffer, shape);
        }

        public DeviceTensor With(Shape shape, double[] values)
        {
            if (values.LongLength != shape.Count)
                throw new ArgumentException($"{values.LongLength} numbers for the shape {shape}.", nameof(values));
            DeviceTensor tensor = Empty(shape);
            kernels.Upload(values, tensor);
            return tensor;
        }

        public double[] Read(DeviceTensor tensor)
        {
            var values = new double[tensor.Shape.Count];
            kernels.Download(tensor, values);
            return values;
        }

        public void Dispose()
        {
            foreach (DeviceBuffer buffer in _buffers) buffer.Dispose();
        }
    }
}
