using Microsoft.ML.OnnxRuntime;

namespace NetViz.Tests.Common;

/// <summary>The peer with whose results ours are compared.</summary>
internal static class OnnxRuntime
{
    /// <summary>One output of a model of one input.</summary>
    /// <param name="path">The model.</param>
    /// <param name="image">Its input.</param>
    /// <param name="dims">The input's shape.</param>
    /// <param name="output">The output's name.</param>
    /// <param name="asWritten">
    /// Whether the graph runs node by node. ONNX Runtime 1.31 merges a Pad with 0 into the MaxPool behind it, whose own
    /// padding is minus infinity: where all else in the window is negative, it gives another maximum than the file says.
    /// </param>
    public static (float[] Values, long[] Dims) Run(string path, float[] image, int[] dims, string output, bool asWritten = false)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        if (asWritten) options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        using var session = new InferenceSession(path, options);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(image, Array.ConvertAll(dims, length => (long)length));
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, [session.InputMetadata.Keys.Single()], [input],
            [output]);
        return (results[0].GetTensorDataAsSpan<float>().ToArray(), results[0].GetTensorTypeAndShape().Shape);
    }
}
