using System.Text.RegularExpressions;

namespace Gateway.Tests.House;

/// <summary>One file, one thing: files that fit a head, methods that fit a screen.</summary>
public sealed class SizeTests
{
    private const int MaxFileLines = 300;
    private const int MaxMemberLines = 60;

    private static readonly string[] Projects = ["Gateway.Core", "Gateway.Host", "Gateway.Tests", "Gateway.Benchmarks"];

    [Fact]
    public void Files_HaveAtMost300Lines()
    {
        Projects.SelectMany(Repository.Sources)
            .Where(static file => Repository.Read(file).TrimEnd('\n').Count(static c => c == '\n') + 1 > MaxFileLines)
            .Should().BeEmpty();
    }

    [Fact]
    public void Members_HaveAtMost60Lines()
    {
        Projects.SelectMany(static project => Repository.Sources(project))
            .SelectMany(static file => Members(Repository.Read(file)).Where(static member => member.Lines > MaxMemberLines)
                .Select(member => $"{file}: {member.Head} has {member.Lines} lines"))
            .Should().BeEmpty();
    }

    [Fact]
    public void Counter_FindsMembersAndTheirLines()
    {
        const string Source = """
            namespace A.B;

            public sealed record R(int X)
            {
                public int One { get; init; }

                [Fact]
                public void Two(string s)
                {
                    if (s is { Length: 1 })
                    {
                        Call("{");
                    }
                }

                private enum E
                {
                    None,
                }

                private int Three(int n) => n switch
                {
                    1 => 2,
                    _ => 3,
                };
            }
            """;
        Members(Source).Should().Equal(
            ("public int One", 1), ("[Fact] public void Two(string s)", 8), ("private int Three(int n) => n switch", 5));
    }

    /// <summary>Blocks that stand directly in a type: methods, properties, initialisers; lines from head to last brace.</summary>
    private static List<(string Head, int Lines)> Members(string source)
    {
        string code = CodeText.Strip(source);
        var members = new List<(string Head, int Lines)>();
        var open = new Stack<(bool IsType, int Start, string Head)>();
        int from = 0;
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i] == '{')
            {
                int start = from + code[from..i].TakeWhile(char.IsWhiteSpace).Count();
                string head = Regex.Replace(code[start..i], @"\s+", " ").Trim();
                open.Push((Regex.IsMatch(head, @"\b(class|struct|record|interface|enum|namespace)\s+[A-Za-z]"), start, head));
            }
            else if (code[i] == '}' && open.TryPop(out (bool IsType, int Start, string Head) block)
                && !block.IsType && open.TryPeek(out (bool IsType, int Start, string Head) outer) && outer.IsType)
            {
                members.Add((block.Head, code[block.Start..i].Count(static c => c == '\n') + 1));
            }

            from = code[i] is '{' or '}' or ';' ? i + 1 : from;
        }

        return members;
    }
}
