using System.Text.RegularExpressions;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Routing;
using Gateway.Host.Demo;
using Gateway.Tests.House;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Host.Demo;

public sealed partial class DemoGuideTests
{
    private readonly string _text = DemoGuide.Text(8000, 8020, 9100, DemoServices.FixedPorts);

    [Fact]
    public void Guide_FitsOnOneScreen()
    {
        string[] lines = _text.Split('\n');
        lines.Should().HaveCountLessThanOrEqualTo(35);
        lines.Should().OnlyContain(static line => line.Length <= 160);
    }

    [Fact]
    public void Readme_HasTheSameLines()
    {
        string lines = _text[_text.IndexOf("# A public route", StringComparison.Ordinal)..].Trim('\n');
        Repository.Read("README.md").Should().Contain($"```sh\n{lines}\n```\n");
    }

    [Fact]
    public void Ports_AreThoseGiven()
    {
        string other = DemoGuide.Text(
            18000, 18020, 19100, DemoServices.FixedPorts.ToDictionary(static port => port.Key, static port => port.Value + 10_000));
        other.Should().Be(Regex.Replace(_text, @"\b(8\d{3}|9100)\b", static port => "1" + port.Value.PadLeft(4, '0')));
    }

    [Fact]
    public void Tokens_AreAllNamed()
    {
        _text.Should().ContainAll(DemoUsers.All.Select(static user => user.ReadyToken)).And.Contain(DemoUsers.ExpiredToken);
    }

    /// <summary>What each line to paste is to show follows from where the demo's configuration leads its request.</summary>
    [Fact]
    public void RequestsOfTheGuide_MeetTheRoutesTheyAreToShow()
    {
        GatewayOptions options = DemoConfigurationTests.Options();
        var service = new BackendService("any", 0, options.Services["cart"], TimeProvider.System);
        var router = new Router([.. options.Routes.Select((route, index) => new Route(route.Key, index, route.Value, service))]);
        IEnumerable<string> met = GatewayRequest().Matches(_text).Select(match =>
        {
            string method = match.Groups["method"].Success ? match.Groups["method"].Value : "GET";
            bool hasToken = match.Groups["rest"].Value.Contains("Bearer demo-alice", StringComparison.Ordinal);
            RouteMatch found = router.Find("localhost", match.Groups["path"].Value, method, new HeaderDictionary());
            string route = found.Route is { } hit ? $"{hit.Name} {hit.Auth}" : $"{found.Miss} -";
            return $"{method} {route} {(hasToken ? "alice" : "nobody")}";
        });
        met.Should().Equal(
            "GET products Anonymous nobody",
            "GET profile Required nobody",
            "GET profile Required alice",
            "GET UnknownPath - alice",
            "DELETE WrongMethod - alice",
            "GET notifications Required alice",
            "GET notifications Required alice",
            "OPTIONS WrongMethod - nobody",
            "GET products Anonymous nobody");
    }

    [GeneratedRegex(@"curl (?<flags>[^|;]*?)(-X (?<method>[A-Z]+) )?http://localhost:8000(?<path>/[^ ;\n]*)(?<rest>[^|;\n]*)")]
    private static partial Regex GatewayRequest();
}
