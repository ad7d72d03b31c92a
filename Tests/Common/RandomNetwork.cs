using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Kernels;

namespace NetViz.Tests.Common;

/// <summary>
/// Networks grown at random from a seed: a directed acyclic graph of every kind of layer, with tensors read several times,
/// once, twice by one layer, or never.
/// </summary>
internal sealed class RandomNetwork
{
    private readonly Random _random;
    private readonly NetworkBuilder _builder;
    private readonly List<(string Name, Shape Shape)> _tensors = [];

    private RandomNetwork(int seed)
    {
        _random = new Random(seed);
        Input = new Shape(1 + _random.Next(3), 1 + _random.Next(3), 5 + _random.Next(5), 5 + _random.Next(5));
        _builder = new NetworkBuilder($"random {seed}", new NetworkInput("x", [null, Input.C, Input.H, Input.W]));
        _tensors.Add(("x", Input));
    }

    public Shape Input { get; }

    /// <summary>Grows the network of a seed; the same each time.</summary>
    public static (Network Network, Shape Input) Grow(int seed)
    {
        var grown = new RandomNetwork(seed);
        for (int k = 0; k < 14; k++) grown.AddOne($"n{k}");
        return (grown.Finish(), grown.Input);
    }

    private void AddOne(string name)
    {
        (string from, Shape shape) = Recent();
        switch (_random.Next(14))
        {
            case 0 or 1: Add(Conv(name, shape), from); break;
            case 2: Add(new Relu(name), from); break;
            case 3: Add(new LeakyRelu(name, 0.25f), from); break;
            case 4: Add(new Clip(name, -0.5f, 0.75f), from); break;
            case 5: Add(new MaxPool(name, Window(shape)), from); break;
            case 6: Add(new AveragePool(name, Window(shape), countIncludePad: _random.Next(2) == 0), from); break;
            case 7: Add(new Lrn(name, new LrnParameters(1 + _random.Next(4), 0.5f, 0.75f, 1f)), from); break;
            case 8: Add(new Affine(name, "Mul", Weights(shape.C, 1), new Shape(shape.C, 1, 1), Weights(1, 1), new Shape(1)),
                from); break;
            case 9: Add(new Softmax(name, 1, throughLast: false), from); break;
            case 10: Add(new Identity(name, "Identity"), from); break;
            case 11:
                string other = Like(shape, anyChannels: false);
                Add(new Sum(name, "Add", subtract: _random.Next(3) == 0), from, other);
                break;
            case 12:
                string[] joined = [from, .. Enumerable.Range(0, 1 + _random.Next(2)).Select(_ => Like(shape, anyChannels: true))];
                if (joined.Sum(tensor => ShapeOf(tensor).C) <= 12) Add(new Concat(name, 1, joined.Length), joined);
                break;
            default: Add(new Pad(name, [0, 0, _random.Next(2), -_random.Next(2)], [0, 0, -_random.Next(2), 1], 0.5f),
                from); break;
        }
    }

    private Network Finish()
    {
        (string last, Shape shape) = _tensors[^1];
        _builder.Add(new AveragePool("average", null), [last], "average")
            .Then(Reshape.Flatten("flatten"))
            .Then(new FullyConnected("fc", "Gemm", Weights(shape.C * 4, shape.C), shape.C, 4, _random.Next(2) == 0,
                Weights(4, 1)));
        return _random.Next(2) == 0 ? _builder.Build() : _builder.Then(new Softmax("softmax", -1, throughLast: false)).Build();
    }

    private void Add(Layer layer, params string[] inputs)
    {
        Shape output = layer.OutputShape([.. inputs.Select(ShapeOf)]);
        _builder.Add(layer, inputs, layer.Name);
        _tensors.Add((layer.Name, output));
    }

    /// <summary>Mostly one of the last tensors, now and then any of them.</summary>
    private (string Name, Shape Shape) Recent() =>
        _tensors[_random.Next(3) == 0 ? _random.Next(_tensors.Count) : Math.Max(0, _tensors.Count - 1 - _random.Next(3))];

    /// <summary>A tensor of a shape, its channels perhaps left free; there is always the one whose shape it is.</summary>
    private string Like(Shape shape, bool anyChannels)
    {
        bool Fits(Shape other) => Enumerable.Range(0, 4).All(axis => other[axis] == shape[axis] || (axis == 1 && anyChannels));
        string[] names = [.. _tensors.Where(tensor => Fits(tensor.Shape)).Select(tensor => tensor.Name)];
        return names[_random.Next(names.Length)];
    }

    private Shape ShapeOf(string name) => _tensors.First(tensor => tensor.Name == name).Shape;

    private Conv Conv(string name, Shape shape)
    {
        int groups = shape.C % 2 == 0 && _random.Next(2) == 0 ? 2 : 1, o = groups * (1 + _random.Next(3));
        Window window = Window(shape) with { DilationH = 1 };
        int terms = shape.C / groups * window.Area;
        return new Conv(name, Weights(o * terms, terms), new Shape(o, shape.C / groups, window.KH, window.KW),
            _random.Next(2) == 0 ? Weights(o, 1) : default, window, groups);
    }

    /// <summary>A window that keeps a plane's size, or halves it while it is large.</summary>
    private Window Window(Shape shape)
    {
        int stride = Math.Min(shape.H, shape.W) > 4 && _random.Next(3) == 0 ? 2 : 1;
        return new Window(1 + _random.Next(3), 1 + _random.Next(3)) { StrideH = stride, StrideW = stride,
            AutoPad = _random.Next(2) == 0 ? AutoPad.SameUpper : AutoPad.SameLower };
    }

    /// <summary>Uniform in +-sqrt(3 / terms), so that sums of that many terms keep their size.</summary>
    private float[] Weights(int count, int terms) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)((2 * _random.NextDouble() - 1) * Math.Sqrt(3.0 / terms)))];
}
