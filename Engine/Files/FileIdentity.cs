namespace NetViz.Engine.Files;

/// <summary>What makes two names one file: the device that it is on and its number there.</summary>
/// <param name="Device">The device, or the volume.</param>
/// <param name="File">The file's number: the inode, or the file index.</param>
public readonly record struct FileIdentity(ulong Device, ulong File);

/// <summary>What a path names.</summary>
public enum FileType
{
    /// <summary>Nothing.</summary>
    Missing,

    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A symbolic link, or another reparse point.</summary>
    Link,

    /// <summary>A named pipe.</summary>
    Pipe,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A character or block device.</summary>
    Device,

    /// <summary>Something that the system does not name.</summary>
    Other,
}
