using NetViz.Engine;
using NetViz.Weights;
using NetViz.Weights.Generation;

namespace NetViz.Fuzz;

/// <summary>The valid models that mutation starts from.</summary>
internal static class SeedModels
{
    /// <summary>Small models: the repository's fixtures, generated networks, and ONNX's operator tests where they are.</summary>
    /// <param name="repository">The repository's root.</param>
    /// <param name="data">The shared data, or null.</param>
    /// <param name="scratch">A folder to write into.</param>
    public static List<(string Name, Message Model)> Load(string repository, string? data, string scratch)
    {
        var seeds = new List<(string, Message)>();
        foreach (string path in Directory
            .EnumerateFiles(Path.Combine(repository, "Tests", "Fixtures"), "*.onnx").Order(StringComparer.Ordinal))
            Add(path);
        foreach ((int depth, int channels) in new[] { (11, 2), (16, 1), (19, 1) })
        {
            string path = Path.Combine(scratch, $"vgg{depth}.onnx");
            VggGenerator.Write(path,
                new VggOptions { Depth = depth, InputSize = 32, Channels = channels, Hidden = 8, Classes = 3 });
            Add(path);
            Add(path);
        }

        foreach (string path in ResamplingSeeds.Write(scratch))
        {
            Add(path);
            Add(path);
        }

        foreach ((string name, Message model) in SeedGraphs.All()) seeds.AddRange(Enumerable.Repeat((name, model), 4));
        string zoo = Path.Combine(repository, "Tests", "Fixtures", "Zoo");
        foreach (string path in Directory.EnumerateFiles(zoo, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (new FileInfo(path).Length < 100_000) Add(path);
        }

        if (data is null) return seeds;
        foreach (string name in new[] { "tinyvgg-10", "mnist-8" }) Add(Path.Combine(data, "models", name + ".onnx"));
        // Smaller ones of the light graphs: their weights come from ConstantOfShape.
        foreach (string name in new[] { "light_squeezenet", "light_zfnet512" })
            Add(Path.Combine(data, "onnx-backend", "light", name + ".onnx"));
        foreach (string folder in Directory.EnumerateDirectories(Path.Combine(data, "onnx-backend", "node"))
            .Order(StringComparer.Ordinal))
        {
            if (Message.Parse("Model", File.ReadAllBytes(Path.Combine(folder, "model.onnx"))) is not { } model) continue;
            // Half of these are refused from the start; those that load count three times, so that mutation goes deep.
            (string Name, Message Model) seed = (Path.GetFileName(folder), WithConstants(model, folder));
            seeds.AddRange(Enumerable.Repeat(seed, Loads(seed.Model, scratch) ? 3 : 1));
        }

        return seeds;

        void Add(string path)
        {
            if (Message.Parse("Model", File.ReadAllBytes(path)) is { } model) seeds.Add((Path.GetFileName(path), model));
        }
    }

    private static bool Loads(Message model, string scratch)
    {
        string path = Path.Combine(scratch, "seed.onnx");
        File.WriteAllBytes(path, model.ToBytes());
        try
        {
            OnnxModel.Load(path).Dispose();
            return true;
        }
        catch (NetVizException)
        {
            return false;
        }
    }

    // An operator test gives all inputs from outside; all but the first become initializers here, with the test's values.
    private static Message WithConstants(Message model, string folder)
    {
        if (model.All(7).FirstOrDefault()?.Child is not { } graph) return model;
        Field[] inputs = [.. graph.All(11)];
        for (int i = 1; i < inputs.Length; i++)
        {
            string values = Path.Combine(folder, "test_data_set_0", $"input_{i}.pb");
            if (!File.Exists(values) || Message.Parse("Tensor", File.ReadAllBytes(values)) is not { } tensor) continue;
            tensor.Fields.RemoveAll(field => field.Number == 8);
            tensor.Add(8, inputs[i].Child!.TextOf(1));
            graph.Add(5, tensor);
        }

        return model;
    }
}
