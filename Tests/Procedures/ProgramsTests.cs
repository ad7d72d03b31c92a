using System.Globalization;
using System.Text.RegularExpressions;
using NetViz.Engine.Files;
using NetViz.Kernels;
using NetViz.Procedures;
using NetViz.Training;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;
using NetViz.Visualisation.Samples;
using NetViz.Weights;
using NetViz.Weights.Export;
using NUnit.Framework;

namespace NetViz.Tests.Procedures;

/// <summary>
/// Programs of at most ten lines against the library, each of which repeats a command byte for byte. One line stands around
/// all of them: a <see cref="FileGuard"/>, under which results are marked and protected as the command does it.
/// </summary>
public partial class ProgramsTests : InTemporaryFolder
{
    private const string Image = "sample:orange";

    private string Theirs => Folder.File("theirs");

    private string Ours => Folder.File("ours");

    [Test]
    public void Saliency()
    {
        RequireSame("saliency sample:orange --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open();
            explainer.Saliency(Image).Save(Ours);
        });
    }

    [Test]
    public void Saliency_with_options()
    {
        RequireSame("saliency sample:orange --output OUT --class lemon --rule deconvnet,relu3_1=gradient --map signal "
            + "--map smoothgrad --map occlusion --samples 3 --square 16,16 --ledger --reduce signed", () =>
        {
            using Explainer explainer = Explainer.Open();
            var options = new SaliencyOptions
            {
                Classes = ["lemon"], Rules = ["deconvnet,relu3_1=gradient"], Reduction = Reduction.Signed, Ledger = true,
                Maps = new() { Kinds = [MapKind.Signal, MapKind.SmoothGrad, MapKind.Occlusion], Samples = 3, Square = (16, 16) },
            };
            explainer.Saliency(Image, options).Save(Ours);
        });
    }

    [Test]
    public void Classify()
    {
        RequireSameOutput("classify sample:orange --json", () =>
        {
            using Explainer explainer = Explainer.Open();
            RankedClass[] top = [.. explainer.Classify(Image)[0].Top];
            return string.Join('\n', top.Select(c => $"{c.Index} {c.Name} {c.Score:R} {c.Probability:R}"));
        }, json => string.Join('\n', json[0].GetProperty("top").EnumerateArray().Select(c =>
            $"{c.GetProperty("index")} {c.GetProperty("name")} {c.GetProperty("score")} {c.GetProperty("probability")}")));
    }

    [Test]
    public void Class_models()
    {
        RequireSame("class-model --class orange --preset paper --steps 5 --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open(new ModelOptions { Algorithm = ConvAlgorithm.Direct });
            var options = new ClassModelOptions
            {
                Classes = ["orange"], Presets = ["paper"], Constants = new Dictionary<string, double> { ["steps"] = 5 },
            };
            explainer.ClassModels(options).Save(Ours);
        });
    }

    [Test]
    public void Localise()
    {
        RequireSame("localise sample:orange --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open();
            explainer.Localise(Image).Save(Ours);
        });
    }

    [Test]
    public void Reconstruct()
    {
        RequireSame("reconstruct sample:orange --layer relu4_1 --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open();
            explainer.Reconstruct(Image, new ReconstructOptions { Layers = ["relu4_1"] }).Save(Ours);
        });
    }

    [Test]
    public void Reconstruct_over_pictures()
    {
        SaveSamples();
        RequireSame("reconstruct --data PICTURES --layer relu4_1 --maps 2 --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open();
            explainer.ReconstructOver(Folder.File("pictures"), new ReconstructOptions { Layers = ["relu4_1"], Maps = 2 }).Save(Ours);
        });
    }

    [Test]
    public void Activations()
    {
        RequireSame("activations sample:orange --layer relu2_1 --unit 3,4,5 --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open();
            explainer.Activations(Image, new ActivationsOptions { Layer = "relu2_1", Units = ["3,4,5"] }).Save(Ours);
        });
    }

    [Test]
    public void Filters()
    {
        RequireSame("filters --output OUT", () =>
        {
            using OnnxModel model = Explainer.OpenModel();
            LayerFilters.Of(model).Save(Ours);
        });
    }

    [Test]
    public void Prove()
    {
        RequireSame("prove sample:orange --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open();
            explainer.Prove(Image).Save(Ours);
        });
    }

    [Test]
    public void Compare_rules()
    {
        RequireSame("compare-rules sample:orange --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open();
            explainer.CompareRules(Image).Save(Ours);
        });
    }

    [Test]
    public void Decompose()
    {
        RequireSame("decompose sample:orange --to guided --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open();
            explainer.Decompose(Image, new DecomposeOptions { Second = "guided" }).Save(Ours);
        });
    }

    [Test]
    public void Linear_region()
    {
        // A small network: the default one takes half a minute of double arithmetic.
        string model = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");
        string array = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.input.npy");
        double[] one = [.. Npy.ReadDouble(array).ToArray().Take(Npy.ReadDouble(array).ToArray().Length / (int)Npy.Read(array).Lengths[0])];
        string image = Folder.File("one.npy");
        Npy.Write(image, System.Numerics.Tensors.Tensor.Create(Array.ConvertAll(one, value => (float)value),
            [1, .. Npy.Read(array).Lengths[1..]]));
        RequireSame($"linear-region {image} --model {model} --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open(new ModelOptions { Model = model });
            explainer.LinearRegion(image).Save(Ours);
        });
    }

    [Test]
    public void Trace()
    {
        RequireSameOutput("trace sample:orange --layer relu3_1 --element 1,3,4 --forward --json", () =>
        {
            using Explainer explainer = Explainer.Open();
            var options = new TraceOptions { Layer = "relu3_1", Element = "1,3,4", Forward = true };
            using TraceResult result = explainer.Trace(Image, options);
            return result.ToJson();
        });
    }

    [Test]
    public void Step()
    {
        RequireSameOutput("step sample:orange --rule guided --json", () =>
        {
            using Explainer explainer = Explainer.Open();
            using StepResult result = explainer.Step(Image, new StepOptions { Rule = "guided" });
            while (result.Walk.Down())
            {
            }

            return result.ToJson();
        });
    }

    [Test]
    public void Unpool()
    {
        RequireSame("unpool all sample:orange --with sample:lemon --seed 3 --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open();
            var options = new UnpoolOptions { With = "sample:lemon", RandomSeed = 3, Centre = true, Drop = true };
            explainer.Unpool(Image, options).Save(Ours);
        });
    }

    [Test]
    public void Export_a_record()
    {
        RequireSame("unpool export sample:orange --output OUT", () =>
        {
            using Explainer explainer = Explainer.Open();
            explainer.ExportRecord(Image, Ours);
        });
    }

    [Test]
    public void Report()
    {
        RequireSame("report sample:orange --output OUT/r.html", () =>
        {
            using Explainer explainer = Explainer.Open();
            explainer.Report([Image]).Save(Path.Combine(Ours, "r.html"));
        });
    }

    [Test]
    public void Evaluate()
    {
        SaveSet();
        RequireSame("evaluate --data PICTURES --metric sparseness --output OUT/table.csv", () =>
        {
            using Explainer explainer = Explainer.Open();
            var options = new EvaluateOptions { Metric = "sparseness", Output = Path.Combine(Ours, "table.csv") };
            explainer.Evaluate(Folder.File("pictures"), options);
        });
    }

    [Test]
    public void Info()
    {
        RequireSameOutput("info --json", () =>
        {
            using Explainer explainer = Explainer.Open();
            return explainer.Info().ToJson();
        });
    }

    [Test]
    public void Bench()
    {
        // Two runs take different times. What they name is the same.
        RequireSameOutput("bench --json", () =>
        {
            using Explainer explainer = Explainer.Open();
            return explainer.Bench().ToJson();
        }, json => string.Join(' ', json.GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("name"))));
    }

    [Test]
    public void Export()
    {
        Directory.CreateDirectory(Theirs);
        RequireSame("export --storage float16 --output OUT/x.onnx", () =>
        {
            using OnnxModel model = Explainer.OpenModel();
            Directory.CreateDirectory(Ours);
            model.Export(Path.Combine(Ours, "x.onnx"), new ExportOptions { Metadata = model.Metadata, HalfStorage = true });
        });
    }

    [Test]
    public void Samples()
    {
        RequireSame("samples orange lemon --output OUT", () =>
        {
            foreach (string name in (string[])["orange", "lemon"])
                ImageFile.WritePng(SampleScenes.Read(SampleScenes.Find(name)), Path.Combine(Ours, $"{name}.png"),
                    ResultKind.Scene);
        });
    }

    [Test]
    public void Train()
    {
        SaveSet();
        RequireSame("train --data PICTURES --output OUT/n.onnx --epochs 1 --width 4 --input-size 16 --batch 2", () =>
        {
            TrainingConfig usual = new(), config = usual with
            {
                Architecture = VggArchitecture.OfWidth(4, 16) with { Dropout = usual.Architecture.Dropout },
                Epochs = 1, Batch = 2, WarmupEpochs = 1,
            };
            TrainingRun.Train(new TrainOptions { Data = Folder.File("pictures"), Output = Path.Combine(Ours, "n.onnx"), Config = config });
        }, except: [".checkpoint", ".jsonl", ".training.png"]);
    }

    private void SaveSamples()
    {
        foreach (string name in (string[])["orange", "lemon", "teapot"])
        {
            string path = Path.Combine(Directory.CreateDirectory(Folder.File("pictures")).FullName, $"{name}.png");
            File.WriteAllBytes(path, ImageFile.EncodePng(SampleScenes.Read(SampleScenes.Find(name))));
        }
    }

    private void SaveSet()
    {
        foreach (string name in (string[])["orange", "lemon", "teapot"])
        {
            for (int i = 0; i < 3; i++)
            {
                string folder = Directory.CreateDirectory(Path.Combine(Folder.File("pictures"), name)).FullName;
                File.WriteAllBytes(Path.Combine(folder, $"{i}.png"),
                    ImageFile.EncodePng(SampleScenes.Read(SampleScenes.Find(name), 40 + 8 * i)));
            }
        }
    }

    /// <summary>Compares all files of the command with those of the program.</summary>
    private void RequireSame(string command, Action program, string[]? except = null)
    {
        NetvizProcess run = Run(command);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using (FileGuard.Begin(force: false)) InGerman(() => program());
        string[] files = [.. Directory.GetFiles(Theirs).Select(file => Path.GetFileName(file)!).Order()];
        Assert.That(files, Is.Not.Empty);
        Assert.That(Directory.GetFiles(Ours).Select(Path.GetFileName).Order(), Is.EqualTo(files));
        foreach (string file in files.Where(file => except?.Any(end => file.EndsWith(end, StringComparison.Ordinal)) != true))
        {
            string theirs = Path.Combine(Theirs, file), ours = Path.Combine(Ours, file);
            if (file.EndsWith(".json", StringComparison.Ordinal))
                Assert.That(WithoutTimes(File.ReadAllText(ours)), Is.EqualTo(WithoutTimes(File.ReadAllText(theirs))), file);
            else Assert.That(File.ReadAllBytes(ours), Is.EqualTo(File.ReadAllBytes(theirs)), file);
        }
    }

    /// <summary>Compares what the command prints with what the program returns.</summary>
    private void RequireSameOutput(string command, Func<string> program, Func<System.Text.Json.JsonElement, string>? part = null)
    {
        NetvizProcess run = Run(command);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        string printed = part is null ? run.Out.TrimEnd() : part(run.Json), own = program();
        if (part is not null && own.StartsWith('{')) own = part(System.Text.Json.JsonDocument.Parse(own).RootElement);
        Assert.That(own, Is.EqualTo(printed));
    }

    /// <summary>
    /// Runs a program as a host does whose numbers have a decimal comma: what is written does not change. The culture is made
    /// here, since the tests' own process knows no other one.
    /// </summary>
    private static void InGerman(Action program)
    {
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (german.NumberFormat.NumberDecimalSeparator, german.NumberFormat.NumberGroupSeparator) = (",", ".");
        (german.NumberFormat.PercentDecimalSeparator, german.NumberFormat.PercentGroupSeparator) = (",", ".");
        german.NumberFormat.PercentPositivePattern = 1;
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = german;
        try
        {
            program();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private NetvizProcess Run(string command) => NetvizProcess.Run([.. command.Split(' ').Select(word =>
        word.Replace("OUT", Theirs, StringComparison.Ordinal).Replace("PICTURES", Folder.File("pictures"), StringComparison.Ordinal))]);

    // A program has no command line.
    private static string WithoutTimes(string json) => OfCommand().Replace(Times().Replace(json, ""), "");

    [GeneratedRegex("""    "(command|directory)": "[^"]*",\n|    "(command_line|other_files)": \[.*?\],\n""", RegexOptions.Singleline)]
    private static partial Regex OfCommand();

    [GeneratedRegex("""  "times_ms": \{.*?\n  \},\n""", RegexOptions.Singleline)]
    private static partial Regex Times();
}
