using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using NetViz.Engine;
using NetViz.Training;
using NetViz.Visualisation;

namespace NetViz.Benchmarks;

/// <summary>PyTorch in a process of its own, which trains when told to and sleeps otherwise (pytorch_training.py).</summary>
internal sealed class PyTorchTraining : IDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    /// <summary>What it says of itself.</summary>
    public sealed record Start(long Parameters, double Loss, string Version, int Threads);

    /// <summary>Starts it with the network's parameters as they are.</summary>
    /// <param name="python">The interpreter.</param>
    /// <param name="description">network.json.</param>
    /// <param name="parameters">First parameters.</param>
    /// <param name="images">[N, C, H, W].</param>
    /// <param name="shape">N, C, H, W.</param>
    /// <param name="classes">[N].</param>
    public PyTorchTraining(string python, object description, IReadOnlyList<Parameter> parameters, float[] images,
        nint[] shape, int[] classes)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "pytorch_training.py");
        _folder = Directory.CreateTempSubdirectory("netviz-training-").FullName;
        File.WriteAllText(Path.Combine(_folder, "network.json"),
            JsonSerializer.Serialize(description, JsonSerializerOptions.Web));
        Save("images", images, shape);
        Save("classes", [.. classes.Select(own => (float)own)], [classes.Length]);
        foreach (Parameter p in parameters)
            Save(p.Name, p.Values, [.. p.Shape.Lengths.ToArray().Select(length => (nint)length)]);
        var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(script);
        start.ArgumentList.Add(_folder);
        try
        {
            _process = Process.Start(start)!;
            About = Answer<Start>();
        }
        catch (Exception e)
        {
            Dispose();
            if (e is not System.ComponentModel.Win32Exception) throw;
            throw new NetVizException($"{python} cannot be started: {e.Message}",
                "--python names an interpreter with PyTorch", e);
        }
    }

    /// <summary>Its parameter count and its first loss.</summary>
    public Start About { get; }

    /// <summary>Trains some steps.</summary>
    public TrainingStep[] Run(int steps)
    {
        _process.StandardInput.WriteLine(steps.ToString(CultureInfo.InvariantCulture));
        return Answer<TrainingStep[]>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is not null)
        {
            // The end of its input is its end.
            _process.StandardInput.Close();
            if (!_process.WaitForExit(10_000)) _process.Kill();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private T Answer<T>()
    {
        string line = _process.StandardOutput.ReadLine()
            ?? throw new NetVizException("PyTorch ended before it answered", "its own message stands above");
        return JsonSerializer.Deserialize<T>(line, JsonSerializerOptions.Web)!;
    }

    private void Save(string name, float[] values, nint[] shape) =>
        Npy.Write(Path.Combine(_folder, $"{name}.npy"), Tensor.Create(values, shape));
}
