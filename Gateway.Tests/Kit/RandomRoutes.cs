using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.Cors;

namespace Gateway.Tests.Kit;

/// <summary>Route tables and requests made at random from few words, so that they meet often. The same seed makes the same.</summary>
internal sealed class RandomRoutes(int seed)
{
    private static readonly string[] Words = ["a", "b", "ab", "a-b"];
    private static readonly string[] Pieces =
        ["a", "b", "ab", "a-b", "7", "-7", "7x", "", ".", "..", "%61", "%41", "a%2fb", "a%2Fb", "%2e%2e", "..;x", "%00", "%zz", "a%5cb", "\\", "%C3%A9", "%ff"];
    private static readonly string[] Methods = ["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PURGE", "TRACE", "get", "post"];
    private static readonly string[] Hosts = ["one.example", "two.example", "ONE.example:8000", "two.example.", "other.example"];

    private static readonly string[] Taken = ["GET", "HEAD", "POST", "DELETE", "OPTIONS"];

    private readonly Random _random = new(seed);

    /// <summary>Up to nine routes that make valid options, to a service that nobody has found an instance of.</summary>
    public GatewayOptions Table()
    {
        var options = new GatewayOptions
        {
            Services = new Dictionary<string, ServiceOptions>
            {
                ["s"] = new() { Discovery = new DiscoveryOptions { Kind = DiscoveryKind.Dns, Url = "http://nowhere.example:80" } },
            },
            Cors = Chance(3) ? new CorsOptions { AllowedOrigins = ["https://page.example"] } : null,
        };
        for (int i = 0; i < 9; i++)
        {
            GatewayOptions larger = options with { Routes = new Dictionary<string, GatewayRouteOptions>(options.Routes) { [$"r{i}"] = Route() } };
            options = larger.Validate().Count == 0 ? larger : options;
        }

        return options;
    }

    /// <summary>A method, a target and headers, Host among them or not.</summary>
    public (string Method, string Target, (string Name, string Value)[] Headers) Request()
    {
        string path = string.Concat(Enumerable.Range(0, 1 + _random.Next(4)).Select(_ => "/" + (Chance(3) ? Of(Pieces) : Of(Words))));
        string method = Of(Methods);
        string target = method == "OPTIONS" && Chance(4) ? "*" : path + (Chance(4) ? "?q=/a" : "");
        return (method, target,
        [
            .. Chance(5) ? Array.Empty<(string, string)>() : [("Host", Of(Hosts))],
            .. Chance(3) ? [("X-One", Of(["1", "2"]))] : Array.Empty<(string, string)>(),
            .. Chance(4) ? [("X-Two", "1")] : Array.Empty<(string, string)>(),
            .. Chance(6) ? [("Origin", Of(["https://page.example", "https://other.example"]))] : Array.Empty<(string, string)>(),
            .. Chance(6) ? [("Access-Control-Request-Method", "POST")] : Array.Empty<(string, string)>(),
            .. Chance(12) ? [("Max-Forwards", Of(["0", "1", "x"]))] : Array.Empty<(string, string)>(),
            .. Chance(12) ? [("Content-Length", Of(["3", "30"]))] : Array.Empty<(string, string)>(),
        ]);
    }

    private GatewayRouteOptions Route() => new()
    {
        Pattern = Pattern(),
        Service = "s",
        Auth = RouteAuth.Anonymous,
        Methods = Chance(2) ? null : [.. Taken.Where(_ => Chance(2)).DefaultIfEmpty("GET")],
        Host = Chance(3) ? Of(["one.example", "Two.example"]) : null,
        Headers = Chance(4) ? new Dictionary<string, string> { [Of(["X-One", "X-Two"])] = "1" } : new Dictionary<string, string>(),
        EncodedSlash = Chance(3) ? EncodedSlash.Keep : EncodedSlash.Refuse,
        MaxRequestBodyBytes = Chance(3) ? 10 : 0,
    };

    private string Pattern()
    {
        string[] segments = [.. Enumerable.Range(0, 1 + _random.Next(3)).Select(at => Of(["a", "b", "ab", $"{{p{at}}}", $"{{n{at}:int}}"]))];
        return "/" + string.Join('/', segments) + Of(["", "", "/", "/{**rest}"]);
    }

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private string Of(string[] all) => all[_random.Next(all.Length)];
}
