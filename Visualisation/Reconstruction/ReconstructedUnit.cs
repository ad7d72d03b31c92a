using System.Numerics.Tensors;
using NetViz.Analysis;
using NetViz.Engine.Execution;
using NetViz.Engine.Imaging;
using NetViz.Engine.Rules;
using NetViz.Visualisation.Looking;
using NetViz.Visualisation.Rendering;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Visualisation.Reconstruction;

/// <summary>
/// One unit's backward pass down to the pixels (Zeiler and Fergus 2013, 2.1): all other activations of the layer set to zero, the
/// signal sent down under each rule, and what lies in the unit's receptive field cut out.
/// </summary>
/// <param name="Unit">The unit.</param>
/// <param name="PictureName">Its picture.</param>
/// <param name="Field">What it sees.</param>
/// <param name="Patch">That part of the photograph.</param>
/// <param name="Signals">For each rule the signal in the field's box, [1, C, H, W].</param>
public sealed record ReconstructedUnit(ActiveUnit Unit, string PictureName, ReceptiveField Field, Photo Patch,
    IReadOnlyList<Tensor<float>> Signals)
{
    /// <summary>Sends a unit down.</summary>
    /// <param name="record">The forward pass of its picture alone.</param>
    /// <param name="layer">Its layer.</param>
    /// <param name="unit">The unit.</param>
    /// <param name="pictureName">The picture's name.</param>
    /// <param name="field">Its receptive field; not empty.</param>
    /// <param name="photo">The photograph.</param>
    /// <param name="placement">Where the network's input lies on it.</param>
    /// <param name="rules">The rules.</param>
    public static ReconstructedUnit Of(ForwardRecord record, string layer, ActiveUnit unit, string pictureName,
        ReceptiveField field, Photo photo, InputPlacement placement, IReadOnlyList<BackwardRule> rules)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(rules);
        ImageLayout layout = record.Prepared.Network.LayoutOf(0);
        Tensor<float>[] signals = [.. rules.Select(rule =>
            Cut(record.Backward(Seed.Neuron(layer, unit.C, unit.Y, unit.X), rule).ToPlanes(layout), field))];
        (double left, double top, double width, double height) = FieldPicture.BoxOf(field, placement);
        // One pixel of the photograph or of the input each, whichever is finer.
        int columns = Math.Max(field.Right - field.Left + 1, Math.Min(MostPatchPixels, (int)Math.Ceiling(width)));
        int rows = Math.Max(field.Bottom - field.Top + 1, Math.Min(MostPatchPixels, (int)Math.Ceiling(height)));
        return new ReconstructedUnit(unit, pictureName, field, Mosaic.Cut(photo, left, top, width, height, columns, rows),
            signals);
    }

    private const int MostPatchPixels = 256;

    /// <summary>A rule's signal as a picture: grey is 0, on its own scale.</summary>
    /// <param name="rule">Index of the rule.</param>
    /// <param name="order">Which colours three channels are.</param>
    /// <param name="width">Columns wanted.</param>
    /// <param name="height">Rows wanted.</param>
    public Photo Picture(int rule, ChannelOrder order, int width, int height)
    {
        Tensor<float> signal = Signals[rule];
        Photo blank = Painting.Blank(width, height, Rgb.Grey(128));
        return SignalImage.Draw(signal, 0, SignalImage.ScaleOf(signal), order,
            new InputPlacement((int)signal.Lengths[3], (int)signal.Lengths[2], 0, 0, width, height), blank);
    }

    private static Tensor<float> Cut(Tensor<float> planes, ReceptiveField field)
    {
        (int channels, int height, int width) = ((int)planes.Lengths[1], field.Bottom - field.Top + 1,
            field.Right - field.Left + 1);
        var part = new float[channels * height * width];
        for (int c = 0, i = 0; c < channels; c++)
        for (int y = field.Top; y <= field.Bottom; y++)
        for (int x = field.Left; x <= field.Right; x++, i++)
            part[i] = planes[0, c, y, x];
        return Numbers.Create(part, [1, channels, height, width]);
    }
}
