using Gateway.Host.Commands;
using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class PlainJsonTests
{
    [Fact]
    public void Text_IsSnakeCaseIndented_WithoutNullsAndEscapes()
    {
        var entry = new CheckEntry { Id = null, Source = "a.json", Message = "'it' < \"that\"" };
        new CheckJson(PlainJson.Options()).CheckEntry.Options.Should().NotBeSameAs(CheckJson.Plain.Options);
        System.Text.Json.JsonSerializer.Serialize(entry, new CheckJson(PlainJson.Options()).CheckEntry).ReplaceLineEndings("\n")
            .Should().Be("{\n  \"source\": \"a.json\",\n  \"message\": \"'it' < \\\"that\\\"\"\n}");
    }
}
