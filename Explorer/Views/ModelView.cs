using NetViz.Analysis.Layers;
using NetViz.Engine.Layers;
using NetViz.Engine.Model;
using NetViz.Engine.Rules;
using NetViz.Explorer.Server;
using NetViz.Kernels;
using NetViz.Procedures;

namespace NetViz.Explorer.Views;

/// <summary>The network as the page draws it.</summary>
internal static class ModelView
{
    /// <summary>Returns layers, shapes, branches and class names.</summary>
    public static object Of(LoadedModel loaded)
    {
        (Explainer model, Network network) = (loaded.Explainer, loaded.Explainer.Network);
        Shape[] shapes = network.InferShapes(model.Model.InputShape(batch: 1));
        bool[] leads = Engine.Execution.BackwardOrder.LeadsTo(network, 0);
        return new
        {
            id = loaded.Id,
            name = loaded.Name,
            sha256 = model.Model.Sha256,
            device = model.Prepared.Kernels.Name,
            deviceDescription = model.Prepared.Kernels.Description,
            parameters = network.ParameterCount,
            preprocessing = model.Model.Preprocessing?.Describe(),
            classes = Enumerable.Range(0, model.Model.ClassCount).Select(model.Model.ClassName).ToArray(),
            hasProbabilities = model.Model.HasProbabilities,
            input = network.Input.Name,
            score = network.NameOf(network.ScoreTensor),
            layers = network.Nodes.Select(node => Layer(network, node, shapes, leads)).Prepend(new LayerOnPage(network.Input.Name, "input",
                "input", [], shapes[0].Lengths.ToArray(), 0, false, true, "the image")).ToArray(),
        };
    }

    private static LayerOnPage Layer(Network network, Node node, Shape[] shapes, bool[] leads) => new(node.Name, KindOf(node.Layer),
        node.Layer.Operator, [.. node.Inputs.Select(network.NameOf)], shapes[node.Output].Lengths.ToArray(), node.Layer.ParameterCount,
        BackwardRule.MattersAt(node.Layer), leads[node.Output], LayerDescription.Of(node.Layer));

    private static string KindOf(Layer layer) => layer switch
    {
        Conv or ConvTranspose => "conv",
        FullyConnected => "fc",
        RectifierLayer => "rectifier",
        MaxPool => "maxpool",
        AveragePool => "averagepool",
        Concat => "concat",
        Sum => "sum",
        SoftmaxLayer => "softmax",
        Lrn => "lrn",
        Reshape => "reshape",
        _ => "other",
    };
}

/// <summary>One layer as the page draws it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is drawn as.</param>
/// <param name="Operator">Its ONNX operator.</param>
/// <param name="Inputs">The layers that it reads.</param>
/// <param name="Shape">Its output's shape.</param>
/// <param name="Parameters">How many parameters it has.</param>
/// <param name="HasRule">Whether the rules can part here.</param>
/// <param name="Leads">Whether it depends on the image.</param>
/// <param name="Description">It in a few words.</param>
internal sealed record LayerOnPage(string Name, string Kind, string Operator, string[] Inputs, int[] Shape, long Parameters,
    bool HasRule, bool Leads, string Description);
