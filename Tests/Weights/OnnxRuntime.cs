using Microsoft.ML.OnnxRuntime;

namespace NetViz.Tests.Weights;

/// <summary>The peer with whose results ours are compared.</summary>
internal static class OnnxRuntime
{
    /// <summary>One output of a model of one input.</summary>
    public static (float[] Values, long[] Dims) Run(string path, float[] image, int[] dims, string output)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(path, options);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(image, Array.ConvertAll(dims, length => (long)length));
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, [session.InputMetadata.Keys.Single()], [input],
            [output]);
        return (results[0].GetTensorDataAsSpan<float>().ToArray(), results[0].GetTensorTypeAndShape().Shape);
    }
}
