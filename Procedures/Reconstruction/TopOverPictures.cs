using System.Numerics.Tensors;
using NetViz.Analysis;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NetViz.Visualisation.Maps;
using NetViz.Visualisation.Reconstruction;

namespace NetViz.Procedures;

/// <summary>A unit among the strongest of its feature map.</summary>
/// <param name="Layer">The number of the layer among those that are looked at.</param>
/// <param name="Picture">The number of the picture.</param>
/// <param name="Channel">The feature map.</param>
/// <param name="Row">The unit's row.</param>
/// <param name="Column">Its column.</param>
/// <param name="Value">The activation.</param>
internal sealed record TopUnit(int Layer, int Picture, int Channel, int Row, int Column, float Value);

/// <summary>
/// The strongest activations over many pictures: a first pass that keeps nothing but the best units, and a second one that reads
/// the pictures of those alone and sends them down.
/// </summary>
internal sealed class TopOverPictures(Explainer model, PictureSource source, IReadOnlyList<InnerLayer> layers, int top)
{
    private readonly List<string> _names = [];

    /// <summary>The pictures' names, by number.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>For each layer its best units.</summary>
    public TopActivations[] Best { get; } = [.. layers.Select(layer => new TopActivations(layer.Channels, top))];

    /// <summary>Takes up what an earlier run, or a part of the run, found.</summary>
    /// <param name="names">The names of its pictures, which follow those before.</param>
    /// <param name="units">The units, their pictures numbered among those names, in ascending order.</param>
    public void Restore(IReadOnlyList<string> names, IEnumerable<TopUnit> units)
    {
        int first = _names.Count;
        _names.AddRange(names);
        foreach (TopUnit unit in units)
            Best[unit.Layer].Add(new ActiveUnit(first + unit.Picture, unit.Channel, unit.Row, unit.Column, unit.Value));
    }

    /// <summary>The best units of the pictures from one on, numbered from it, in ascending order of the pictures.</summary>
    public TopUnit[] UnitsFrom(int first) =>
    [
        .. Best.SelectMany((best, l) => Enumerable.Range(0, best.Channels).SelectMany(best.Of)
                .Where(unit => unit.Picture >= first)
                .Select(unit => new TopUnit(l, unit.Picture - first, unit.C, unit.Y, unit.X, unit.Value)))
            .OrderBy(unit => unit.Picture),
    ];

    /// <summary>The first pass.</summary>
    /// <param name="progress">Receives how many pictures are done.</param>
    /// <param name="wanted">The pictures that are looked at; null for all.</param>
    /// <param name="looked">Called for each batch with the number of its first picture; null if not needed.</param>
    public bool Find(Action<double> progress, IReadOnlySet<string>? wanted = null, Action<int>? looked = null)
    {
        Shape one = new([.. model.Preprocessing.InputShape]);
        int batch = Batches.SizeFor(model.Network, one);
        var inputs = new List<float[]>();
        foreach ((string name, Photo photo) in source.Read(wanted))
        {
            try
            {
                inputs.Add(model.Preprocessing.Apply(photo).Input);
            }
            catch (NetVizException problem) when (source.Broken.Add is { } leaveOut)
            {
                leaveOut(name, problem);
                continue;
            }

            _names.Add(name);
            if (inputs.Count == batch) Look();
            progress(_names.Count);
        }

        if (inputs.Count > 0) Look();
        return true;

        void Look()
        {
            int first = _names.Count - inputs.Count;
            Batches.Run(model.Prepared, one, inputs.Count, (job, image) => inputs[job].CopyTo(image), (record, from) =>
            {
                for (int l = 0; l < layers.Count; l++)
                {
                    Tensor<float> maps = record.Activation(layers[l].Name).ToPlanes(layers[l].Layout);
                    var values = new float[maps.FlattenedLength];
                    maps.FlattenTo(values);
                    int length = values.Length / record.InputShape.N;
                    for (int n = 0; n < record.InputShape.N; n++)
                        Best[l].Add(first + from + n, values.AsSpan(n * length, length), layers[l].Width);
                }
            }, [.. layers.Select(layer => layer.Name)]);
            inputs.Clear();
            looked?.Invoke(first);
        }
    }

    /// <summary>The second pass.</summary>
    /// <param name="channels">For each layer the feature maps that are wanted.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="progress">Receives how many units are done.</param>
    /// <returns>For each layer and wanted map its units, the strongest first; maps that nothing excites are left out.</returns>
    public IReadOnlyList<IReadOnlyList<ReconstructedUnit>>[] Reconstruct(IReadOnlyList<int[]> channels,
        IReadOnlyList<BackwardRule> rules, Action<double> progress)
    {
        (int Layer, ActiveUnit Unit)[] wanted = [.. layers.SelectMany((_, l) => channels[l].SelectMany(c =>
            Best[l].Of(c).Select(unit => (l, unit))))];
        ILookup<string, (int Layer, ActiveUnit Unit)> byPicture = wanted.ToLookup(w => _names[w.Unit.Picture]);
        var done = new Dictionary<(int Layer, ActiveUnit Unit), ReconstructedUnit>();
        if (byPicture.Count == 0) return [.. layers.Select(_ => (IReadOnlyList<IReadOnlyList<ReconstructedUnit>>)[])];
        foreach ((string name, Photo photo) in source.Read(byPicture.Select(group => group.Key).ToHashSet()))
        {
            (float[] input, InputPlacement placement) = model.Preprocessing.Apply(photo);
            Shape shape = new([.. model.Preprocessing.InputShape]);
            using ForwardRecord record = model.Prepared.Forward(
                Tensor.Create(input, [.. shape.Lengths.ToArray().Select(length => (nint)length)]));
            foreach ((int l, ActiveUnit unit) in byPicture[name])
            {
                ReceptiveField field = ReceptiveField.Of(model.Network, shape, layers[l].Name, unit.C, unit.Y, unit.X);
                if (field.Count > 0)
                    done[(l, unit)] = ReconstructedUnit.Of(record, layers[l].Name, unit, name, field, photo, placement, rules);
                progress(done.Count);
            }
        }

        return [.. layers.Select((_, l) => (IReadOnlyList<IReadOnlyList<ReconstructedUnit>>)[.. channels[l]
            .Select(c => (IReadOnlyList<ReconstructedUnit>)[.. Best[l].Of(c).Where(unit => done.ContainsKey((l, unit)))
                .Select(unit => done[(l, unit)])])
            .Where(units => units.Count > 0)])];
    }
}
