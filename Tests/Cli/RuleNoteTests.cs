using NUnit.Framework;

namespace NetViz.Tests.Cli;

/// <summary>What commands that draw DeconvNet's maps say of LRN, on a network with it and on one without.</summary>
[NonParallelizable]
public class RuleNoteTests : InTemporaryFolder
{
    private static readonly string Alex = RepositoryRoot.File("Tests", "Fixtures", "small_alexnet.onnx");
    private static readonly string Vgg = RepositoryRoot.File("Tests", "Fixtures", "small_vgg.onnx");
    private static readonly string Picture = RepositoryRoot.File("docs", "images", "orange.png");

    private static readonly string[] Commands =
    [
        "saliency PICTURE --output OUT", "localise PICTURE --rule deconvnet --method threshold --output OUT",
        "report PICTURE --section rules --output OUT/x.html", "reconstruct PICTURE --top 1 --output OUT",
        "step PICTURE --rule deconvnet --script q", "prove PICTURE", "parting PICTURE", "telescope PICTURE",
        "trace PICTURE --rule deconvnet --steps 2", "radius PICTURE --along deconvnet",
    ];

    [TestCaseSource(nameof(Commands))]
    public void DeconvNet_over_LRN_is_said_on_standard_output_and_in_json(string command)
    {
        foreach (string[] json in (string[][])[[], ["--json"]])
        {
            NetvizProcess run = Run(command, Alex, json);
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            Assert.That(run.Out, Does.Contain("passes LRN").And.Contain("unchanged")
                .And.Contain("rule deconvnet,type:LRN=gradient"), command);
            if (json.Length > 0) Assert.That(run.Out, Does.Contain("\"rule_note\": \"deconvnet passes LRN"));
            Assert.That(Run(command, Vgg, json).Out, Does.Not.Contain("passes LRN"), "a network without LRN");
        }
    }

    [TestCase("saliency PICTURE --rule gradient --rule guided --output OUT")]
    [TestCase("saliency PICTURE --rule deconvnet,type:LRN=gradient --output OUT")]
    [TestCase("trace PICTURE --rule gradient --steps 2")]
    public void Rules_that_differentiate_LRN_have_no_remark(string command)
    {
        NetvizProcess run = Run(command, Alex);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Not.Contain("passes LRN"));
    }

    [Test]
    public void A_composite_is_named_with_its_own_other_expression()
    {
        NetvizProcess run = Run("saliency PICTURE --rule deconvnet,depth:1=gradient --output OUT", Alex);
        Assert.That(run.Out, Does.Contain("rule deconvnet,depth:1=gradient,type:LRN=gradient"));
        Assert.That(Run("saliency PICTURE --rule deconvnet,depth:1=gradient,type:LRN=gradient --output OUT", Alex).Out,
            Does.Not.Contain("passes LRN"));
    }

    private NetvizProcess Run(string command, string model, params string[] more) => NetvizProcess.Run([
        .. command.Split(' ').Select(word => word.Replace("PICTURE", Picture, StringComparison.Ordinal)
            .Replace("OUT", Folder.File("out"), StringComparison.Ordinal)),
        "--model", model, "--preprocess", "unit", "--device", "cpu", .. more]);
}
