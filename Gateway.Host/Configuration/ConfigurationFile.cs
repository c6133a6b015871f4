using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Core.Configuration;

namespace Gateway.Host.Configuration;

/// <summary>One JSON file of the configuration. Comments and trailing commas are allowed.</summary>
internal static class ConfigurationFile
{
    /// <summary>Bytes; many times what <see cref="ConfigurationFileReader.MaxValues"/> values take when written with care.</summary>
    public const int MaxSize = 16 * 1024 * 1024;

    private static readonly byte[] Utf8Mark = [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a file into a tree. What is wrong with it is added to the problems.</summary>
    /// <param name="name">The file as the user gave it, for messages.</param>
    /// <param name="path">Its full path.</param>
    /// <param name="layer">Rank among the layers.</param>
    /// <param name="problems">Gathers what is wrong.</param>
    /// <returns>Null when the file as a whole cannot be used.</returns>
    public static ConfigurationNode? Read(string name, string path, int layer, List<ConfigurationProblem> problems)
    {
        byte[]? content = FileContent.Read(path, MaxSize, out string? problem);
        if (content is null)
        {
            problems.Add(new ConfigurationProblem(new ValueOrigin(layer, name), $"the file {problem}"));
            return null;
        }

        return Parse(name, content, layer, problems);
    }

    public static ConfigurationNode? Parse(string name, ReadOnlySpan<byte> content, int layer, List<ConfigurationProblem> problems)
    {
        // Editors on Windows write the mark; .NET configuration takes it as well.
        ReadOnlySpan<byte> utf8 = content.StartsWith(Utf8Mark) ? content[Utf8Mark.Length..] : content;
        if (!Utf8.IsValid(utf8))
        {
            problems.Add(NotUtf8(name, utf8, layer));
            return null;
        }

        var reader = new ConfigurationFileReader(name, utf8, layer, problems);
        try
        {
            return reader.Read();
        }
        catch (JsonException broken)
        {
            problems.Add(reader.Explain(broken));
            return null;
        }
    }

    private static ConfigurationProblem NotUtf8(string name, ReadOnlySpan<byte> content, int layer)
    {
        if (content is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
        {
            return new ConfigurationProblem(new ValueOrigin(layer, name, 1, 1), "the file is written in UTF-16; save it as UTF-8");
        }

        int offset = 0;
        while (Rune.DecodeFromUtf8(content[offset..], out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            offset += length;
        }

        (int line, int column) = new TextPositions(content).At(offset);
        return new ConfigurationProblem(
            new ValueOrigin(layer, name, line, column), $"the byte 0x{content[offset]:X2} is not UTF-8; save the file as UTF-8");
    }
}
