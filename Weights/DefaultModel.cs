using NetViz.Engine;

namespace NetViz.Weights;

/// <summary>
/// The network that ships with the project: a small VGG for 64x64 pictures of 50 classes of Tiny ImageNet, trained by
/// <c>netviz train</c>. Its model card is Weights/Default/README.md.
/// </summary>
public static class DefaultModel
{
    /// <summary>The name by which <c>--model</c> knows it.</summary>
    public const string Name = "default";

    /// <summary>Its ONNX file, beside the assemblies.</summary>
    /// <exception cref="NetVizException">It is not there.</exception>
    public static string Path
    {
        get
        {
            string path = System.IO.Path.Combine(AppContext.BaseDirectory, "Models", "netviz-vgg.onnx");
            return File.Exists(path)
                ? path
                : throw new NetVizException($"the default model '{path}' is missing",
                    "build again, or name another with `Model`");
        }
    }
}
