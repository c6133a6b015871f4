using System.Security.Cryptography;
using System.Text;

namespace Gateway.Host.Configuration;

/// <summary>What the files of a configuration hold, in short: two that are equal hold the same. By content, not by time: a mounted ConfigMap is
/// swapped by a symbolic link, and many editors replace the file.</summary>
internal static class ConfigurationFingerprint
{
    /// <summary>Reads the files; one that cannot be read counts with the reason.</summary>
    public static string Of(ConfigurationInputs inputs)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in ConfigurationLoader.PossibleFiles(inputs))
        {
            string path = Path.Combine(inputs.Directory, name);
            string? problem = "is a pipe";
            byte[]? content = FileKind.CanBeReadAgain(path) ? FileContent.Read(path, ConfigurationFile.MaxSize, out problem) : null;
            hash.AppendData(SHA256.HashData(content ?? Encoding.UTF8.GetBytes(problem!)));
            hash.AppendData([content is null ? (byte)0 : (byte)1]);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
