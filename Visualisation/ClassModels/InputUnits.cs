using System.Collections.Immutable;
using System.Numerics.Tensors;
using NetViz.Engine.Imaging;
using NetViz.Kernels;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Visualisation.ClassModels;

/// <summary>
/// The coordinates of a class model's image I [C, H, W]: the network's own, moved so that 0 is the training-set mean,
/// I_c = (p_c - Centre_c) / Deviation_c for samples p of 0 .. 255. The network's input is I_c + (Centre_c - Mean_c) /
/// Deviation_c; where the preprocessing subtracts the training-set mean, as in 1312.6034, that is I itself.
/// </summary>
public sealed record InputUnits
{
    /// <summary>Contrast of torchvision's units: 1 / 0.229, 1 / 0.224 and 1 / 0.225 from black to white, their mean.</summary>
    public const double ReferenceContrast = (1 / 0.229 + 1 / 0.224 + 1 / 0.225) / 3;

    /// <summary>The side of the inputs that published constants were chosen for, in pixels.</summary>
    public const int ReferenceSide = 224;

    /// <summary>Rows.</summary>
    public required int Height { get; init; }

    /// <summary>Columns.</summary>
    public required int Width { get; init; }

    /// <summary>The order of the axes of the network's input.</summary>
    public ImageLayout Layout { get; init; }

    /// <summary>What the network's channels are.</summary>
    public required ChannelOrder Order { get; init; }

    /// <summary>What the preprocessing subtracts, in samples of 0 .. 255, channels in the network's order.</summary>
    public required ImmutableArray<float> Mean { get; init; }

    /// <summary>What it divides by, in samples of 0 .. 255, channels in the network's order.</summary>
    public required ImmutableArray<float> Deviation { get; init; }

    /// <summary>The colour of the zero image, in samples of 0 .. 255, channels in the network's order.</summary>
    public required ImmutableArray<float> Centre { get; init; }

    /// <summary>1 or 3.</summary>
    public int Channels => Order == ChannelOrder.Grey ? 1 : 3;

    /// <summary>Numbers of an image: C H W.</summary>
    public int Count => Channels * Height * Width;

    /// <summary>The shape of the network's input for a batch.</summary>
    public Shape InputShape(int images) => new([images, .. Layout.Lengths(Channels, Height, Width)]);

    /// <summary>From black to white in the network's units, the mean over the channels.</summary>
    public double Contrast => Deviation.Average(deviation => 255 / (double)deviation);

    /// <summary>
    /// Network units in one unit of torchvision's [ours]: a step or a norm of size s in published constants is s times this.
    /// </summary>
    public double UnitRatio => Contrast / ReferenceContrast;

    /// <summary>Numbers of this image in one of 3 x 224 x 224 [ours].</summary>
    public double CountRatio => (double)Count / (3 * ReferenceSide * ReferenceSide);

    /// <summary>Pixels for a length in pixels of an image of 224 x 224 [ours].</summary>
    public double Length(double reference) => reference * Math.Min(Height, Width) / ReferenceSide;

    /// <summary>The network's input for some images.</summary>
    /// <param name="images">N images [C, H, W] in these coordinates.</param>
    /// <returns>[N, C, H, W], or [N, H, W, C] where the network takes it so.</returns>
    public Tensor<float> ToInput(IReadOnlyList<float[]> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var values = new float[images.Count * Count];
        for (int n = 0; n < images.Count; n++)
        {
            for (int i = 0; i < Count; i++)
            {
                int c = i / (Height * Width);
                values[n * Count + Place(i)] = images[n][i] + (Centre[c] - Mean[c]) / Deviation[c];
            }
        }

        int[] lengths = Layout.Lengths(Channels, Height, Width);
        return Numbers.Create(values, [images.Count, lengths[0], lengths[1], lengths[2]]);
    }

    /// <summary>A signal at the network's input, image by image as [C, H, W].</summary>
    /// <param name="signal">Of the shape of <see cref="ToInput"/>.</param>
    public float[][] FromSignal(Tensor<float> signal)
    {
        ArgumentNullException.ThrowIfNull(signal);
        var values = new float[signal.FlattenedLength];
        signal.FlattenTo(values);
        return [.. Enumerable.Range(0, values.Length / Count).Select(n =>
        {
            var planes = new float[Count];
            for (int i = 0; i < Count; i++) planes[i] = values[n * Count + Place(i)];
            return planes;
        })];
    }

    /// <summary>An image as a picture: times the deviation, plus the mean of the training set, cut off at 0 and 255.</summary>
    /// <param name="image">[C, H, W].</param>
    public Photo ToPhoto(ReadOnlySpan<float> image)
    {
        var rgb = new byte[3 * Height * Width];
        for (int i = 0; i < Height * Width; i++)
        {
            for (int colour = 0; colour < 3; colour++)
            {
                int c = ChannelOf(colour);
                float sample = image[c * Height * Width + i] * Deviation[c] + Centre[c];
                rgb[3 * i + colour] = (byte)Math.Clamp(MathF.Round(sample), 0, 255);
            }
        }

        return new Photo(Width, Height, rgb);
    }

    /// <summary>The share of an image's samples that <see cref="ToPhoto"/> cuts off at 0 or 255.</summary>
    /// <param name="image">[C, H, W].</param>
    public double ShareCutOff(ReadOnlySpan<float> image)
    {
        int outside = 0;
        for (int i = 0; i < image.Length; i++)
        {
            int c = i / (Height * Width);
            float sample = MathF.Round(image[i] * Deviation[c] + Centre[c]);
            if (!(sample is >= 0 and <= 255)) outside++;
        }

        return (double)outside / image.Length;
    }

    /// <summary>
    /// ||I||_2 of an image whose samples lie one deviation of torchvision's away from the centre [ours]: about that of a
    /// photograph.
    /// </summary>
    public double UsualNorm => Math.Sqrt(Count) * UnitRatio;

    /// <summary>A picture of the input's size as an image [C, H, W]; of one channel, its green samples.</summary>
    /// <param name="photo">The picture.</param>
    /// <exception cref="ArgumentException">It has another size.</exception>
    public float[] FromPhoto(Photo photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        if ((photo.Width, photo.Height) != (Width, Height))
            throw new ArgumentException($"A picture of {photo.Width}x{photo.Height} is none of {Width}x{Height}.", nameof(photo));
        var image = new float[Count];
        for (int c = 0; c < Channels; c++)
        {
            int colour = Order switch { ChannelOrder.Grey => 1, ChannelOrder.Bgr => 2 - c, _ => c };
            for (int i = 0; i < Height * Width; i++)
                image[c * Height * Width + i] = (photo.Rgb[3 * i + colour] - Centre[c]) / Deviation[c];
        }

        return image;
    }

    /// <summary>Cuts an image off where its samples would leave 0 .. 255.</summary>
    /// <param name="image">[C, H, W].</param>
    public void Clamp(Span<float> image)
    {
        for (int c = 0; c < Channels; c++)
        {
            float low = -Centre[c] / Deviation[c], high = (255 - Centre[c]) / Deviation[c];
            foreach (ref float value in image.Slice(c * Height * Width, Height * Width)) value = Math.Clamp(value, low, high);
        }
    }

    /// <summary>The network's channel of a colour: 0 red, 1 green, 2 blue.</summary>
    public int ChannelOf(int colour) => Order switch { ChannelOrder.Grey => 0, ChannelOrder.Bgr => 2 - colour, _ => colour };

    // Where element i of [C, H, W] lies in the network's layout.
    private int Place(int i) =>
        Layout == ImageLayout.Nchw ? i : i % (Height * Width) * Channels + i / (Height * Width);
}
