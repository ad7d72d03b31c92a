using NetViz.Engine;
using NetViz.Engine.Model;

namespace NetViz.Weights;

/// <summary>Lets <c>Network.Load</c> be written where a network is all that is wanted.</summary>
public static class NetworkLoading
{
    extension(Network)
    {
        /// <summary>
        /// Loads a network from an ONNX file. Its weights stay in memory until the network is collected;
        /// <see cref="OnnxModel.Load(string, OnnxOptions?)"/> lets go of them when told.
        /// </summary>
        /// <param name="path">The .onnx file.</param>
        /// <param name="options">What the user says about it.</param>
        /// <exception cref="NetVizException">The file is wrong, or holds something that is not supported.</exception>
        public static Network Load(string path, OnnxOptions? options = null) => OnnxModel.Load(path, options).Network;
    }
}
