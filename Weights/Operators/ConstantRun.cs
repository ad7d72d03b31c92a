using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Kernels;
using NetViz.Weights.Import;
using NetViz.Weights.Onnx;

namespace NetViz.Weights.Operators;

/// <summary>
/// An operator that is a layer of the engine but whose inputs are all constants (a Relu, Conv or Softmax of weights): the layers
/// that it would become are run at load, on the reference back-end, with its first input as the image.
/// </summary>
internal static class ConstantRun
{
    private const int CopiedBytes = 3 * sizeof(double);

    /// <summary>Works the node out.</summary>
    /// <param name="node">The node, all of whose inputs are constants.</param>
    /// <param name="limits">What may be asked of the machine.</param>
    /// <param name="held">Bytes that constants hold already.</param>
    /// <param name="network">Makes the network of the node's layers for a shape of its first input.</param>
    public static Value Fold(NodeReader node, ResourceLimits limits, double held, Func<OnnxTensor[], Network?> network) =>
        node.Fold(1, inputs =>
        {
            OnnxTensor first = inputs[0];
            if (network(inputs) is not { } layers) return first;
            ResourceDemand demand = ResourceDemand.Of(layers, new Shape(first.Dims));

            // The numbers go in and out as copies, on the way out in double.
            double copied = first.Count + layers.InferShapes(new Shape(first.Dims))[layers.OutputTensor].Count;
            limits.Require(demand, held + CopiedBytes * copied,
                $"node '{node.Name}' ({node.Operator}) of constants");
            node.Work(demand.Operations / 20);
            using PreparedNetwork prepared = layers.On(Device.Reference);
            string output = layers.NameOf(layers.OutputTensor);
            using ForwardRecord record = prepared.Forward(Numbers(first), output);
            float[] values = [.. record.Activation(output)];
            node.RequireFinite(values, "result");
            return OnnxTensor.OfFloats(node.Name, record.ShapeOf(layers.OutputTensor).Lengths, values);
        });

    private static System.Numerics.Tensors.Tensor<float> Numbers(OnnxTensor tensor) => tensor.ToTensor();
}
