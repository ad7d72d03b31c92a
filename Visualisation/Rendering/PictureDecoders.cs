using SkiaSharp;

namespace NetViz.Visualisation.Rendering;

/// <summary>
/// What decodes pictures in this process: SkiaSharp, whose JPEGs are Pillow's to the byte, unless a program chooses another decoder
/// or SkiaSharp has no native library here.
/// </summary>
public static class PictureDecoders
{
    private static readonly Lazy<bool> HasSkia = new(FindSkia);

    private static IPictureDecoder? _chosen;
    private static Lazy<IPictureDecoder>? _standIn;
    private static Action<string>? _remark;

    /// <summary>Gets the name of the decoder that is used.</summary>
    public static string CurrentName => Current?.Name ?? "SkiaSharp";

    /// <summary>Gets the decoder that is used; null for SkiaSharp.</summary>
    internal static IPictureDecoder? Current
    {
        get
        {
            if (_chosen is not null || _standIn is null || HasSkia.Value) return _chosen;
            Interlocked.Exchange(ref _remark, null)?.Invoke($"SkiaSharp has no native library on this system, so that {_standIn.Value.Name} "
                + "decodes pictures; photographs differ by half a level on average");
            return _standIn.Value;
        }
    }

    /// <summary>Chooses a decoder for this process.</summary>
    /// <param name="decoder">The decoder; null for SkiaSharp.</param>
    public static void Use(IPictureDecoder? decoder) => _chosen = decoder;

    /// <summary>Names the decoder that stands in where SkiaSharp has no native library.</summary>
    /// <param name="create">Creates the decoder when it is first needed.</param>
    /// <param name="remark">Receives one line when it is first used.</param>
    public static void UseWithoutSkia(Func<IPictureDecoder> create, Action<string>? remark = null) =>
        (_standIn, _remark) = (new Lazy<IPictureDecoder>(create), remark);

    private static bool FindSkia()
    {
        try
        {
            using var bitmap = new SKBitmap();
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or EntryPointNotFoundException
            or BadImageFormatException)
        {
            return false;
        }
    }
}
