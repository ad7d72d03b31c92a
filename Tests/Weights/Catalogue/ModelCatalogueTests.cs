using System.Globalization;
using NetViz.Engine;
using NetViz.Weights.Catalogue;
using NUnit.Framework;

namespace NetViz.Tests.Weights.Catalogue;

public class ModelCatalogueTests
{
    private const string Digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [TestCase("vgg16", "vgg16-12", "torchvision", 1000)]
    [TestCase("vgg16-bn", "vgg16-bn-7", "torchvision", 1000)]
    [TestCase("vgg19", "vgg19-7", "torchvision", 1000)]
    [TestCase("vgg19-bn", "vgg19-bn-7", "torchvision", 1000)]
    [TestCase("vgg19-caffe2", "vgg19-caffe2-9", "caffe-vgg", 1000)]
    [TestCase("alexnet", "bvlcalexnet-12", "caffe", 1000)]
    [TestCase("caffenet", "caffenet-12", "caffe", 1000)]
    [TestCase("zfnet512", "zfnet512-12", "caffe", 1000)]
    [TestCase("squeezenet1.0", "squeezenet1.0-12", "caffe", 1000)]
    [TestCase("squeezenet1.1", "squeezenet1.1-7", "torchvision", 1000)]
    [TestCase("ferplus", "emotion-ferplus-8", "byte", 8)]
    [TestCase("mnist", "mnist-12", "unit", 10)]
    [TestCase("vgg16-7", "vgg16-7", "torchvision", 1000)]
    [TestCase("VGG19-BN-7", "vgg19-bn-7", "torchvision", 1000)]
    public void Names_mean_files_with_preprocessing_and_labels(string name, string file, string preprocessing, int classes)
    {
        CatalogueModel model = ModelCatalogue.BuiltIn.Require(name);
        Assert.That((model.Name, model.Preprocessing!.Name, model.Labels!.Count), Is.EqualTo((file, preprocessing, classes)));
    }

    [Test]
    public void The_short_names_are_these()
    {
        Assert.That(ModelCatalogue.BuiltIn.Defaults.Select(model => model.Family), Is.EqualTo((string[])
            ["alexnet", "caffenet", "ferplus", "mnist", "squeezenet1.0", "squeezenet1.1", "vgg16", "vgg16-bn", "vgg19",
                "vgg19-bn", "vgg19-caffe2", "zfnet512"]));
        var error = Assert.Throws<NetVizException>(() => ModelCatalogue.BuiltIn.Require("vgg17"));
        Assert.That(error!.Message, Does.Contain("vgg17").And.Contain("vgg16, vgg16-bn"));
    }

    [Test]
    public void The_table_is_the_zoos()
    {
        string[][] rows = [.. File.ReadLines(SharedData.PathOf("onnx-model-zoo.tsv")).Skip(1).Select(line => line.Split('\t'))];
        Assert.That(rows, Has.Length.EqualTo(ModelCatalogue.BuiltIn.Models.Length).And.Length.GreaterThan(40));
        foreach (string[] row in rows)
        {
            CatalogueModel model = ModelCatalogue.BuiltIn.Models.Single(model => model.Path == row[0]);
            Assert.That((model.FileName, model.Opset, model.Sha256, model.Bytes, model.From),
                Is.EqualTo((Path.GetFileName(row[0]), (int?)int.Parse(row[1], CultureInfo.InvariantCulture), row[2],
                long.Parse(row[3], CultureInfo.InvariantCulture),
                "https://huggingface.co/onnxmodelzoo/legacy_models/resolve/main")));
        }
    }

    [Test]
    public void A_file_is_identified_by_its_hash_whatever_its_name()
    {
        using var folder = new TemporaryFolder();
        // The shared file is called mnist-8; by its hash, and by the opset in it, it is the zoo's mnist-7.
        string other = folder.Write("vgg16-12.onnx", File.ReadAllBytes(SharedData.PathOf("models", "mnist-8.onnx")));
        Assert.That(ModelCatalogue.BuiltIn.Identify(other).Model?.Name, Is.EqualTo("mnist-7"));
        Assert.That(ModelCatalogue.BuiltIn.Identify(folder.Write("vgg16-7.onnx", "no model")).Model, Is.Null);
        Assert.Throws<NetVizException>(() => ModelCatalogue.BuiltIn.Identify(folder.Path));
    }

    [Test]
    public void A_catalogue_of_ones_own_comes_first()
    {
        using var folder = new TemporaryFolder();
        folder.Write("classes.txt", "rose\ntulip\n");
        ModelCatalogue both = ModelCatalogue.Read(folder.Write("lab.json", $$"""
            { // comments are let through
              "from": "files",
              "models": [
                { "name": "flowers-1", "model": "flowers", "opset": 1, "path": "a/flowers-1.onnx", "sha256": "{{Digest}}",
                    "bytes": 1, "labels": "classes.txt" },
                { "name": "flowers-2", "model": "flowers", "opset": 2, "path": "flowers-2.onnx", "sha256": "{{Digest}}",
                    "bytes": 2 },
                { "name": "vgg16", "path": "vgg.onnx", "sha256": "{{Digest}}", "bytes": 3,
                    "preprocessing": { "preset": "caffe", "size": 96 } },
                { "name": "only (known)", "sha256": "{{Digest}}", "bytes": 4, "preprocessing": "unit" },
              ]
            }
            """)).Over(ModelCatalogue.BuiltIn);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(both.Require("flowers").Name, Is.EqualTo("flowers-2"));
            Assert.That(both.Require("flowers-1").Labels, Is.EqualTo((string[])["rose", "tulip"]));
            Assert.That(both.Require("flowers-1").From, Is.EqualTo(folder.File("files")));
            Assert.That(both.Require("vgg16").Bytes, Is.EqualTo(3));
            Assert.That(both.Find("vgg16-12"), Is.Null, "a name of one's own hides the zoo's files of that name");
            Assert.That(both.Require("vgg19").Name, Is.EqualTo("vgg19-7"));
            Assert.That(both.Find("only (known)"), Is.Null);
            Assert.That(both.Known, Has.Length.EqualTo(ModelCatalogue.BuiltIn.Known.Length + 4));
        }
    }

    [TestCase("""{"models": [{}]}""", "no \"name\"")]
    [TestCase("""[]""", "an array \"models\"")]
    [TestCase("""{"models": [], "form": 1}""", "form")]
    [TestCase("""{"models": [{"name": "a", "sha256": "12", "bytes": 1}]}""", "64 hexadecimal digits")]
    [TestCase("""{"models": [{"name": "a", "sha256": "DIGEST", "bytes": 0}]}""", "length")]
    [TestCase("""{"models": [{"name": "a", "sha256": "DIGEST", "bytes": 1, "path": "a.onnx"}]}""", "\"from\"")]
    [TestCase("""{"from": "x", "models": [{"name": "../a", "sha256": "DIGEST", "bytes": 1, "path": "a.onnx"}]}""",
        "'../a' is no name")]
    [TestCase("""{"from": "x", "models": [{"name": "a", "model": "b/c", "sha256": "DIGEST", "bytes": 1, "path": "a.onnx"}]}""",
        "'b/c' is no name")]
    [TestCase("""{"from": "x", "models": [{"name": "a", "sha256": "DIGEST", "bytes": 1, "path": "../a.onnx"}]}""", "'..'")]
    [TestCase("""{"from": "x", "models": [{"name": "a", "sha256": "DIGEST", "bytes": 1, "path": "/etc/a.onnx"}]}""",
        "relative path")]
    [TestCase("""{"from": "x", "models": [{"name": "a", "sha256": "DIGEST", "bytes": 1, "path": "http://x/a.onnx"}]}""",
        "relative path")]
    [TestCase("""{"from": "x", "models": [{"name": "a", "sha256": "DIGEST", "bytes": 1, "path": "a.onnx", "opset": "new"}]}""",
        "opset")]
    [TestCase("""{"from": "x", "models": [{"name": "a", "sha256": "DIGEST", "bytes": 1, "preprocesing": "unit"}]}""",
        "preprocesing")]
    [TestCase("""{"from": """, "not valid JSON")]
    public void A_wrong_catalogue_is_refused_with_its_name(string json, string told)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("lab.json", json.Replace("DIGEST", Digest, StringComparison.Ordinal));
        var error = Assert.Throws<NetVizException>(() => ModelCatalogue.Read(path));
        Assert.That(error!.Message, Does.Contain(told).And.Contain("lab.json"));
    }

    [TestCase("http://server/a b", "http://server/a%20b/p/q/m-1.onnx http://server/a%20b/m-1.onnx")]
    [TestCase("https://server:8443/x/", "https://server:8443/x/p/q/m-1.onnx https://server:8443/x/m-1.onnx")]
    [TestCase(null, "https://catalogue/base/p/q/m-1.onnx")]
    public void Addresses_are_made_of_a_source_and_a_path(string? mirror, string expected)
    {
        Assert.That(ModelSource.AddressesOf(Entry, mirror).Select(address => address.AbsoluteUri),
            Is.EqualTo(expected.Split(' ')));
    }

    [TestCase("ftp://server/x", "http, https and file")]
    [TestCase("http://", "http, https and file")]
    [TestCase("http://me:secret@server/x", "password")]
    [TestCase("http://server/x?key=1", "'?'")]
    [TestCase("no/such/folder", "neither a folder")]
    public void Other_sources_are_refused(string mirror, string told)
    {
        var error = Assert.Throws<NetVizException>(() => ModelSource.AddressesOf(Entry, mirror));
        Assert.That(error!.Message, Does.Contain(told).And.Not.Contain("secret"));
    }

    [TestCase("https://a/x", "https://b/y", "https://b/y")]
    [TestCase("http://a/x", "https://b/y", "https://b/y")]
    [TestCase("http://a/x/y", "../z", "http://a/z")]
    [TestCase("https://a/x", "http://b/y", null)]
    [TestCase("http://a/x", "file:///etc/passwd", null)]
    public void Redirects_keep_to_the_web_and_to_its_safe_half(string at, string location, string? expected)
    {
        Uri Follow() => ModelSource.Follow(new Uri(at), new Uri(location, UriKind.RelativeOrAbsolute));
        if (expected is null) Assert.Throws<NetVizException>(() => Follow());
        else Assert.That(Follow().AbsoluteUri, Is.EqualTo(expected));
    }

    private static CatalogueModel Entry => new()
    {
        Name = "m-1", Family = "m", Sha256 = Digest, Bytes = 1, Path = "p/q/m-1.onnx", From = "https://catalogue/base",
    };
}
