using System.IO.Compression;
using NetViz.Engine;
using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Engine;

/// <summary>A record leaves one back-end and comes back to it, or goes to another; what is damaged is refused.</summary>
public class PortableRecordTests
{
    private static readonly Network Network = SmallNetworks.EveryLayer();

    private static readonly PortableRecord Exported = Export(Device.Reference);

    private static readonly byte[] File = Save(Exported);

    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void Back_on_its_back_end_it_gives_the_same_bytes(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(2), SmallNetworks.Pixels(2, "a"));
        using ForwardRecord again = Network.On(device).Import(PortableRecord.Load(new MemoryStream(Save(record.Export()))));
        Numbers.RequireSame(again.ScoresInDouble.Values(), record.ScoresInDouble.Values(), "scores");
        Assert.That((again.InputSha256, again.InputShape), Is.EqualTo((record.InputSha256, record.InputShape)));
        foreach (BackwardRule rule in BackwardRule.All)
        {
            foreach (Seed seed in new[] { Seed.Class(1), Seed.Posterior(0), Seed.Layer("clip") })
                Numbers.RequireSame(again.BackwardInDouble(seed, rule).Values(), record.BackwardInDouble(seed, rule).Values(),
                    rule.Name);
        }
    }

    /// <summary>The reference's bits, switches and numbers go to another back-end, which then agrees with it.</summary>
    [TestCaseSource(typeof(Devices), nameof(Devices.All))]
    public void On_another_back_end_it_keeps_its_bits(Device device)
    {
        using PreparedNetwork reference = Network.On(Device.Reference), other = Network.On(device);
        using ForwardRecord expected = reference.Import(Exported), found = other.Import(Exported);
        foreach (var (a, b) in found.Export().Layers.Zip(Exported.Layers))
        {
            Assert.That(a.Layer, Is.EqualTo(b.Layer));
            Assert.That(a.Bits, Is.EqualTo(b.Bits));
            Assert.That(a.Switches, Is.EqualTo(b.Switches));
            Numbers.RequireSame(a.Input, b.Input, "kept input");
            Numbers.RequireSame(a.Output, b.Output, "kept output");
        }

        foreach (BackwardRule rule in BackwardRule.All)
        {
            double[] signal = expected.BackwardInDouble(Seed.Class(2), rule).Values();
            Assert.That(Numbers.RelativeError(found.BackwardInDouble(Seed.Class(2), rule).Values(), signal), Is.LessThan(1e-6),
                rule.Name);
        }
    }

    [Test]
    public void A_file_holds_all_of_it()
    {
        PortableRecord loaded = PortableRecord.Load(new MemoryStream(File));
        RequireSame(loaded);
        Assert.That(loaded.ModelSha256, Is.EqualTo(SmallNetworks.Sha256));
        Assert.That(loaded.InputSha256, Has.Length.EqualTo(64));
        Assert.That(loaded.InputShape, Is.EqualTo(SmallNetworks.Images(2)));
        Assert.That(loaded.Layers.Select(layer => layer.Layer),
            Is.EqualTo(new[] { "relu1", "norm", "pool", "leaky", "clip", "attention", "softmax" }));
    }

    [Test]
    public void Another_model_refuses_it()
    {
        using PreparedNetwork other = SmallNetworks.EveryLayer(new string('f', 64)).On(Device.Cpu(1));
        NetVizException refusal = Assert.Throws<NetVizException>(() => other.Import(Exported))!;
        Assert.That(refusal.Message, Does.Contain(SmallNetworks.Sha256).And.Contain(new string('f', 64)));
    }

    private static IEnumerable<TestCaseData> Tampered =>
    [
        Case("scores of another size", r => r with { Scores = [1, 2] }),
        Case("another input shape", r => r with { InputShape = SmallNetworks.Images(1) }),
        Case("an input shape that does not fit", r => r with { InputShape = new Shape(2, 3, 9, 8) }),
        Case("a layer missing", r => r with { Layers = [.. r.Layers.Skip(1)] }),
        Case("a layer twice", r => r with { Layers = [.. r.Layers, r.Layers[0]] }),
        Case("bits of another size", r => With(r, "relu1", layer => layer with { Bits = layer.Bits[..^1] })),
        Case("no bits", r => With(r, "relu1", layer => layer with { Bits = [] })),
        Case("numbers of another size", r => With(r, "norm", layer => layer with { Input = [.. layer.Input, 1] })),
        Case("no numbers", r => With(r, "attention", layer => layer with { Output = [] })),
        Case("switches of another size", r => With(r, "pool", layer => layer with { Switches = layer.Switches[1..] })),
        Case("a switch past the window", r => With(r, "pool", layer => layer with { Switches = [.. layer.Switches[..^1], 9] })),
        Case("a switch below none", r => With(r, "pool", layer => layer with { Switches = [-2, .. layer.Switches[1..]] })),
        Case("a switch in the padding above the plane",
            r => With(r, "pool", layer => layer with { Switches = [0, .. layer.Switches[1..]] })),
        Case("a switch below the plane", r => With(r, "pool", layer => layer with { Switches = [.. layer.Switches[..^1], 8] })),
    ];

    /// <summary>Above all, no switch may point outside its plane: a back-end would write there.</summary>
    [TestCaseSource(nameof(Tampered))]
    public void What_does_not_fit_the_network_is_refused(PortableRecord damaged)
    {
        using PreparedNetwork prepared = Network.On(Device.Reference);
        Assert.That(() => prepared.Import(damaged), Throws.TypeOf<NetVizException>());
    }

    [Test]
    public void A_truncated_file_is_refused()
    {
        for (int length = 0; length < File.Length; length += 1 + File.Length / 200)
            Assert.That(() => PortableRecord.Load(new MemoryStream(File[..length])), Throws.TypeOf<NetVizException>(),
                $"{length} of {File.Length} bytes");
    }

    /// <summary>Whichever byte flips: the file is refused, or, if it is a time stamp's, the record is the same.</summary>
    [Test]
    public void A_file_with_a_flipped_byte_is_refused()
    {
        int refused = 0;
        for (int at = 0; at < File.Length; at++)
        {
            byte[] damaged = [.. File];
            damaged[at] ^= 0x55;
            try
            {
                RequireSame(PortableRecord.Load(new MemoryStream(damaged)));
            }
            catch (NetVizException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(File.Length / 2));
    }

    [Test]
    public void Other_files_are_refused()
    {
        Assert.That(() => PortableRecord.Load(new MemoryStream("no zip at all"u8.ToArray())), Throws.TypeOf<NetVizException>());
        Assert.That(() => PortableRecord.Load(new MemoryStream(Zip(("other.txt", "a")))),
            Throws.TypeOf<NetVizException>().With.Message.Contains("record.json"));
        Assert.That(() => PortableRecord.Load(new MemoryStream(Zip(("record.json", "{}")))), Throws.TypeOf<NetVizException>());
        Assert.That(() => PortableRecord.Load(new MemoryStream(Zip(("record.json", "null")))), Throws.TypeOf<NetVizException>());
        Assert.That(() => PortableRecord.Load(new MemoryStream(Zip(("record.json", "[1, 2")))), Throws.TypeOf<NetVizException>());
        Assert.That(() => PortableRecord.Load(new MemoryStream(Zip(("record.json", """{"Format":"netviz-record-1"}""")))),
            Throws.TypeOf<NetVizException>());
    }

    private static PortableRecord Export(Device device)
    {
        using PreparedNetwork prepared = Network.On(device);
        using ForwardRecord record = prepared.Forward(SmallNetworks.Images(2), SmallNetworks.Pixels(2, "a"));
        return record.Export();
    }

    private static byte[] Save(PortableRecord record)
    {
        var stream = new MemoryStream();
        record.Save(stream);
        return stream.ToArray();
    }

    private static void RequireSame(PortableRecord loaded)
    {
        Assert.That((loaded.ModelSha256, loaded.InputSha256, loaded.InputShape),
            Is.EqualTo((Exported.ModelSha256, Exported.InputSha256, Exported.InputShape)));
        Numbers.RequireSame(loaded.Scores, Exported.Scores, "scores");
        Assert.That(loaded.Layers, Has.Count.EqualTo(Exported.Layers.Count));
        foreach (var (found, expected) in loaded.Layers.Zip(Exported.Layers))
        {
            Assert.That(found.Layer, Is.EqualTo(expected.Layer));
            Assert.That(found.Bits, Is.EqualTo(expected.Bits));
            Assert.That(found.Switches.AsSpan().SequenceEqual(expected.Switches));
            Numbers.RequireSame(found.Input, expected.Input, "kept input");
            Numbers.RequireSame(found.Output, expected.Output, "kept output");
        }
    }

    private static TestCaseData Case(string name, Func<PortableRecord, PortableRecord> tamper) =>
        new TestCaseData(tamper(Exported)).SetArgDisplayNames(name);

    private static PortableRecord With(PortableRecord record, string name, Func<PortableLayer, PortableLayer> tamper) =>
        record with { Layers = [.. record.Layers.Select(layer => layer.Layer == name ? tamper(layer) : layer)] };

    private static byte[] Zip(params (string Name, string Text)[] entries)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                using var writer = new StreamWriter(zip.CreateEntry(name).Open());
                writer.Write(text);
            }
        }

        return stream.ToArray();
    }
}
