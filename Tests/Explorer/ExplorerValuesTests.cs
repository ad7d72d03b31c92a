using System.Globalization;
using NetViz.Analysis.Traces;
using NetViz.Procedures;
using NUnit.Framework;

namespace NetViz.Tests.Explorer;

/// <summary>The explorer tells the numbers that <c>netviz trace</c>, <c>step</c> and <c>saliency</c> tell of the same picture.</summary>
internal sealed class ExplorerValuesTests
{
    private RunningExplorer _explorer = null!;
    private Explainer _explainer = null!;

    [OneTimeSetUp]
    public async Task Start() => (_explorer, _explainer) = (await RunningExplorer.StartAsync(), Explainer.Open());

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _explorer.DisposeAsync();
        _explainer.Dispose();
    }

    [TestCase("backward", "guided", "pool2")]
    [TestCase("backward", "gradient", "data")]
    [TestCase("forward", "gradient", "conv4_1")]
    public async Task Each_sum_of_a_chain_is_that_of_trace(string direction, string rule, string layer)
    {
        bool forward = direction == "forward";
        using TraceResult expected = _explainer.Trace("sample:orange",
            new TraceOptions { Layer = layer, Rules = forward ? [] : [rule], Forward = forward, Steps = 4 });
        string at = layer, element = "";
        foreach (TraceStep step in expected.Chain)
        {
            string asked = element.Length > 0 ? $"&element={element}" : "";
            Answer told = await _explorer.Ask($"trace?picture=sample:orange&layer={at}&direction={direction}&rule={rule}{asked}");
            Assert.Multiple(() =>
            {
                Assert.That(told.About.GetProperty("layer").GetString(), Is.EqualTo(step.Tensor));
                Assert.That(told.About.GetProperty("value").GetDouble(), Is.EqualTo(step.Engine));
                Assert.That(told.About.GetProperty("sum").GetDouble(), Is.EqualTo(step.Sum));
                Assert.That(told.About.GetProperty("addsUp").GetBoolean(), Is.True);
                Assert.That(told.About.GetProperty("terms").EnumerateArray().Select(term => term.GetProperty("product").GetDouble()),
                    Is.EqualTo(step.Terms.Take(40).Select(term => term.Product)));
            });
            if (told.About.GetProperty("terms").GetArrayLength() == 0) break;
            (at, element) = (told.About.GetProperty("terms")[0].GetProperty("layer").GetString()!,
                told.About.GetProperty("terms")[0].GetProperty("element").GetString()!);
        }
    }

    [Test]
    public async Task Each_step_is_that_of_step()
    {
        using StepResult expected = _explainer.Step("sample:orange", new StepOptions { Rule = "deconvnet" });
        Answer overview = await _explorer.Ask("overview?picture=sample:orange");
        string[] order = [.. overview.About.GetProperty("order").EnumerateArray().Select(name => name.GetString()!)];
        Assert.That(order, Is.EqualTo(expected.Walk.Layers.Select(node => node.Name)));
        foreach (string layer in order.Take(8))
        {
            Answer told = await _explorer.Ask($"step?picture=sample:orange&layer={layer}&rule=deconvnet");
            (string equation, _) = expected.Walk.Passage!.Equation;
            Assert.Multiple(() =>
            {
                Assert.That(told.About.GetProperty("equation").GetString(), Is.EqualTo(equation));
                Assert.That(told.About.GetProperty("summary").GetProperty("l1").GetDouble(),
                    Is.EqualTo(expected.Walk.Signal.Sum(Math.Abs)).Within(1e-5).Percent);
                Assert.That(told.About.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()),
                    Is.EqualTo(Analysis.Layers.PassageReasons.Of(expected.Walk.Passage!)));
            });
            expected.Walk.Down();
        }
    }

    [Test]
    public async Task Signals_at_the_image_are_those_of_saliency_bit_for_bit()
    {
        SaliencyResult expected = _explainer.Saliency("sample:lemon", new SaliencyOptions { Classes = ["lemon"] });
        Answer layer = await _explorer.Ask("layer?picture=sample:lemon&class=lemon&layer=data&channels=0,1,2");
        Answer map = await _explorer.AskForEvents("map?picture=sample:lemon&class=lemon&map=signal");
        for (int k = 0; k < 3; k++)
        {
            float[] signal = [.. expected.Images[0].Classes[0].Maps[k].Signal!];
            Assert.That(layer.Tensors[string.Create(CultureInfo.InvariantCulture, $"r{k}")], Is.EqualTo(signal));
            Assert.That(map.Tensors[string.Create(CultureInfo.InvariantCulture, $"raw{k}")], Is.EqualTo(signal));
        }
    }

    [Test]
    public async Task The_four_cases_hold_every_number_and_rules_part_where_two_of_them_say()
    {
        Answer told = await _explorer.Ask("layer?picture=sample:orange&layer=relu3_1&n=64");
        foreach (System.Text.Json.JsonElement rule in told.About.GetProperty("rules").EnumerateArray())
        {
            long counted = rule.GetProperty("cases").GetProperty("counts").EnumerateArray().Sum(count => count.GetInt64());
            Assert.That(counted, Is.EqualTo(128 * 16 * 16));
        }

        Answer composite = await _explorer.Ask("layer?picture=sample:orange&layer=conv3_1&rule=gradient&rule=gradient,relu3_1=guided");
        float[] gradient = composite.Tensors["r0"], changed = composite.Tensors["r1"];
        Assert.That(changed.Where((value, i) => value != 0 && value != gradient[i]), Is.Empty);
        Assert.That(changed, Has.None.Negative);
    }
}
