using NetViz.Engine.Execution;
using NetViz.Engine.Model;
using NetViz.Explorer.Passes;
using NetViz.Explorer.Server;
using NetViz.Procedures;

namespace NetViz.Explorer.Views;

/// <summary>All layers at a glance: small pictures of each layer's strongest maps, and how strong the signal is there.</summary>
internal static class OverviewView
{
    private const int Side = 20, Maps = 4;

    public static byte[] Of(Walk walk, Question asked, int index, CancellationToken token)
    {
        Exploration exploration = walk.Exploration;
        Network network = exploration.Network;
        LayerSignals[] signals = [.. asked.Rules().Select(rule => walk.Signals(index, rule, token))];
        var message = new TensorMessage();
        var layers = new List<object>();
        for (int tensor = 0; tensor <= network.Nodes.Length; tensor++)
        {
            double[] x = exploration.Activation(tensor);
            var planes = Planes.Of(exploration.Record.ShapeOf(tensor), network.LayoutOf(tensor));
            int[] channels = [];
            if (!planes.IsVector)
            {
                channels = planes.Strongest(Maps, i => x[i]);
                (int h, int w) = (Math.Min(planes.Height, Side), Math.Min(planes.Width, Side));
                message.With($"{tensor}", [channels.Length, h, w], Small(planes, channels, x, h, w));
            }

            layers.Add(new
            {
                name = network.NameOf(tensor),
                channels,
                mass = signals.Select(one => one.At(tensor) is { } r ? r.Sum(value => (double)Math.Abs(value)) : 0).ToArray(),
            });
        }

        BackwardOrder.LeadsTo(network, 0);
        return message.ToBytes(new
        {
            @class = index,
            layers,
            order = BackwardOrder.Between(exploration.Record, network.ScoreTensor, 0).Select(step => step.Node.Name).ToArray(),
        });
    }

    /// <summary>Means over the places that one small pixel covers.</summary>
    private static float[] Small(Planes planes, int[] channels, double[] x, int h, int w)
    {
        float[] whole = planes.Take(channels, i => x[i]);
        if ((h, w) == (planes.Height, planes.Width)) return whole;
        var small = new float[channels.Length * h * w];
        for (int k = 0; k < channels.Length; k++)
        {
            for (int y = 0; y < h; y++)
            {
                (int top, int bottom) = (y * planes.Height / h, Math.Max((y + 1) * planes.Height / h, y * planes.Height / h + 1));
                for (int col = 0; col < w; col++)
                {
                    (int left, int right) = (col * planes.Width / w, Math.Max((col + 1) * planes.Width / w, col * planes.Width / w + 1));
                    double sum = 0;
                    for (int i = top; i < bottom; i++)
                        for (int j = left; j < right; j++) sum += whole[(k * planes.Height + i) * planes.Width + j];
                    small[(k * h + y) * w + col] = (float)(sum / ((bottom - top) * (right - left)));
                }
            }
        }

        return small;
    }
}
