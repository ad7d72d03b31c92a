using System.Globalization;
using System.Text.RegularExpressions;
using NetViz.CudaEmulator.Ptx;

namespace NetViz.CudaEmulator.Driver;

/// <summary>A module of PTX that was loaded, and the kernels taken from it.</summary>
internal sealed partial class CudaModule(CudaContext context, PtxModule code)
{
    private readonly List<nint> _functions = [];

    public CudaContext Context { get; } = context;

    /// <summary>
    /// Reads PTX as the driver does: refuses a version newer than it knows, and code for another device than this one.
    /// </summary>
    /// <exception cref="CudaFailure">The version, or the target; <paramref name="log"/> tells.</exception>
    public static CudaModule Load(CudaContext context, string text, out string log)
    {
        log = "";
        (int Major, int Minor) known = DeviceProperties.PtxVersion, asked = Pair(Version().Match(text));
        if (asked.CompareTo(known) > 0)
        {
            log = $"PTX {asked.Major}.{asked.Minor} is newer than {known.Major}.{known.Minor}, which this driver reads";
            throw new CudaFailure(CudaError.UnsupportedPtxVersion);
        }

        int target = int.TryParse(Target().Match(text).Groups[1].ValueSpan, CultureInfo.InvariantCulture, out int number)
            ? number : 0;
        if (target > 10 * Settings.Capability.Major + Settings.Capability.Minor)
        {
            log = $"code for sm_{target} on a device of capability {Settings.Capability.Major}.{Settings.Capability.Minor}";
            throw new CudaFailure(CudaError.NoBinaryForGpu);
        }

        try
        {
            return new CudaModule(context, PtxModule.Parse(text));
        }
        catch (PtxException e)
        {
            log = $"ptxas error: {e.Message}";
            throw new CudaFailure(CudaError.InvalidPtx);
        }
    }

    /// <exception cref="CudaFailure">It has no such kernel.</exception>
    public nint FunctionOf(string name)
    {
        PtxKernel kernel;
        try
        {
            kernel = code.Kernel(name);
        }
        catch (Exception e) when (e is PtxException or KeyNotFoundException)
        {
            throw new CudaFailure(CudaError.NotFound);
        }

        nint handle = Handles.Add(new CudaFunction(Context, kernel));
        _functions.Add(handle);
        return handle;
    }

    public void Unload()
    {
        foreach (nint function in _functions) Handles.Remove(function);
        _functions.Clear();
    }

    private static (int Major, int Minor) Pair(Match match) => match.Success
        ? (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
            int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture))
        : (0, 0);

    [GeneratedRegex(@"^\s*\.version\s+(\d+)\.(\d+)", RegexOptions.Multiline)]
    private static partial Regex Version();

    [GeneratedRegex(@"^\s*\.target\s+sm_(\d+)", RegexOptions.Multiline)]
    private static partial Regex Target();
}

/// <summary>A kernel of a module.</summary>
internal sealed record CudaFunction(CudaContext Context, PtxKernel Kernel);
