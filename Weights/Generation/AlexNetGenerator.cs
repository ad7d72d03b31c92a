using NetViz.Engine;
using NetViz.Weights.Export;

namespace NetViz.Weights.Generation;

/// <summary>
/// Writes AlexNet (Krizhevsky, Sutskever, Hinton 2012) with random weights as ONNX, in the order of Caffe's model: convolution,
/// ReLU, local response normalisation, pooling. What VGG has nothing of is in it: an 11x11 kernel of stride 4, 5x5 and 3x3
/// kernels in two groups, normalisation across channels, windows that overlap. 61 million weights, 244 MB.
/// </summary>
public static class AlexNetGenerator
{
    /// <summary>Rows and columns of the input.</summary>
    public const int InputSize = 227;

    private const int Classes = 1000;

    /// <summary>
    /// Writes the network. Layers are called conv1, relu1, norm1, pool1, ..., pool5, flatten, fc6, relu6, drop6, ..., fc8, prob;
    /// its outputs are fc8 (scores) and prob, the batch size is open.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="seed">The same seed gives the same file, byte for byte.</param>
    /// <param name="progress">Told the part done, 0 to 1, from several threads.</param>
    /// <exception cref="NetVizException">The file cannot be written.</exception>
    public static void Write(string path, ulong seed = 1, IProgress<double>? progress = null)
    {
        var plan = new GeneratedGraph("alexnet", [3, InputSize, InputSize], seed);
        string top = plan.Relu("relu1", plan.Conv("conv1", "data", 3, 96, kernel: 11, stride: 4));
        top = plan.Pool("pool1", Normalised("norm1", top), kernel: 3);
        top = plan.Relu("relu2", plan.Conv("conv2", top, 96, 256, kernel: 5, pad: 2, groups: 2));
        top = plan.Pool("pool2", Normalised("norm2", top), kernel: 3);
        top = plan.Relu("relu3", plan.Conv("conv3", top, 256, 384, kernel: 3, pad: 1));
        top = plan.Relu("relu4", plan.Conv("conv4", top, 384, 384, kernel: 3, pad: 1, groups: 2));
        top = plan.Relu("relu5", plan.Conv("conv5", top, 384, 256, kernel: 3, pad: 1, groups: 2));
        top = plan.Add("Flatten", "flatten", plan.Pool("pool5", top, kernel: 3));
        top = plan.Add("Dropout", "drop6", plan.Relu("relu6", plan.FullyConnected("fc6", top, 256 * 6 * 6, 4096)));
        top = plan.Add("Dropout", "drop7", plan.Relu("relu7", plan.FullyConnected("fc7", top, 4096, 4096)));
        plan.Add("Softmax", "prob", plan.FullyConnected("fc8", top, 4096, Classes));
        plan.Write(path, scores: "fc8", Classes, progress);

        string Normalised(string name, string below) => plan.Add("LRN", name, below, WrittenGraph.Attribute("size", 5),
            WrittenGraph.Attribute("alpha", 1e-4f), WrittenGraph.Attribute("beta", 0.75f));
    }
}
