using NetViz.Engine;

namespace NetViz.Training;

/// <summary>
/// Pictures of one size in memory, each with its class: what a network is trained on and judged by. Immutable; parts of it
/// share the pixels.
/// </summary>
public sealed class LabelledImages
{
    private readonly IReadOnlyList<byte[]> _pixels;
    private readonly IReadOnlyList<int> _classes;

    /// <summary>Wraps pictures without copying them.</summary>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="pixels">One array [height, width, 3] a picture: interleaved RGB, 0..255.</param>
    /// <param name="classes">One class a picture, from 0.</param>
    /// <param name="classNames">The names of the classes.</param>
    /// <exception cref="ArgumentException">A picture has another size, or a class has no name.</exception>
    public LabelledImages(int width, int height, IReadOnlyList<byte[]> pixels, IReadOnlyList<int> classes,
        IReadOnlyList<string> classNames)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentNullException.ThrowIfNull(classNames);
        if (pixels.Count != classes.Count)
            throw new ArgumentException($"{pixels.Count} pictures and {classes.Count} classes.", nameof(classes));
        long bytes = 3L * width * height;
        for (int i = 0; i < pixels.Count; i++)
        {
            if (pixels[i].LongLength != bytes)
                throw new ArgumentException($"Picture {i} has {pixels[i].LongLength} bytes, not {bytes}.", nameof(pixels));
            if (classes[i] < 0 || classes[i] >= classNames.Count)
                throw new ArgumentException($"Picture {i} is of class {classes[i]} of {classNames.Count}.", nameof(classes));
        }

        (Width, Height, ClassNames, _pixels, _classes) = (width, height, classNames, pixels, classes);
    }

    /// <summary>How many pictures.</summary>
    public int Count => _pixels.Count;

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The names of the classes; a picture's class counts from 0 in them.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The pixels of picture i, [Height, Width, 3], interleaved RGB, 0..255.</summary>
    public ReadOnlySpan<byte> Pixels(int i) => _pixels[i];

    /// <summary>The class of picture i.</summary>
    public int Class(int i) => _classes[i];

    /// <summary>
    /// The mean and the standard deviation of each channel over all pixels of all pictures, in units where 255 is 1: what
    /// <see cref="Augmentation"/> takes. Computed from sums of whole numbers, so that no order of adding matters.
    /// </summary>
    /// <returns>Three numbers each: red, green, blue.</returns>
    /// <exception cref="InvalidOperationException">There are no pictures.</exception>
    public (float[] Mean, float[] Deviation) ChannelMoments()
    {
        if (Count == 0) throw new InvalidOperationException("No pictures have no mean.");
        var sums = new long[3];
        var squares = new long[3];
        var gate = new Lock();
        Parallel.For(0, Count, i =>
        {
            Span<int> counts = stackalloc int[3 * 256];
            counts.Clear();
            ReadOnlySpan<byte> pixels = _pixels[i];
            for (int p = 0; p + 2 < pixels.Length; p += 3)
            {
                counts[pixels[p]]++;
                counts[256 + pixels[p + 1]]++;
                counts[512 + pixels[p + 2]]++;
            }

            lock (gate)
            {
                for (int k = 0; k < counts.Length; k++)
                {
                    sums[k >> 8] += (long)counts[k] * (k & 255);
                    squares[k >> 8] += (long)counts[k] * (k & 255) * (k & 255);
                }
            }
        });

        double samples = (double)Count * Width * Height;
        double[] mean = [.. sums.Select(sum => sum / samples)];
        return ([.. mean.Select(m => (float)(m / 255))],
            [.. squares.Zip(mean, (square, m) => (float)(Math.Sqrt(Math.Max(0, square / samples - m * m)) / 255))]);
    }

    /// <summary>
    /// Holds pictures out, the same share of each class as far as whole numbers go. Which ones depends on the seed and on the
    /// order of the pictures alone; both parts keep that order.
    /// </summary>
    /// <param name="heldOut">How many pictures to hold out.</param>
    /// <param name="seed">Another seed holds others out.</param>
    /// <returns>The pictures kept, and those held out.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer pictures.</exception>
    public (LabelledImages Kept, LabelledImages HeldOut) Split(int heldOut, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(heldOut);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(heldOut, Count);
        List<int>[] members = [.. ClassNames.Select(_ => new List<int>())];
        for (int i = 0; i < Count; i++) members[_classes[i]].Add(i);

        // Largest remainders: the whole part of each class's share first, then one more where the most was cut off.
        int[] shares = [.. members.Select(m => Count == 0 ? 0 : (int)((long)m.Count * heldOut / Count))];
        int missing = heldOut - shares.Sum();
        foreach (int c in Enumerable.Range(0, members.Length)
            .OrderByDescending(c => Count == 0 ? 0 : (long)members[c].Count * heldOut % Count).Take(missing))
            shares[c]++;

        var isHeldOut = new bool[Count];
        for (int c = 0; c < members.Length; c++)
        {
            var random = new CounterRandom(seed, (ulong)c);
            foreach (int i in members[c].Select((i, position) => (i, Key: random.Bits(position)))
                .OrderBy(member => member.Key).Take(shares[c]).Select(member => member.i))
                isHeldOut[i] = true;
        }

        return (Part(i => !isHeldOut[i]), Part(i => isHeldOut[i]));
    }

    private LabelledImages Part(Func<int, bool> chosen)
    {
        int[] kept = [.. Enumerable.Range(0, Count).Where(chosen)];
        return new LabelledImages(Width, Height, Array.ConvertAll(kept, i => _pixels[i]),
            Array.ConvertAll(kept, i => _classes[i]), ClassNames);
    }
}
