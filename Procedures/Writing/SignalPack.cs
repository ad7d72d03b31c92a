using System.IO.Compression;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using NetViz.Engine;
using NetViz.Engine.Files;
using NetViz.Visualisation;

namespace NetViz.Procedures;

/// <summary>
/// The raw signals of many pictures in one file: maps.npz with an array for each, or maps.npy of [pictures, maps, C, H, W] where all
/// have one shape. NumPy reads both.
/// </summary>
internal abstract class SignalPack : IDisposable
{
    /// <summary>What kind of result a pack is.</summary>
    /// <exception cref="NetVizException">The name ends in neither .npz nor .npy.</exception>
    public static ResultKind KindOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".npz" => ResultKind.Arrays,
        ".npy" => ResultKind.Array,
        _ => throw new NetVizException($"`Pack` '{path}' ends in neither .npz nor .npy", "name it maps.npz or maps.npy"),
    };

    /// <summary>Starts one.</summary>
    public static SignalPack On(FileStream stream, string path) => KindOf(path) == ResultKind.Arrays ? new Archive(stream) : new Stack(stream);

    /// <summary>Adds the signals of a picture's maps.</summary>
    /// <param name="names">What each is called.</param>
    /// <param name="signals">The signals.</param>
    public abstract void Add(IReadOnlyList<string> names, IReadOnlyList<Tensor<float>> signals);

    /// <summary>Writes the end.</summary>
    public abstract void Dispose();

    private sealed class Archive : SignalPack
    {
        private readonly ZipArchive _zip;
        private readonly HashSet<string> _names = new(StringComparer.Ordinal);

        public Archive(FileStream stream)
        {
            _zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            // The mark of netviz's own, and a whole number that NumPy reads: how many axes a signal has.
            Write("netviz", Tensor.Create<float>([4], [1]));
        }

        public override void Add(IReadOnlyList<string> names, IReadOnlyList<Tensor<float>> signals)
        {
            for (int i = 0; i < names.Count; i++) Write(names[i], signals[i]);
        }

        public override void Dispose() => _zip.Dispose();

        private void Write(string name, Tensor<float> array)
        {
            if (!_names.Add(name)) throw new NetVizException($"two signals are called '{name}'", "give the pictures other names");
            ZipArchiveEntry entry = _zip.CreateEntry($"{name}.npy", CompressionLevel.NoCompression);
            // Otherwise the time of the run.
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using Stream stream = entry.Open();
            stream.Write(Npy.ToBytes(array));
        }
    }

    private sealed class Stack(FileStream stream) : SignalPack
    {
        private nint[]? _shape;
        private int _maps;
        private long _pictures;

        public override void Add(IReadOnlyList<string> names, IReadOnlyList<Tensor<float>> signals)
        {
            foreach (Tensor<float> signal in signals)
            {
                nint[] shape = signal.Lengths[1..].ToArray();
                _maps = _shape is null ? signals.Count : _maps;
                _shape ??= shape;
                if (signal.Lengths[0] != 1 || signals.Count != _maps || !shape.AsSpan().SequenceEqual(_shape))
                {
                    throw new NetVizException($"a signal of shape [{string.Join(", ", signal.Lengths.ToArray())}] does not fit into one "
                        + $"array with those of [1, {string.Join(", ", _shape)}]", "name a maps.npz with `Pack`");
                }
            }

            // The head, whose length does not depend on how many pictures there are, is written again at the end.
            if (_pictures == 0) stream.Write(Head());
            foreach (Tensor<float> signal in signals)
            {
                var values = new float[signal.FlattenedLength];
                signal.FlattenTo(values);
                if (!BitConverter.IsLittleEndian) throw new NotSupportedException("packs are written on little-endian machines");
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            }

            _pictures++;
        }

        public override void Dispose()
        {
            if (_pictures == 0) return;
            stream.Position = 0;
            stream.Write(Head());
            stream.Position = stream.Length;
        }

        private byte[] Head() => Npy.FloatHead([_pictures, _maps, .. _shape!.Select(length => (long)length)]);
    }
}
