using NUnit.Framework;

namespace NetViz.Tests.Common;

/// <summary>Tests with a folder of their own, a new one for each.</summary>
public abstract class InTemporaryFolder
{
    /// <summary>The folder of the test that runs.</summary>
    private protected TemporaryFolder Folder { get; private set; } = null!;

    [SetUp]
    public void MakeFolder() => Folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => Folder.Dispose();
}
