using System.Numerics.Tensors;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Visualisation.Maps;

/// <summary>One of the ten: where it lies on the region, and whether it is reflected.</summary>
/// <param name="Top">First row.</param>
/// <param name="Left">First column.</param>
/// <param name="IsMirrored">Whether left and right are exchanged.</param>
public readonly record struct CropPlace(int Top, int Left, bool IsMirrored);

/// <summary>
/// The four corners and the centre of a region, and their reflections: ten inputs, whose maps are mapped back onto the region and
/// averaged (1312.6034, section 3.1: "as for classification"; the places are those of Krizhevsky, Sutskever, Hinton 2012). Crops
/// cover pixels near the edges less often: each pixel gets the mean over the crops that hold it [ours].
/// </summary>
/// <param name="regionHeight">Rows of the region.</param>
/// <param name="regionWidth">Columns of the region.</param>
/// <param name="cropHeight">Rows of a crop.</param>
/// <param name="cropWidth">Columns of a crop.</param>
public sealed class TenCrops(int regionHeight, int regionWidth, int cropHeight, int cropWidth)
{
    /// <summary>Five places, each as it is and reflected.</summary>
    public const int Count = 10;

    /// <summary>The ten: four corners, the centre, then the same reflected.</summary>
    public IReadOnlyList<CropPlace> Places { get; } = PlacesOf(regionHeight - cropHeight, regionWidth - cropWidth);

    /// <summary>Cuts the crops out of a region.</summary>
    /// <param name="region">[1, C, region rows, region columns].</param>
    /// <returns>[10, C, crop rows, crop columns].</returns>
    /// <exception cref="ArgumentException">The region has another shape.</exception>
    public Tensor<float> Cut(Tensor<float> region)
    {
        SignalPlanes planes = PlanesOf(region, regionHeight, regionWidth, 0);
        var crops = new float[Count * planes.Channels * cropHeight * cropWidth];
        int to = 0;
        foreach (CropPlace place in Places)
        for (int c = 0; c < planes.Channels; c++)
        for (int y = 0; y < cropHeight; y++, to += cropWidth)
        {
            Span<float> row = crops.AsSpan(to, cropWidth);
            planes.Row(c, place.Top + y).Slice(place.Left, cropWidth).CopyTo(row);
            if (place.IsMirrored) row.Reverse();
        }

        return Numbers.Create(crops, [Count, planes.Channels, cropHeight, cropWidth]);
    }

    /// <summary>Maps ten signals back onto the region and averages them, sign kept; 0 where no crop lies.</summary>
    /// <param name="signals">[10, C, crop rows, crop columns].</param>
    /// <returns>[1, C, region rows, region columns].</returns>
    /// <exception cref="ArgumentException">The signals have another shape.</exception>
    public Tensor<float> Average(Tensor<float> signals)
    {
        SignalPlanes[] crops = [.. Enumerable.Range(0, Count).Select(k => PlanesOf(signals, cropHeight, cropWidth, k))];
        int channels = crops[0].Channels;
        var values = new float[channels * regionHeight * regionWidth];
        for (int c = 0; c < channels; c++)
        {
            Mean((k, y) => crops[k].Row(c, y), 0)
                .CopyTo(values.AsSpan(c * regionHeight * regionWidth, regionHeight * regionWidth));
        }

        return Numbers.Create(values, [1, channels, regionHeight, regionWidth]);
    }

    /// <summary>Maps ten maps back onto the region and averages them; NaN where no crop lies.</summary>
    /// <param name="maps">A map for each crop.</param>
    /// <exception cref="ArgumentException">They are not ten of a crop's size.</exception>
    public SaliencyMap Average(IReadOnlyList<SaliencyMap> maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        if (maps.Count != Count || maps.Any(map => (map.Height, map.Width) != (cropHeight, cropWidth)))
            throw new ArgumentException($"Ten maps of {cropWidth}x{cropHeight} are wanted.", nameof(maps));
        return new SaliencyMap(regionWidth, regionHeight, Mean((k, y) => maps[k].Row(y), float.NaN), maps[0].Reduction);
    }

    private delegate ReadOnlySpan<float> RowOf(int crop, int y);

    private float[] Mean(RowOf row, float nothing)
    {
        var (sums, counts) = (new double[regionHeight * regionWidth], new int[regionHeight * regionWidth]);
        for (int k = 0; k < Count; k++)
        for (int y = 0; y < cropHeight; y++)
        {
            ReadOnlySpan<float> values = row(k, y);
            int to = (Places[k].Top + y) * regionWidth + Places[k].Left;
            for (int x = 0; x < cropWidth; x++)
            {
                sums[to + x] += values[Places[k].IsMirrored ? cropWidth - 1 - x : x];
                counts[to + x]++;
            }
        }

        return [.. sums.Select((sum, i) => counts[i] == 0 ? nothing : (float)(sum / counts[i]))];
    }

    private static SignalPlanes PlanesOf(Tensor<float> tensor, int height, int width, int image)
    {
        SignalPlanes planes = SignalPlanes.Of(tensor, image);
        return (planes.Height, planes.Width) == (height, width) ? planes
            : throw new ArgumentException($"{planes.Width}x{planes.Height} pixels instead of {width}x{height}.", nameof(tensor));
    }

    private static CropPlace[] PlacesOf(int spareHeight, int spareWidth)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(spareHeight, nameof(spareHeight));
        ArgumentOutOfRangeException.ThrowIfNegative(spareWidth, nameof(spareWidth));
        (int Top, int Left)[] five =
        [
            (0, 0), (0, spareWidth), (spareHeight, 0), (spareHeight, spareWidth),
            ((int)Math.Round(spareHeight / 2.0), (int)Math.Round(spareWidth / 2.0)),
        ];
        bool[] ways = [false, true];
        return [.. ways.SelectMany(mirrored => five.Select(p => new CropPlace(p.Top, p.Left, mirrored)))];
    }
}
