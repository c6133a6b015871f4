using System.Runtime.InteropServices;

namespace Gateway.Host.Configuration;

/// <summary>Whether a path leads to what can be read again: opening a pipe would wait for somebody to write, and what was read is gone.</summary>
internal static partial class FileKind
{
    private const int CurrentDirectory = -100, TypeAndMode = 0x3;
    private const int ModeOffset = 28, TypeMask = 0xF000, Regular = 0x8000, Folder = 0x4000;

    /// <summary>False for a pipe, a socket or a device. True for a regular file, a folder, what does not exist, and where the system does not say.</summary>
    public static bool CanBeReadAgain(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        // struct statx is the same on all processors; a failure is told by whoever opens the file.
        Span<byte> about = stackalloc byte[256];
        if (Ask(CurrentDirectory, path, flags: 0, TypeAndMode, ref MemoryMarshal.GetReference(about)) != 0)
        {
            return true;
        }

        int type = BitConverter.ToUInt16(about[ModeOffset..]) & TypeMask;
        return type is Regular or Folder;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Ask(int directory, string path, int flags, uint mask, ref byte about);
}
