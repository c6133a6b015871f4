namespace Gateway.Host.Configuration;

/// <summary>Reads small files whole, never more than a limit, and says in a few words why one cannot be read.</summary>
internal static class FileContent
{
    /// <param name="path">The file; a pipe will do.</param>
    /// <param name="limit">Most bytes to take.</param>
    /// <param name="problem">What is wrong, to be read after the file's name.</param>
    public static byte[]? Read(string path, int limit, out string? problem)
    {
        try
        {
            if (Directory.Exists(path))
            {
                problem = "is a directory";
                return null;
            }

            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            byte[] buffer = new byte[64 * 1024];
            for (int count = file.Read(buffer); count > 0; count = file.Read(buffer))
            {
                content.Write(buffer, 0, count);
                if (content.Length > limit)
                {
                    problem = $"is larger than {limit} bytes";
                    return null;
                }
            }

            problem = null;
            return content.ToArray();
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "does not exist";
        }
        catch (UnauthorizedAccessException)
        {
            problem = "may not be read: permission denied";
        }
        catch (Exception broken) when (broken is IOException or ArgumentException or NotSupportedException)
        {
            problem = $"cannot be read: {broken.Message.TrimEnd('.')}";
        }

        return null;
    }
}
