using Gateway.Host.Auditing;

namespace Gateway.Tests.Host.Auditing;

public sealed class FindingKindTests
{
    [Fact]
    public void Ids_AreDistinctOrderedAndOfOneForm()
    {
        string[] ids = [.. FindingKind.All.Select(static kind => kind.Id)];
        ids.Should().OnlyHaveUniqueItems().And.BeInAscendingOrder(StringComparer.Ordinal).And.OnlyContain(static id => id.Length == 6 && id.StartsWith("GW1"));
        FindingKind.All.Select(static kind => kind.Title).Should().OnlyHaveUniqueItems().And.OnlyContain(static title => char.IsUpper(title[0]) && !title.EndsWith('.'));
    }

    [Fact]
    public void Kind_IsFoundByItsId()
    {
        FindingKind.Find("GW1201").Should().BeSameAs(FindingKind.NoHealthCheck);
        FindingKind.Find("gw1201").Should().BeNull();
        FindingKind.NoHealthCheck.Word.Should().Be("warning");
        FindingKind.UnusedLimit.Word.Should().Be("info");
    }
}
