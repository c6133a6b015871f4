using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Core.Backends;
using Gateway.Host.Kubernetes;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Kubernetes;

public sealed class EndpointSlicesTests
{
    private static readonly DiscoveryOptions Any = new() { Kind = DiscoveryKind.Kubernetes, Service = "svc" };

    [Fact]
    public void SeveralSlices_AreOneService()
    {
        Of(Any, Slices.Of("a", "IPv4", 80, ("p1", "10.0.0.1", "ready")), Slices.Of("b", "IPv4", 81, ("p2", "10.0.0.2", "ready"))).Should()
            .Equal("http://10.0.0.1:80", "http://10.0.0.2:81");
    }

    [Fact]
    public void PodWithBothFamilies_IsOneInstance_ByIPv4()
    {
        Of(Any,
            Slices.Of("a", "IPv6", 80, ("p1", "fd00::1", "ready"), ("p2", "fd00::2", "ready")),
            Slices.Of("b", "IPv4", 80, ("p1", "10.0.0.1", "ready"))).Should().BeEquivalentTo("http://10.0.0.1:80", "http://[fd00::2]:80");
    }

    [Theory]
    [InlineData("ready", "Ready")]
    [InlineData("unknown", "Ready")]
    [InlineData("draining", "Draining")]
    [InlineData("ended", null)]
    [InlineData("unready", null)]
    public void Conditions_SayWhetherItTakesRequests(string state, string? expected)
    {
        Found(Any, Slices.Of("a", "IPv4", 80, ("p1", "10.0.0.1", state))).Select(static one => one.State.ToString())
            .Should().Equal(expected is null ? [] : [expected]);
    }

    [Fact]
    public void PodThatIsEnding_Drains_EvenWhereItIsPublishedAsReady()
    {
        JsonObject slice = Slices.Of("a", "IPv4", 80, ("p1", "10.0.0.1", "draining"));
        slice["endpoints"]![0]!["conditions"]!["ready"] = true;
        Found(Any, slice).Single().State.Should().Be(DiscoveredState.Draining);
    }

    [Fact]
    public void PodThatMovesBetweenSlices_IsOneInstance_ByTheBetterWord()
    {
        DiscoveredInstance found = Found(Any,
            Slices.Of("a", "IPv4", 80, ("p1", "10.0.0.1", "draining")), Slices.Of("b", "IPv4", 80, ("p1", "10.0.0.1", "ready"))).Single();
        found.State.Should().Be(DiscoveredState.Ready);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("http", "http://10.0.0.1:80")]
    [InlineData("admin", "http://10.0.0.1:9100")]
    [InlineData("9100", "http://10.0.0.1:9100")]
    [InlineData("grpc", null)]
    [InlineData("81", null)]
    public void Port_IsTheOneThatIsNamedOrNumbered_OrTheOnly(string? port, string? expected)
    {
        Of(Any with { Port = port }, Slices.Of("a", "IPv4", [("http", 80), ("admin", 9100)], ("p1", "10.0.0.1", "ready")))
            .Should().Equal(expected is null ? [] : [expected]);
    }

    [Fact]
    public void AnyPort_IsTheNumberThatIsAskedFor()
    {
        JsonObject slice = Slices.Of("a", "IPv4", [(null, null)], ("p1", "10.0.0.1", "ready"));
        Of(Any with { Port = "8004" }, slice).Should().Equal("http://10.0.0.1:8004");
        Of(Any, slice).Should().BeEmpty();
    }

    [Fact]
    public void PortOfAnotherProtocol_IsNone()
    {
        JsonObject slice = Slices.Of("a", "IPv4", 80, ("p1", "10.0.0.1", "ready"));
        slice["ports"]![0]!["protocol"] = "UDP";
        Of(Any, slice).Should().BeEmpty();
    }

    [Fact]
    public void Requests_NameTheService()
    {
        DiscoveredInstance found = Found(Any with { Scheme = "https" }, Slices.Of("a", "IPv4", 443, ("p1", "10.0.0.1", "ready"))).Single();
        (found.Url, found.Authority).Should().Be(("https://10.0.0.1:443", "svc.shop.svc"));
    }

    [Fact]
    public void Names_AreLeftOut_AndKnownToBeThere()
    {
        var slices = new EndpointSlices(Any, "shop");
        slices.Set(Parse(Slices.Of("a", "FQDN", 80, ("p1", "db.example.com", "ready"))));
        slices.Instances().Should().BeEmpty();
        slices.HaveNames.Should().BeTrue();
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("fd00::1")]
    [InlineData("")]
    public void AddressThatIsNone_IsLeftOut(string address) => Of(Any, Slices.Of("a", "IPv4", 80, ("p1", address, "ready"))).Should().BeEmpty();

    [Fact]
    public void EmptyAndMissingLists_AreNoError()
    {
        var slices = new EndpointSlices(Any, "shop");
        slices.Replace([new EndpointSlice(), Parse(Slices.Of("a", "IPv4", 80)), new EndpointSlice { AddressType = "IPv4", Ports = [new EndpointPort { Port = 1 }], Endpoints = [new Endpoint()] }]);
        slices.Instances().Should().BeEmpty();
    }

    [Fact]
    public void Changes_AreTakenIn()
    {
        var slices = new EndpointSlices(Any, "shop");
        slices.Replace([Parse(Slices.Of("a", "IPv4", 80, ("p1", "10.0.0.1", "ready")))]);
        slices.Set(Parse(Slices.Of("b", "IPv4", 80, ("p2", "10.0.0.2", "ready"))));
        slices.Remove(Parse(Slices.Of("a", "IPv4", 80)));
        slices.Remove(Parse(Slices.Of("never", "IPv4", 80)));
        slices.Instances().Single().Url.Should().Be("http://10.0.0.2:80");
        slices.Replace([]);
        slices.Instances().Should().BeEmpty();
    }

    [Fact]
    public void Slices_HaveABound()
    {
        var slices = new EndpointSlices(Any, "shop");
        IEnumerable<EndpointSlice> all = Enumerable.Range(0, EndpointSlices.MaxSlices).Select(static number => Named($"s{number}"));
        slices.Replace(all);
        slices.Set(Named("s1"));
        FluentActions.Invoking(() => slices.Set(Named("one more"))).Should().Throw<KubernetesException>();
        FluentActions.Invoking(() => slices.Replace([.. all, Named("one more")])).Should().Throw<KubernetesException>();
    }

    private static EndpointSlice Named(string name) => new() { Metadata = new ObjectMetadata { Name = name } };

    private static EndpointSlice Parse(JsonObject slice) => slice.Deserialize(KubernetesJson.Default.EndpointSlice)!;

    private static IReadOnlyList<DiscoveredInstance> Found(DiscoveryOptions discovery, params JsonObject[] all)
    {
        var slices = new EndpointSlices(discovery, "shop");
        slices.Replace(all.Select(Parse));
        return slices.Instances();
    }

    private static IEnumerable<string> Of(DiscoveryOptions discovery, params JsonObject[] all) => Found(discovery, all).Select(static one => one.Url);
}
