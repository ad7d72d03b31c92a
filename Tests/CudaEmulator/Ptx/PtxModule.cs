using NetViz.CudaEmulator.Program;
using NetViz.CudaEmulator.Syntax;

namespace NetViz.CudaEmulator;

/// <summary>A module of PTX: its kernels, decoded.</summary>
public sealed class PtxModule
{
    private readonly Dictionary<string, PtxKernel> kernels;

    private PtxModule(Dictionary<string, PtxKernel> kernels) => this.kernels = kernels;

    /// <summary>The names of all kernels.</summary>
    public IReadOnlyCollection<string> Kernels => kernels.Keys;

    /// <summary>Reads a module and decodes all its kernels.</summary>
    /// <exception cref="PtxException">The text is no PTX, or holds what the interpreter does not know.</exception>
    public static PtxModule Parse(string text)
    {
        string[] lines = text.Split('\n');
        return new PtxModule(new Parser(text).Module().ToDictionary(entry => entry.Name,
            entry => new PtxKernel(new PtxProgram(entry, lines), entry.MaxThreads)));
    }

    /// <summary>The kernel of a name.</summary>
    /// <exception cref="PtxException">There is none.</exception>
    public PtxKernel Kernel(string name) =>
        kernels.TryGetValue(name, out PtxKernel? kernel) ? kernel : throw new PtxException($"no kernel {name} in the module");
}
