using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Errors;

namespace Gateway.Tests.Context;

public sealed class SplitOptionsTests
{
    private static readonly Dictionary<string, ServiceOptions> Known = new() { ["product"] = new(), ["canary"] = new(), ["other"] = new() };

    [Fact]
    public void Defaults_AreThoseOfTheDocumentation() => new SplitOptions().Should().BeEquivalentTo(new
    {
        Services = new Dictionary<string, int>(),
        StickyBy = StickyBy.None,
        Header = (string?)null,
        OverrideHeader = (string?)null,
    });

    [Fact]
    public void SharesOfKnownServices_AreFine() => ErrorsOf(Of(("product", 95), ("canary", 5))).Should().BeEmpty();

    [Fact]
    public void ServiceWithoutAShare_IsFine() => ErrorsOf(Of(("product", 0), ("canary", 1))).Should().BeEmpty();

    [Fact]
    public void UnknownService_IsAnErrorWithTheNearestName() =>
        ErrorsOf(Of(("product", 95), ("canery", 5))).Should().Equal(
            new OptionError("S:Services:canery", "there is no service 'canery'; did you mean 'canary'?"));

    [Fact]
    public void NoService_IsAnError() =>
        ErrorsOf(Of()).Should().Equal(new OptionError("S:Services", "a split has 1 to 100 services, this one has 0"));

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Services_HaveABound(int count, bool valid)
    {
        var known = Enumerable.Range(0, count).ToDictionary(static at => $"s{at}", static _ => new ServiceOptions());
        var split = new SplitOptions { Services = known.Keys.ToDictionary(static name => name, static _ => 1) };
        ErrorsOf(split, "s0", known).Select(static error => error.Key).Should().Equal(valid ? [] : ["S:Services"]);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1_000_000, true)]
    [InlineData(-1, false)]
    [InlineData(1_000_001, false)]
    public void Share_HasBounds(int share, bool valid) =>
        ErrorsOf(Of(("product", 1), ("canary", share))).Select(static error => error.Key).Should().Equal(valid ? [] : ["S:Services:canary"]);

    [Fact]
    public void SharesThatAreAllZero_AreAnError() =>
        ErrorsOf(Of(("product", 0), ("canary", 0))).Should().Equal(new OptionError("S:Services", "every share is 0, so nobody would be asked"));

    [Fact]
    public void SplitThatForgetsTheRoutesOwnService_IsAnError() =>
        ErrorsOf(Of(("canary", 5))).Should().Equal(
            new OptionError("S:Services", "the route's own service 'product' is missing; give it its share, or 0 for none"));

    [Fact]
    public void UnknownServiceOfTheRoute_IsNotReportedASecondTime() => ErrorsOf(Of(("canary", 5)), "produkt").Should().BeEmpty();

    [Fact]
    public void StickyByHeader_NeedsTheHeadersName()
    {
        SplitOptions split = Of(("product", 1)) with { StickyBy = StickyBy.Header };
        ErrorsOf(split).Should().Equal(new OptionError("S:Header", "StickyBy is Header, so the header needs a name"));
        ErrorsOf(split with { Header = "X-Session" }).Should().BeEmpty();
    }

    [Theory]
    [InlineData(StickyBy.None)]
    [InlineData(StickyBy.User)]
    [InlineData(StickyBy.Ip)]
    public void HeaderThatBindsNobody_IsAnError(StickyBy by) =>
        ErrorsOf(Of(("product", 1)) with { StickyBy = by, Header = "X-Session" }).Should().Equal(
            new OptionError("S:Header", $"the header binds nobody, since StickyBy is {by}; make it Header, or leave the header out"));

    [Theory]
    [InlineData("")]
    [InlineData("X Session")]
    [InlineData("X:")]
    public void MalformedHeaderNames_AreErrors(string name) =>
        ErrorsOf(Of(("product", 1)) with { StickyBy = StickyBy.Header, Header = name, OverrideHeader = name }).Should().Equal(
            new OptionError("S:Header", $"'{name}' is not a header name"), new OptionError("S:OverrideHeader", $"'{name}' is not a header name"));

    private static SplitOptions Of(params (string Name, int Share)[] services) =>
        new() { Services = services.ToDictionary(static service => service.Name, static service => service.Share) };

    private static IReadOnlyList<OptionError> ErrorsOf(
        SplitOptions split, string primary = "product", IReadOnlyDictionary<string, ServiceOptions>? known = null)
    {
        var errors = new OptionErrors();
        split.Validate("S", primary, known ?? Known, errors);
        return errors.All;
    }
}
