using NUnit.Framework;

// Part of every test project.

// Fixtures run in parallel. A test that measures the whole process, or changes its state, is NonParallelizable.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: NetViz.Tests.Common.ClosesGpus]
[assembly: NetViz.Tests.Common.GpuCategory]
