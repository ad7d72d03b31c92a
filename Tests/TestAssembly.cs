using System.Runtime.CompilerServices;
using NetViz.Kernels.Gpu;
using NUnit.Framework;

// Part of every test project.

// Fixtures run in parallel. A test that measures the whole process, or changes its state, is NonParallelizable.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: NetViz.Tests.Common.ClosesGpus]
[assembly: NetViz.Tests.Common.GpuCategory]

/// <summary>What each test project does before its first test.</summary>
internal static class TestAssembly
{
    /// <summary>Lets the engine choose a GPU by name, as programs do at their start.</summary>
    [ModuleInitializer]
    internal static void Register() => GpuDevices.Register();
}
