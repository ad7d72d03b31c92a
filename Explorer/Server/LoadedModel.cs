using NetViz.Engine;
using NetViz.Explorer.Passes;
using NetViz.Procedures;

namespace NetViz.Explorer.Server;

/// <summary>A network with prepared weights, and the gate before it.</summary>
internal sealed class LoadedModel(Explainer explainer, ExplorerOptions options) : IDisposable
{
    // Enough of the SHA-256 that no two models of a shelf share it.
    private const int IdLength = 12;

    /// <summary>Gets the beginning of the file's SHA-256.</summary>
    public string Id { get; } = explainer.Model.Sha256[..IdLength];

    /// <summary>Gets the file's name, without where it lies.</summary>
    public string Name { get; init; } = Path.GetFileName(explainer.Model.Path);

    public Explainer Explainer => explainer;

    public PassGate Gate { get; } = new(options.Passes, options.MaxWaiting);

    /// <summary>Gets the copy of an uploaded file, which goes with the model; null for none.</summary>
    public string? TemporaryFile { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        explainer.Dispose();
        Gate.Dispose();
        if (TemporaryFile is not null) File.Delete(TemporaryFile);
    }
}

/// <summary>The networks that can be looked at. The first is the program's own and stays.</summary>
/// <param name="first">The network that the command line named.</param>
internal sealed class ModelShelf(LoadedModel first) : IDisposable
{
    private const int MaxModels = 3;

    private readonly Lock _lock = new();
    private readonly List<LoadedModel> _models = [first];
    private readonly List<LoadedModel> _dropped = [];

    public LoadedModel First => first;

    public IReadOnlyList<LoadedModel> All
    {
        get
        {
            lock (_lock) return [.. _models];
        }
    }

    /// <summary>Finds a model by its id; the first for null.</summary>
    /// <exception cref="NetVizException">It is not here.</exception>
    public LoadedModel Find(string? id)
    {
        if (id is null) return first;
        lock (_lock)
        {
            return _models.Find(model => model.Id == id) ?? throw new NetVizException(
                $"the model {id} is not loaded here; {first.Name} ({first.Id}) is", "drop its ONNX file on the page, or name it with `Model`");
        }
    }

    /// <summary>Takes a model up; the oldest after the first goes when there are too many.</summary>
    /// <returns>The model, or the one of the same file that was here already.</returns>
    public LoadedModel Add(LoadedModel model)
    {
        lock (_lock)
        {
            if (_models.Find(other => other.Id == model.Id) is { } there)
            {
                model.Dispose();
                return there;
            }

            _models.Add(model);
            if (_models.Count > MaxModels)
            {
                // A pass may still run: its memory is freed at the end.
                _dropped.Add(_models[1]);
                _models.RemoveAt(1);
            }

            return model;
        }
    }

    /// <summary>Takes the models that were dropped and can be freed.</summary>
    public IReadOnlyList<LoadedModel> TakeIdle()
    {
        lock (_lock)
        {
            LoadedModel[] idle = [.. _dropped.Where(model => model.Gate.State is { Running: 0, Waiting: 0 })];
            foreach (LoadedModel model in idle) _dropped.Remove(model);
            return idle;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (LoadedModel model in _models.Concat(_dropped)) model.Dispose();
    }
}
