using System.Numerics.Tensors;
using NetViz.Engine.Imaging;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Weights;
using NetViz.Weights.InputPreprocessing;
using NUnit.Framework;

namespace NetViz.Tests.Weights;

/// <summary>Warnings where an input was prepared for another network, and none where it was not.</summary>
public class InputCheckTests
{
    private static readonly string[] Presets = [.. PreprocessingPresets.Names];

    [TestCase("unit", "byte", "0 to 1", "preset byte")]
    [TestCase("unit", "torchvision", "0 to 1", "preset torchvision")]
    [TestCase("byte", "unit", "0 to 255", "preset unit")]
    [TestCase("torchvision", "byte", "-2.118 to 2.64", "preset byte")]
    [TestCase("torchvision", "unit", "-2.118 to 2.64", "preset unit")]
    [TestCase("torchvision", "caffe", "-2.118 to 2.64", "preset caffe")]
    [TestCase("caffe", "unit", "-123 to 151", "preset unit")]
    [TestCase("caffe", "torchvision", "-123 to 151", "preset torchvision")]
    [TestCase("caffe-vgg", "torchvision", "-123.68 to 151.061", "preset torchvision")]
    public void An_array_for_another_network_is_noticed(string expected, string actual, string range, string hint)
    {
        float[] values = Prepared(actual).Apply(Pictures.Gradient(80, 60)).Input;
        Assert.That(InputCheck.Warn(values, 3, Prepared(expected)),
            Does.Contain(range).And.Contain(hint).And.Contain($"prepare the array with {expected}"));
    }

    [Test]
    public void Numbers_out_of_range_and_flat_ones_are_noticed_without_whole_samples()
    {
        float[] noise = TestGraph.Image(3 * 32 * 32);
        Assert.That(InputCheck.Warn([.. noise.Select(v => 100 * v)], 3, Prepared("unit")), Does.Contain("gives 0 to 1"));
        Assert.That(InputCheck.Warn([.. noise.Select(v => 0.3f * v)], 3, Prepared("caffe")), Does.Contain("gives -123 to 151"));
        Assert.That(InputCheck.Warn([.. noise.Select(v => 0.3f * v)], 3, Prepared("torchvision")), Is.Null);
        Assert.That(InputCheck.Warn(new float[3 * 32 * 32], 3, null), Does.Contain("all its values are 0"));
        Assert.That(InputCheck.Warn(noise, 3, null), Is.Null, "nothing is known");
    }

    /// <summary>
    /// A hundred photographs under every preset: never a warning under the right one, nearly always under one of another scale.
    /// </summary>
    [Test]
    public void Photographs_give_no_false_alarm_and_wrong_scales_are_found()
    {
        (int wrong, int found) = (0, 0);
        string[] paths =
        [
            .. Directory.EnumerateFiles(SharedData.PathOf("imagenet"), "*.JPEG"),
            .. Directory.EnumerateFiles(SharedData.PathOf("photos", "tinyvgg"), "*_1.jpeg"),
        ];
        Assert.That(paths, Has.Length.AtLeast(110));
        Parallel.ForEach(paths, path =>
        {
            Photo photo = ImageFile.Read(path);
            foreach (string actual in Presets)
            {
                float[] values = Prepared(actual).Apply(photo).Input;
                Assert.That(InputCheck.Warn(values, 3, Prepared(actual)), Is.Null, $"{path} under {actual}");
                foreach (string expected in Presets.Where(expected => Scale(expected) != Scale(actual)))
                {
                    Interlocked.Increment(ref wrong);
                    if (InputCheck.Warn(values, 3, Prepared(expected)) is not null) Interlocked.Increment(ref found);
                }
            }
        });
        TestContext.Out.WriteLine($"{found} of {wrong} arrays of another scale noticed");
        Assert.That(found, Is.GreaterThan(wrong * 0.98));

        // Caffe's mean pixels, 0..255 as they are, 0..1, and torchvision's -2.1..2.6.
        static int Scale(string preset) => preset switch { "caffe" or "caffe-vgg" => 0, "byte" => 1, "unit" => 2, _ => 3 };
    }

    [TestCase("small_vgg")]
    [TestCase("small_alexnet")]
    [TestCase("small_branch")]
    public void The_fixtures_give_no_warning(string name)
    {
        using OnnxModel model = OnnxModel.Load(RepositoryRoot.File("Tests", "Fixtures", $"{name}.onnx"));
        Tensor<float> input = Npy.Read(RepositoryRoot.File("Tests", "Fixtures", $"{name}.input.npy"));
        Assert.That(model.Warnings, Is.Empty);
        Assert.That(InputCheck.Warn([.. input], (int)input.Lengths[1], model.Preprocessing), Is.Null);
    }

    [TestCase("tinyvgg-10", "torchvision", "values from -2.118 to 2.64, not 0 to 1")]
    [TestCase("tinyvgg-10", "caffe", "channels BGR, not RGB")]
    [TestCase("tinyvgg-10", "unit", null)]
    [TestCase("squeezenet1.0", "torchvision", "channels RGB, not BGR")]
    [TestCase("squeezenet1.0", "caffe-vgg", null)]
    public void An_option_that_contradicts_a_known_file_is_noticed(string model, string preset, string? warning)
    {
        using OnnxModel loaded = OnnxModel.Load(SharedData.PathOf("models", $"{model}.onnx"),
            new OnnxOptions { Preprocess = preset });
        if (warning is null) Assert.That(loaded.Warnings, Is.Empty);
        else Assert.That(loaded.Warnings.Single(), Does.Contain(warning).And.Contain("leave `Preprocess` out"));
    }

    private static Preprocessing Prepared(string preset) =>
        PreprocessingPresets.Find(preset).ForInput(3, 32, 32, "test");
}
