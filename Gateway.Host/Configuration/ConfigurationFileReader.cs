using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Core.Configuration;

namespace Gateway.Host.Configuration;

/// <summary>Reads the tree of one file with positions. The recursion is as deep as the JSON, which the reader bounds.</summary>
internal ref struct ConfigurationFileReader
{
    /// <summary>Values in a file: bounds the memory that a file of brackets and commas can take to some 50 MB.</summary>
    public const int MaxValues = 250_000;

    private readonly string _name;
    private readonly int _layer;
    private readonly ReadOnlySpan<byte> _utf8;
    private readonly List<ConfigurationProblem> _problems;
    private Utf8JsonReader _json;
    private TextPositions _positions;
    private int _values;

    public ConfigurationFileReader(string name, ReadOnlySpan<byte> utf8, int layer, List<ConfigurationProblem> problems)
    {
        (_name, _layer, _problems) = (name, layer, problems);
        _utf8 = utf8;
        _json = new Utf8JsonReader(utf8, new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            MaxDepth = ConfigurationNode.MaxDepth,
        });
        _positions = new TextPositions(utf8);
    }

    /// <exception cref="JsonException">The JSON is broken.</exception>
    public ConfigurationNode Read()
    {
        _json.Read();
        ValueOrigin at = Here();
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("a configuration file holds an object, { … }");
        }

        ConfigurationNode root = ConfigurationNode.Root();
        root.WriteOut(NodeKind.Section, at);
        ReadObject(root);

        // The reader throws at anything that follows.
        _json.Read();
        return root;
    }

    /// <summary>Says in the user's terms what the JSON reader met, and where.</summary>
    public readonly ConfigurationProblem Explain(JsonException broken)
    {
        int offset = broken.LineNumber is { } line
            ? TextPositions.OffsetOf(_utf8, line, broken.BytePositionInLine ?? 0)
            : (int)_json.TokenStartIndex;
        (int Line, int Column) at = new TextPositions(_utf8).At(offset);
        int details = broken.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        string message = (details < 0 ? broken.Message : broken.Message[..details]).TrimEnd('.');
        bool isBlank = _json.TokenType == JsonTokenType.None && !_utf8.ContainsAnyExcept(" \t\r\n"u8);
        return new ConfigurationProblem(
            new ValueOrigin(_layer, _name, at.Line, at.Column), isBlank ? "the file is empty; write at least { }" : $"broken JSON: {message}");
    }

    private void ReadObject(ConfigurationNode into)
    {
        while (Next() && _json.TokenType != JsonTokenType.EndObject)
        {
            ValueOrigin keyAt = Here();
            string key = ReadText(out string? problem);
            string name = key;
            ConfigurationNode? section = problem is null ? into.Open(key, keyAt, out name, out problem) : null;
            ConfigurationNode? existing = section?.Find(name);
            Next();
            if (existing is { IsImplied: true } && _json.TokenType == JsonTokenType.StartObject)
            {
                existing.WriteOut(NodeKind.Section, Here());
                ReadObject(existing);
                continue;
            }

            if (existing is not null)
            {
                problem = ConfigurationNode.Twice(name, existing);
            }

            ConfigurationNode value = ReadValue(keyAt, section ?? into);
            if (problem is null)
            {
                section!.Add(name, value);
            }
            else
            {
                _problems.Add(new ConfigurationProblem(keyAt, problem));
            }
        }
    }

    private ConfigurationNode ReadValue(ValueOrigin? keyAt, ConfigurationNode parent)
    {
        if (++_values > MaxValues)
        {
            throw new JsonException($"the file holds more than {MaxValues} values");
        }

        ValueOrigin at = Here();
        string? problem = null;
        (NodeKind kind, string text) = _json.TokenType switch
        {
            JsonTokenType.StartObject => (NodeKind.Section, ""),
            JsonTokenType.StartArray => (NodeKind.List, ""),
            JsonTokenType.String => (NodeKind.Text, ReadText(out problem)),
            JsonTokenType.Number => (NodeKind.Number, Encoding.UTF8.GetString(_json.ValueSpan)),
            JsonTokenType.Null => (NodeKind.Null, ""),
            _ => (NodeKind.Boolean, _json.TokenType == JsonTokenType.True ? "true" : "false"),
        };
        if (problem is not null)
        {
            _problems.Add(new ConfigurationProblem(at, problem));
        }

        var node = new ConfigurationNode(kind, text, at, keyAt ?? at, parent.ChildDepth);
        if (kind == NodeKind.Section)
        {
            ReadObject(node);
        }
        else if (kind == NodeKind.List)
        {
            for (int i = 0; Next() && _json.TokenType != JsonTokenType.EndArray; i++)
            {
                node.Add(i.ToString(CultureInfo.InvariantCulture), ReadValue(null, node));
            }
        }

        return node;
    }

    /// <summary>The reader refuses escapes that make no characters only when asked for the text.</summary>
    private readonly string ReadText(out string? problem)
    {
        try
        {
            problem = null;
            return _json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            problem = "the text has half of a surrogate pair, which is not a character";
            return "";
        }
    }

    private bool Next() => _json.Read();

    private ValueOrigin Here()
    {
        (int line, int column) = _positions.At((int)_json.TokenStartIndex);
        return new ValueOrigin(_layer, _name, line, column);
    }
}
