using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using NetViz.Kernels;
using NetViz.Weights;

namespace NetViz.Procedures;

/// <summary>The model of a result, and how its input was made.</summary>
/// <param name="Path">The ONNX file.</param>
/// <param name="Sha256">Of its bytes.</param>
/// <param name="Head">The output that was taken of a network with several.</param>
/// <param name="Preprocessing">What became of pixels; null where nothing is known of it.</param>
/// <param name="PreprocessingSource">Where that is known from.</param>
/// <param name="LabelsSha256">Of the class names, one a line; null where there are none.</param>
public sealed record ModelOrigin(string Path, string Sha256, string? Head, string? Preprocessing, string? PreprocessingSource,
    string? LabelsSha256);

/// <summary>Where and how a result was computed.</summary>
/// <param name="Device">The back-end.</param>
/// <param name="DeviceDescription">The processor or card.</param>
/// <param name="Algorithm">How convolutions were computed: auto, winograd or direct.</param>
/// <param name="Precision">The arithmetic of products.</param>
/// <param name="InstructionSet">The processor's architecture and the width of its vectors.</param>
/// <param name="Threads">Threads of the processor.</param>
/// <param name="DoThreadsMatter">False: the same bytes for any number of threads.</param>
public sealed record DeviceOrigin(string Device, string DeviceDescription, string Algorithm, string Precision,
    string InstructionSet, int Threads, bool DoThreadsMatter = false);

/// <summary>All that a result depends on, so that it can be made again: the member "provenance" of every .json.</summary>
public sealed record ResultProvenance
{
    // Version and commit, which a build from a checkout knows: 0.1.0+1234abc.
    private static readonly string[] Built = (typeof(ResultProvenance).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+', 2);

    /// <summary>The version of netviz.</summary>
    public string Version { get; init; } = ResultFiles.Version;

    /// <summary>The commit that netviz was built from, or "unknown".</summary>
    public string Commit { get; init; } = CurrentCommit;

    /// <summary>The command; null where a program called.</summary>
    public string? Command { get; init; }

    /// <summary>The words of the command line, without the program's name; null where a program called.</summary>
    public IReadOnlyList<string>? CommandLine { get; init; }

    /// <summary>The folder that paths are relative to; null where a program called.</summary>
    public string? Directory { get; init; }

    /// <summary>The pictures or arrays that were looked at.</summary>
    public IReadOnlyList<FileOrigin> Inputs { get; init; } = [];

    /// <summary>Further files that the command line names, such as a file of rules.</summary>
    public IReadOnlyList<FileOrigin> OtherFiles { get; init; } = [];

    /// <summary>The model.</summary>
    public ModelOrigin? Model { get; init; }

    /// <summary>The device; null where nothing was computed on one.</summary>
    public DeviceOrigin? Device { get; init; }

    /// <summary>All settings of the procedure, including those left at their defaults.</summary>
    public object? Settings { get; init; }

    /// <summary>How pictures were drawn.</summary>
    public object? Look { get; init; }

    /// <summary>What the names of the result's files begin with.</summary>
    public string? Stem { get; init; }

    /// <summary>This file's name.</summary>
    public string? Json { get; init; }

    /// <summary>The result's files beside this one with the SHA-256 of their bytes.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>The commit that this program was built from, or "unknown".</summary>
    internal static string CurrentCommit => Built.Length > 1 ? Built[1] : "unknown";

    /// <summary>The architecture and the width of vectors.</summary>
    internal static string CurrentInstructionSet => $"{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}, "
        + $"vectors of {(System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? 512 : 8 * Vector<byte>.Count)} bits";

    /// <summary>The provenance of a result on a model without a device.</summary>
    internal static ResultProvenance Of(OnnxModel model, object settings, string? stem, params IEnumerable<InputFile> inputs)
    {
        CommandRecord? command = CommandRecord.Current;
        return new ResultProvenance
        {
            Command = command?.Command,
            CommandLine = command?.Arguments,
            Directory = command?.Directory,
            Inputs = [.. inputs.Select(file => new FileOrigin(file.Path, Convert.ToHexStringLower(file.Sha256())))],
            OtherFiles = command?.Origins ?? [],
            Model = new ModelOrigin(model.Path, model.Sha256, model.Head, model.Preprocessing?.Describe(), model.Preprocessing?.Source,
                model.Labels is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
                    string.Join('\n', Enumerable.Range(0, model.ClassCount).Select(model.ClassName)))))),
            Settings = settings,
            Stem = stem,
        };
    }
}

public sealed partial class Explainer
{
    /// <summary>The provenance of a result of this model.</summary>
    /// <param name="settings">The procedure's options.</param>
    /// <param name="stem">What the names of the result's files begin with.</param>
    /// <param name="inputs">The pictures that were looked at.</param>
    internal ResultProvenance ProvenanceOf(object settings, string? stem, params IEnumerable<InputFile> inputs)
    {
        IKernels kernels = Prepared.Kernels;
        return ResultProvenance.Of(Model, settings, stem, inputs) with
        {
            Device = new DeviceOrigin(kernels.Name, kernels.Description,
                kernels.Name.StartsWith("reference", StringComparison.Ordinal) ? "direct" : _options.Algorithm.ToString().ToLowerInvariant(),
                _options.Precision.ToString().ToLowerInvariant(), ResultProvenance.CurrentInstructionSet, kernels.Threads),
        };
    }
}
