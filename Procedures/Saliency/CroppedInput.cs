using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Engine.Imaging;
using NetViz.Visualisation.Maps;
using NetViz.Weights.InputPreprocessing;
using Numbers = System.Numerics.Tensors.Tensor;

namespace NetViz.Procedures;

/// <summary>Ten crops of a photograph as one batch.</summary>
/// <param name="Input">The ten inputs as the network takes them.</param>
/// <param name="Photo">The photograph.</param>
/// <param name="Region">Where the region lies on it from which they are cut.</param>
/// <param name="Crops">Their places on the region.</param>
/// <param name="From">Where the region's size comes from.</param>
internal sealed record CroppedInput(Tensor<float> Input, Photo Photo, InputPlacement Region, TenCrops Crops, string From)
{
    /// <summary>
    /// What the region is of the input where preprocessing leaves nothing around it [ours: VGG's 256 of 224].
    /// </summary>
    private const double RegionShare = 256.0 / 224.0;

    public static CroppedInput Of(Explainer model, InputFile file, int? from, ProcedureRun run)
    {
        Preprocessing own = model.Preprocessing;
        (int Width, int Height) size = (own.ResizeWidth, own.ResizeHeight);
        string source = $"the model's preprocessing, {own.Name}";
        if (from is int width)
        {
            size = (width, (int)Math.Round((double)width * own.Height / own.Width));
            source = "given";
            if (size.Width < own.Width || size.Height < own.Height || size.Width > 8 * own.Width)
            {
                throw new NetVizException($"`CropsFrom` {width}; the input is {own.Width}x{own.Height}, and {own.Width} to "
                    + $"{8 * own.Width} are supported");
            }
        }
        else if (size == (own.Width, own.Height))
        {
            size = ((int)Math.Round(own.Width * RegionShare), (int)Math.Round(own.Height * RegionShare));
            source = "ours: 256/224 of the input, because the model's preprocessing resizes to the input's own size";
        }

        Preprocessing wider = own with
        {
            Width = size.Width, Height = size.Height, ResizeWidth = size.Width, ResizeHeight = size.Height,
        };
        (Tensor<float> region, Photo photo, InputPlacement placement) = model.ReadPicture(file, run, wider);
        var crops = new TenCrops(size.Height, size.Width, own.Height, own.Width);
        Tensor<float> cut = crops.Cut(region.ToPlanes(own.Layout));
        if (own.Layout == ImageLayout.Nhwc) cut = Numbers.PermuteDimensions(cut, [0, 2, 3, 1]);
        return new CroppedInput(cut, photo, placement, crops, source);
    }
}
