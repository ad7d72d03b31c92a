using NetViz.CudaEmulator.Ptx.Program;
using NetViz.CudaEmulator.Ptx.Syntax;

namespace NetViz.CudaEmulator.Ptx;

/// <summary>A module of PTX: its kernels, decoded.</summary>
public sealed class PtxModule
{
    private readonly Dictionary<string, PtxKernel> _kernels;

    private PtxModule(Dictionary<string, PtxKernel> kernels) => _kernels = kernels;

    /// <summary>The names of all kernels.</summary>
    public IReadOnlyCollection<string> Kernels => _kernels.Keys;

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
        _kernels.TryGetValue(name, out PtxKernel? kernel) ? kernel : throw new PtxException($"no kernel {name} in the module");
}
