using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Rules;
using NetViz.Visualisation;

namespace NetViz.Procedures;

/// <summary>The direction in which <see cref="Explainer.LinearRegion"/> walks away from the image.</summary>
/// <param name="Name">What it is, for people.</param>
/// <param name="Rule">The rule whose signal it is; null for another.</param>
/// <param name="Values">The direction, row-major; null for a rule's signal.</param>
/// <param name="IsWay">Whether it leads to another image, so that the whole step is a share 1 of the way.</param>
internal sealed record RadiusDirection(string Name, BackwardRule? Rule, double[]? Values, bool IsWay)
{
    private const string TowardPrefix = "toward:";

    /// <summary>The direction for an image.</summary>
    /// <exception cref="NetVizException">It is no rule and no file, or its shape is not the input's.</exception>
    public static RadiusDirection Of(LinearRegionOptions options, OneImage image)
    {
        string along = options.Along;
        if (along.StartsWith(TowardPrefix, StringComparison.Ordinal))
        {
            string path = along[TowardPrefix.Length..];
            InputFile file = InputFile.Expand([path])[0];
            Tensor<float> other = file.IsArray ? image.Model.ReadArray(file, image.Run) : image.Model.ReadPicture(file, image.Run).Input;
            Require(image, other.Lengths, path);
            double[] from = Doubles<float>(image.Input), to = Doubles<float>(other);
            return new RadiusDirection($"the way to {path}", null, [.. to.Zip(from, (a, b) => a - b)], IsWay: true);
        }

        if (along.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            Tensor<double> given = Npy.ReadDouble(along,
                lengths => Require(image, [.. lengths.ToArray().Select(length => checked((nint)length))], along));
            Require(image, given.Lengths, along);
            return new RadiusDirection(along, null, Doubles<double>(given), IsWay: false);
        }

        BackwardRule rule = image.Model.RuleOf(along, options);
        image.NoteRules(rule);
        return rule.Name == BackwardRule.Gradient.Name
            ? new RadiusDirection("the gradient w of the score", BackwardRule.Gradient, null, IsWay: false)
            : new RadiusDirection($"the signal of the rule {rule.Name}", rule, null, IsWay: false);
    }

    private static void Require(OneImage image, ReadOnlySpan<nint> lengths, string what)
    {
        if (!lengths.SequenceEqual(image.Input.Lengths))
        {
            throw new NetVizException($"`Along`: '{what}' has the shape [{string.Join(", ", lengths.ToArray())}], the image "
                + $"[{string.Join(", ", image.Input.Lengths.ToArray())}]");
        }
    }

    private static double[] Doubles<T>(Tensor<T> tensor)
        where T : struct, System.Numerics.INumber<T>
    {
        var values = new T[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return Array.ConvertAll(values, double.CreateChecked);
    }
}
