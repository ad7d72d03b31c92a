using System.Numerics.Tensors;
using NetViz.Engine;

namespace NetViz.Training;

/// <summary>
/// The batches of a training: each epoch goes through the pictures in another order, each picture varied anew. Batch b of
/// epoch e follows from the seed, e and b alone. While a batch is learned from, the next one is made.
/// </summary>
internal sealed class BatchSource
{
    // Streams of the seed's random numbers far from those of weights and dropout, which count from 0.
    private const ulong OrderStream = 1UL << 60, PictureStream = 1UL << 61, MixStream = 1UL << 62;

    private readonly TrainingConfig _config;
    private readonly LabelledImages _pictures;
    private readonly Augmentation _augmentation;
    private readonly int _count, _classes;
    private readonly (float[] Images, float[] Targets)[] _buffers;
    private Task? _next;
    private int _taken;

    /// <summary>A source that starts at the first batch of the first epoch.</summary>
    /// <param name="config">The configuration, with its number of classes.</param>
    /// <param name="pictures">The pictures.</param>
    /// <param name="augmentation">How they vary.</param>
    /// <param name="batch">Pictures of a batch, at most as many as there are.</param>
    public BatchSource(TrainingConfig config, LabelledImages pictures, Augmentation augmentation, int batch)
    {
        (_config, _pictures, _augmentation, Batch) = (config, pictures, augmentation, batch);
        _count = 3 * config.Architecture.InputSize * config.Architecture.InputSize;
        _classes = config.Architecture.Classes;
        _buffers = [Buffers(), Buffers()];

        (float[], float[]) Buffers() => (new float[batch * _count], new float[batch * _classes]);
    }

    /// <summary>Pictures of a batch.</summary>
    public int Batch { get; }

    /// <summary>Batches of an epoch: whole ones only; the pictures that are left over have their turn in other epochs.</summary>
    public int Steps => _pictures.Count / Batch;

    /// <summary>Batches of an epoch, in order. A batch is valid until the next one is asked for.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    public IEnumerable<(float[] Images, float[] Targets)> Epoch(int epoch)
    {
        int[] order = Order(epoch);
        Start(0);
        for (int step = 0; step < Steps; step++)
        {
            _next!.GetAwaiter().GetResult();
            (float[] Images, float[] Targets) ready = _buffers[_taken];
            _taken = 1 - _taken;
            if (step + 1 < Steps) Start(step + 1);
            yield return ready;
        }

        void Start(int step)
        {
            (float[] images, float[] targets) = _buffers[_taken];
            _next = Task.Run(() => Fill(epoch, step, order, images, targets));
        }
    }

    // Fisher and Yates's shuffle; the high half of a product with 64 random bits is uniform but for 1 in 2^32.
    private int[] Order(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, _pictures.Count)];
        var random = new CounterRandom(_config.Seed, OrderStream + (ulong)epoch);
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = (int)Math.BigMul(random.Bits(i), (ulong)i + 1, out _);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private void Fill(int epoch, int step, int[] order, float[] images, float[] targets)
    {
        for (int i = 0; i < Batch; i++)
        {
            int picture = order[step * Batch + i];
            var random = new CounterRandom(_config.Seed, PictureStream + (ulong)((long)epoch * _pictures.Count + picture));
            _augmentation.Apply(_pictures.Pixels(picture), _pictures.Width, _pictures.Height, random,
                images.AsSpan(i * _count, _count));
            SoftmaxCrossEntropy.Target(_pictures.Class(picture), _config.LabelSmoothing, targets.AsSpan(i * _classes, _classes));
        }

        if (_config.Mixup == 0) return;
        long number = (long)epoch * Steps + step;
        for (int i = 0; i < Batch / 2; i++)
        {
            var random = new CounterRandom(_config.Seed, MixStream + (ulong)(number * Batch + i));
            float part = (float)Beta(random, _config.Mixup);
            Mix(images.AsSpan(i * _count, _count), images.AsSpan((Batch - 1 - i) * _count, _count), part);
            Mix(targets.AsSpan(i * _classes, _classes), targets.AsSpan((Batch - 1 - i) * _classes, _classes), part);
        }
    }

    // a, b <- (1 - p) a + p b, (1 - p) b + p a.
    private static void Mix(Span<float> a, Span<float> b, float part)
    {
        var mixed = new float[a.Length];
        TensorPrimitives.Lerp(a, b, part, mixed);
        TensorPrimitives.Lerp(b, a, part, b);
        mixed.CopyTo(a);
    }

    // A number of Beta(a, a) by Joehnk's rejection (1964): U^(1/a) / (U^(1/a) + V^(1/a)) where that sum is at most 1.
    private static double Beta(CounterRandom random, double a)
    {
        for (long i = 0; ; i += 2)
        {
            double u = Math.Pow(CropWindow.Uniform(random, i), 1 / a), v = Math.Pow(CropWindow.Uniform(random, i + 1), 1 / a);
            if (u + v is > 0 and <= 1) return u / (u + v);
        }
    }
}
