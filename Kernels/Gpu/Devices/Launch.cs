using System.Runtime.CompilerServices;
using ILGPU;

// ILGPU builds launchers in an assembly of its own, from the kernels' argument types.
[assembly: InternalsVisibleTo(Context.RuntimeAssemblyName)]

namespace NetViz.Kernels.Gpu;

// A kernel is a struct: its arguments are its fields, and Run is what each thread does. The struct's type is the kernel's
// key, so a kernel with type parameters (a rectifier, a rule) is compiled once for each that is used.

/// <summary>A kernel of independent threads, numbered 0, 1, 2, ...</summary>
internal interface IThreadKernel
{
    /// <summary>What thread <paramref name="i"/> does.</summary>
    void Run(int i);
}

/// <summary>A kernel of groups whose threads share memory and meet at barriers.</summary>
internal interface IGroupKernel
{
    /// <summary>Threads of a group, along x.</summary>
    static abstract int GroupSize { get; }

    /// <summary>
    /// Groups that must find room on a multiprocessor side by side: what bounds the registers of a thread to 65536 over all their
    /// threads.
    /// </summary>
    static virtual int GroupsPerMultiprocessor => 1;

    /// <summary>What a thread does; <see cref="Grid"/> and <see cref="Group"/> tell which it is.</summary>
    void Run();
}

/// <summary>The entry points that ILGPU compiles.</summary>
internal static class EntryPoint
{
    /// <summary>The entry point of a kernel with one thread an element.</summary>
    public static void Thread<TKernel>(Index1D i, TKernel kernel)
        where TKernel : struct, IThreadKernel => kernel.Run(i);

    /// <summary>The entry point of a kernel whose threads work in groups.</summary>
    public static void Group<TKernel>(TKernel kernel)
        where TKernel : struct, IGroupKernel => kernel.Run();
}
