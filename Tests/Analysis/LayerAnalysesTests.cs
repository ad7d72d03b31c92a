using NetViz.Analysis.Layers;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NUnit.Framework;

namespace NetViz.Tests.Analysis;

/// <summary>Every type of layer has one analysis: a new layer without one fails here, and not in a proof at run time.</summary>
public class LayerAnalysesTests
{
    private static IEnumerable<Type> LayerTypes =>
        typeof(Conv).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract);

    [TestCaseSource(nameof(LayerTypes))]
    public void A_layer_has_an_analysis(Type type) => Assert.That(LayerAnalyses.Find(type), Is.Not.Null);

    [Test]
    public void Each_analysis_is_of_a_type_of_its_own_that_layers_have()
    {
        Type[] analysed = [.. LayerAnalyses.All.Select(analysis => analysis.LayerType)];
        Assert.That(analysed, Is.Unique);
        foreach (Type type in analysed) Assert.That(LayerTypes.Any(type.IsAssignableFrom), type.Name);
    }
}
