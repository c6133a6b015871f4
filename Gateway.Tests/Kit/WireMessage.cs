namespace Gateway.Tests.Kit;

/// <summary>A message taken apart: first line, header lines by name in the order in which the names came, content without chunks.</summary>
internal sealed record WireMessage(string First, IReadOnlyList<(string Name, string Value)> Headers, string Body)
{
    /// <summary>Lines of one name are joined in their order, as RFC 9110 §5.3 allows on the way; Cookie by RFC 6265 §5.4.</summary>
    public static WireMessage Of(string head, string body)
    {
        string[] lines = head.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var headers = lines[1..].Select(static line => line.TrimEnd('\r').Split(':', 2)).Where(static parts => parts.Length == 2)
            .GroupBy(static parts => parts[0], static parts => parts[1].Trim(' ', '\t'), StringComparer.OrdinalIgnoreCase)
            .Select(static header => (header.Key, string.Join(header.Key.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? "; " : ", ", header).Trim(' ', '\t')))
            .ToList();
        return new WireMessage(lines[0].TrimEnd('\r'), headers, body);
    }

    public string? this[string name] => Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(static header => header.Value).FirstOrDefault();

    /// <summary>All but some headers, one line each, by name: two of these are compared.</summary>
    public string Without(IReadOnlySet<string> names) =>
        $"{First}\n{string.Join('\n', Headers.Where(header => !names.Contains(header.Name)).Select(static header => $"{header.Name}: {header.Value}").Order(StringComparer.OrdinalIgnoreCase))}\n\n{Body}";

    /// <summary>A response as it stood on the wire, its connection closed behind it.</summary>
    public static WireMessage OfResponse(string all)
    {
        int end = all.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string body = all[(end + 4)..];
        WireMessage message = Of(all[..end], body);
        return message["Transfer-Encoding"] is null || body.Length == 0 ? message : message with { Body = Dechunked(body) };
    }

    private static string Dechunked(string body)
    {
        string all = "";
        while (true)
        {
            int end = body.IndexOf("\r\n", StringComparison.Ordinal);
            int size = end < 0 ? throw new InvalidDataException("The chunks do not end.") : Convert.ToInt32(body[..end], 16);
            if (size == 0)
            {
                return all;
            }

            all += body.Substring(end + 2, size);
            body = body[(end + 2 + size + 2)..];
        }
    }
}
