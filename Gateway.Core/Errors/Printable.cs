using System.Globalization;
using System.Text;

namespace Gateway.Core.Errors;

/// <summary>Makes texts that may quote what somebody wrote safe for a terminal and a line of a log.</summary>
internal static class Printable
{
    private const int MaxLength = 2_000;

    /// <summary>The text on one line, control characters escaped, shortened to some 2,000 characters.</summary>
    public static string Of(string text)
    {
        var line = new StringBuilder();
        foreach (char c in text)
        {
            if (line.Length >= MaxLength)
            {
                line.Append('…');
                break;
            }

            if (char.IsControl(c) || c is '\u2028' or '\u2029')
            {
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                line.Append(c);
            }
        }

        return line.ToString();
    }
}
