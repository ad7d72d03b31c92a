using NetViz.Explorer.Passes;
using NetViz.Procedures;

namespace NetViz.Explorer.Views;

/// <summary>What the network says of a picture: the score of every class.</summary>
internal static class ForwardView
{
    public static byte[] Of(Walk walk)
    {
        Exploration exploration = walk.Exploration;
        float[] scores = exploration.Record.ScoresOf(0);
        float[] seen = exploration.SeenPixels();
        var planes = Planes.Of(exploration.Record.ShapeOf(0), exploration.Network.LayoutOf(0));
        return new TensorMessage().With("scores", [scores.Length], scores)
            .With("seen", [planes.Height, planes.Width, 3], seen)
            .ToBytes(new
            {
                top = exploration.Top.Index,
                probabilities = Enumerable.Range(0, scores.Length).Select(c => exploration.ClassOf(c).Probability).ToArray(),
                exploration.Warnings,
                placement = exploration.Placement,
                width = exploration.Photo.Width,
                height = exploration.Photo.Height,
            });
    }
}
