using NetViz.Analysis.Layers;
using NetViz.Analysis.RuleComparisons;
using NetViz.Analysis.Stepping;
using NetViz.Engine.Execution;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Kernels;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>What is told of each kind of layer is what its signal went through.</summary>
public class PassageTests
{
    [TestCaseSource(typeof(BackwardRule), nameof(BackwardRule.All))]
    public void Counts_are_those_of_the_signal_and_of_the_ledger(BackwardRule rule)
    {
        using PreparedNetwork prepared = EveryKind.Network().On(Device.Cpu(1));
        using ForwardRecord record = prepared.Forward(EveryKind.Input, Numbers.Normal(EveryKind.Input.Count, "passage"));
        Seed seed = Seed.Posterior(1);
        Dictionary<string, PartingCases> ledger =
            RuleComparison.Of(record, seed, rule).Layers.ToDictionary(layer => layer.Name, layer => layer.Total);
        var walk = new Descent(record, seed, rule);
        int rectifiers = 0;
        for (; walk.Passage is Passage passage; walk.Down())
        {
            string name = passage.Node.Name;
            Assert.That(PassageReasons.Of(passage), Is.Not.Empty.And.All.Not.Empty, name);
            if (passage.Pool is UnpoolingCounts pool)
            {
                // No two signals of this one cancel, so that what was reached is what is not 0.
                Assert.That(pool.Reached, Is.EqualTo(passage.Below[0]!.Count(r => r != 0)), name);
                Assert.That(pool.Shared, Is.InRange(1, pool.Reached), name);
            }

            if (passage.Rectifier is not RectifierCases cases) continue;
            rectifiers++;
            using (Assert.EnterMultipleScope())
            {
                Assert.That(cases.Nonzero - cases.Zeroed, Is.EqualTo(passage.Below[0]!.Count(r => r != 0)), name);
                Assert.That(cases.Changed, Is.EqualTo(passage.Above.Zip(passage.Below[0]!).Count(p => p.Second != 0
                    && p.First != p.Second)), name);
                // At Clip the ledger asks whether r lies inside and not whether it is positive.
                if (passage.Node.Layer is Clip) continue;
                Assert.That(cases[true, 1], Is.EqualTo(ledger[name][PartingCase.Both].Count), name);
                Assert.That(cases[true, -1], Is.EqualTo(ledger[name][PartingCase.OnlyGradient].Count), name);
                Assert.That(cases[false, 1], Is.EqualTo(ledger[name][PartingCase.OnlyDeconvNet].Count), name);
                Assert.That(cases[false, -1], Is.EqualTo(ledger[name][PartingCase.Neither].Count), name);
                Assert.That(cases[true, 0] + cases[false, 0], Is.EqualTo(ledger[name][PartingCase.NoSignal].Count), name);
            }
        }

        Assert.That(rectifiers, Is.EqualTo(3));
    }

    [TestCase("relu", "R_n = r 1(x > 0)", "R_n = max(r, 0)", "R_n = max(r, 0) 1(x > 0)")]
    [TestCase("leaky", "R_n = r (1 if x > 0, else 0.1)", "R_n = (r if r > 0, else 0.1 r)",
        "R_n = (r if r > 0, else 0.1 r) (1 if x > 0, else 0.1)")]
    [TestCase("clip", "R_n = r 1(-0.25 < x < 1)", "R_n = min(max(r, -0.25), 1)", "R_n = min(max(r, -0.25), 1) 1(-0.25 < x < 1)")]
    [TestCase("norm", "R_n = J^T R_{n+1},  J = dX_{n+1}/dX_n", "R_n = R_{n+1}", "R_n = J^T R_{n+1},  J = dX_{n+1}/dX_n")]
    public void Where_rules_differ_equations_do(string layer, params string[] equations)
    {
        Layer at = EveryKind.Network().Nodes.First(node => node.Name == layer).Layer;
        Assert.That(Enum.GetValues<ReluRule>().Select(rule => LayerEquation.Of(at, rule, Unpooling.Switches).Equation),
            Is.EqualTo(equations));
    }

    [Test]
    public void Elsewhere_they_are_the_same_and_say_so()
    {
        foreach (Layer layer in EveryKind.Network().Nodes.Select(node => node.Layer).Where(l => !BackwardRule.MattersAt(l)))
        {
            (string, string Remark)[] all =
                [.. Enum.GetValues<ReluRule>().Select(rule => LayerEquation.Of(layer, rule, Unpooling.Switches))];
            Assert.That(all.Distinct().Count(), Is.EqualTo(1), layer.Name);
            Assert.That(all[0].Remark, Does.Contain("under all rules"), layer.Name);
        }

        var pool = new MaxPool("pool", new Window(2, 2));
        Assert.That(LayerEquation.Of(pool, ReluRule.Gradient, Unpooling.Even).Remark, Does.StartWith("switches dropped"));
    }
}
