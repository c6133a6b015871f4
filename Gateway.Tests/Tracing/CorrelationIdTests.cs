using Gateway.Core.Tracing;
using Gateway.Tests.Kit;
using Microsoft.Extensions.Primitives;

namespace Gateway.Tests.Tracing;

public sealed class CorrelationIdTests
{
    private static readonly string OneTooLong = new('a', CorrelationId.MaxLength + 1);

    [Theory]
    [InlineData("a")]
    [InlineData("ABCxyz019._-")]
    [InlineData("...")]
    public void SaneValue_IsKept(string sent) => CorrelationId.From(sent).Should().BeSameAs(sent);

    [Fact]
    public void ValueOf128Characters_IsKept()
    {
        string sent = OneTooLong[1..];
        sent.Should().HaveLength(128);
        CorrelationId.From(sent).Should().BeSameAs(sent);
    }

    [Fact]
    public void ValueOf129Characters_IsReplaced() => ShouldBeNew(CorrelationId.From(OneTooLong));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("a,b")]
    [InlineData("a/b")]
    [InlineData("a\r\nb")]
    [InlineData("a\"b")]
    [InlineData("{a}")]
    [InlineData("größe")]
    [InlineData("a:b")]
    public void ValueWithAnyOtherCharacter_IsReplaced(string sent) => ShouldBeNew(CorrelationId.From(sent));

    [Fact]
    public void NoValue_GetsANewOne() => ShouldBeNew(CorrelationId.From(StringValues.Empty));

    [Fact]
    public void TwoValues_AreReplaced() => ShouldBeNew(CorrelationId.From(new StringValues(["a", "b"])));

    [Fact]
    public void NewValues_DifferFromEachOther() =>
        Enumerable.Range(0, 1_000).Select(static _ => CorrelationId.From(default)).Should().OnlyHaveUniqueItems();

    [Fact]
    public void NewValue_WouldItselfBeKept()
    {
        string made = CorrelationId.From(default);
        CorrelationId.From(made).Should().BeSameAs(made);
    }

    [Fact]
    public void KeepingAValue_AllocatesNothing()
    {
        StringValues sent = OneTooLong[1..];
        Allocations.Of(() => CorrelationId.From(sent)).Should().Be(0);
    }

    private static void ShouldBeNew(string id) => id.Should().MatchRegex("^[0-9a-f]{32}$");
}
