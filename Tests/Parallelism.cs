using NUnit.Framework;

// Fixtures run side by side. A test that measures the whole process, or changes what belongs to it, is NonParallelizable.
[assembly: Parallelizable(ParallelScope.Fixtures)]
