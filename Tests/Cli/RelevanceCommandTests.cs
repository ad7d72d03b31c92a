using System.Text.Json;
using NetViz.Visualisation;
using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>Relevance rules and further maps on the command line: names, files, shapes and refusals.</summary>
[NonParallelizable]
public class RelevanceCommandTests : InTemporaryFolder
{
    [Test]
    public void Rules_write_their_signals_by_name()
    {
        NetvizProcess run = Saliency("--rule", "lrp.epsilon:0.25", "--rule", "lrp.epsilon-plus,conv1_*=lrp.z-box", "--rule",
            "lrp.epsilon-gamma-box");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        foreach (string name in (string[])["lrp.epsilon-0.25", "lrp.epsilon-plus,conv1__=lrp.z-box", "lrp.epsilon-gamma-box"])
            Assert.That(Npy.Read(Folder.File("out", $"lemon.{name}.npy")).Lengths.ToArray(), Is.EqualTo(new nint[] { 1, 3, 64, 64 }), name);
        Assert.That(File.Exists(Folder.File("out", "lemon.sheet.png")));
    }

    [Test]
    public void In_double_the_files_are_of_double()
    {
        NetvizProcess run = Saliency("--rule", "lrp.flat", "--device", "reference64");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        double sum = Npy.ReadDouble(Folder.File("out", "lemon.lrp.flat.npy")).ToArray().Sum();
        Assert.That(sum, Is.EqualTo(run.Json[0].GetProperty("score").GetDouble()).Within(1e-4));
        Assert.That(new FileInfo(Folder.File("out", "lemon.lrp.flat.npy")).Length, Is.GreaterThan(3 * 64 * 64 * 8));
    }

    [Test]
    public void Maps_write_theirs()
    {
        NetvizProcess run = Saliency("--map", "grad-cam", "--map", "hires-cam", "--map", "layer-cam", "--map", "guided-grad-cam", "--map",
            "deep-lift", "--map", "full-grad", "--layer", "conv4_2");
        Assert.That(run.ExitCode, Is.EqualTo(2), "a layer is the CAM's alone");
        run = Saliency("--map", "grad-cam", "--map", "layer-cam", "--signed", "--layer", "conv4_2");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Shape("lemon.grad-cam.signed.npy"), Is.EqualTo(new nint[] { 1, 1, 8, 8 }));
        run = Saliency("--map", "grad-cam", "--map", "guided-grad-cam", "--map", "deep-lift", "--map", "full-grad", "--lift-pools", "both");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Shape("lemon.grad-cam.npy"), Is.EqualTo(new nint[] { 1, 1, 4, 4 }));
            Assert.That(Shape("lemon.guided-grad-cam.npy"), Is.EqualTo(new nint[] { 1, 3, 64, 64 }));
            Assert.That(Shape("lemon.full-grad.npy"), Is.EqualTo(new nint[] { 1, 1, 64, 64 }));
            JsonElement lift = run.Json[0].GetProperty("images")[0].GetProperty("classes")[0].GetProperty("maps")[2];
            Assert.That(lift.GetProperty("constants").GetProperty("completeness_gaps")[0].GetDouble(), Is.Zero.Within(1e-4));
        }
    }

    [Test]
    public void Expected_gradients_take_a_folder()
    {
        Assert.That(Saliency("--map", "expected-gradients").ExitCode, Is.EqualTo(2));
        Assert.That(NetvizProcess.Run("samples", "orange", "alp", "--output", Folder.File("baselines"), "--quiet").ExitCode, Is.Zero);
        NetvizProcess run = Saliency("--map", "expected-gradients", "--baseline", Folder.File("baselines"), "--steps", "4");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(Shape("lemon.expected-gradients.npy"), Is.EqualTo(new nint[] { 1, 3, 64, 64 }));
    }

    [Test]
    public void Channels_are_let_through_under_any_rule()
    {
        NetvizProcess run = Saliency("--rule", "lrp.epsilon-plus", "--rule", "gradient", "--through", "conv3_2:3,5");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json[0].GetProperty("rules")[0].GetString(), Is.EqualTo("lrp.epsilon-plus,through=conv3_2:3,5"));
        Assert.That(Saliency("--through", "conv3_2:128").Error, Does.Contain("128 channels"));
        Assert.That(Saliency("--through", "nowhere:1").ExitCode, Is.EqualTo(2));
    }

    [Test]
    public void Books_are_proven_and_relevance_is_traced_and_stepped()
    {
        NetvizProcess proof = NetvizProcess.Run("prove", "sample:lemon", "--rule", "lrp.epsilon-gamma-box", "--json");
        Assert.That(proof.ExitCode, Is.Zero, proof.Error);
        Assert.That(proof.Json.GetProperty("holds").GetBoolean());
        NetvizProcess trace = NetvizProcess.Run("trace", "sample:lemon", "--layer", "conv4_2", "--element", "3,2,2", "--rule",
            "lrp.alpha2-beta1", "--json");
        Assert.That(trace.ExitCode, Is.Zero, trace.Error);
        NetvizProcess step = NetvizProcess.Run("step", "sample:lemon", "--rule", "lrp.epsilon-plus", "--script", "n n n g q");
        Assert.That(step.ExitCode, Is.Zero, step.Error);
        Assert.That(step.Out, Does.Contain("Relevance above"));
        Assert.That(NetvizProcess.Run("decompose", "sample:lemon", "--to", "lrp.epsilon").ExitCode, Is.EqualTo(2));
    }

    private NetvizProcess Saliency(params string[] more) =>
        NetvizProcess.Run(["saliency", "sample:lemon", "--output", Folder.File("out"), "--force", "--json", .. more]);

    private nint[] Shape(string name) => Npy.Read(Folder.File("out", name)).Lengths.ToArray();
}
