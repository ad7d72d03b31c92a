using System.Numerics.Tensors;
using NetViz.Engine;
using NetViz.Visualisation;
using NetViz.Visualisation.Rendering;

namespace NetViz.Cli;

/// <summary>One IMAGE of the command line.</summary>
/// <param name="Path">The file.</param>
/// <param name="Stem">First part of the names of its results; unique within one run.</param>
internal sealed record InputFile(string Path, string Stem)
{
    /// <summary>Whether it is an array that is already preprocessed.</summary>
    public bool IsArray => HasArrayName(Path);

    /// <summary>
    /// Turns arguments into files: a folder stands for the pictures and arrays in it, by name. Two files of one name get a
    /// number each, so that no result overwrites another.
    /// </summary>
    /// <exception cref="NetVizException">A path does not exist, or a folder holds no picture.</exception>
    public static IReadOnlyList<InputFile> Expand(IEnumerable<string> arguments)
    {
        var paths = new List<string>();
        foreach (string argument in arguments)
        {
            if (Directory.Exists(argument))
            {
                string[] inside = [.. Directory.EnumerateFiles(argument).Where(p => ImageFile.HasImageName(p) || HasArrayName(p))
                    .Order(StringComparer.Ordinal)];
                if (inside.Length == 0)
                    throw new NetVizException($"folder '{argument}' holds no picture (.png, .jpg, .jpeg, .webp, .gif, .bmp) "
                        + "and no .npy");
                paths.AddRange(inside);
            }
            else if (File.Exists(argument))
            {
                paths.Add(argument);
            }
            else
            {
                throw new NetVizException(argument.StartsWith('-')
                    ? $"'{argument}' is neither an option nor a file"
                    : $"'{argument}' does not exist");
            }
        }

        string[] stems = [.. paths.Select(p => System.IO.Path.GetFileNameWithoutExtension(p))];
        HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);
        HashSet<string> twice = new(
            stems.GroupBy(s => s, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key),
            StringComparer.OrdinalIgnoreCase);
        taken.UnionWith(stems.Where(s => !twice.Contains(s)));
        return [.. paths.Zip(stems, (path, stem) =>
        {
            string unique = stem;
            for (int number = 1; twice.Contains(stem) && !taken.Add(unique = $"{stem}-{number}"); number++)
            {
            }

            return new InputFile(path, unique);
        })];
    }

    /// <summary>Reads an array of float32 [N, C, H, W]; NaN and infinity are refused.</summary>
    public Tensor<float> ReadArray()
    {
        Tensor<float> array = Npy.Read(Path);
        long at = 0;
        foreach (float value in array)
        {
            if (!float.IsFinite(value)) throw new NetVizException($"'{Path}': element {at} is {value}; the input must be finite");
            at++;
        }

        return array;
    }

    private static bool HasArrayName(string path) => path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);
}
