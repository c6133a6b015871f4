using System.Globalization;
using System.Text;
using Gateway.Core;
using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Core.RateLimiting;
using Gateway.Host.Configuration;
using Gateway.Host.Logging;
using Gateway.Host.Serving;
using Microsoft.Extensions.Configuration;

namespace Gateway.Benchmarks.Allocations;

/// <summary>
/// <c>allocations</c>: bytes that one request allocates in the whole gateway (token checked, two limits, log, metrics), and in a relay that
/// does nothing but what Kestrel and SocketsHttpHandler need to carry the same bytes. Both in this process, with clients and an instance
/// that allocate nothing.
/// </summary>
internal static class AllocationsVerb
{
    public const string Usage = "allocations [--requests N] [--types N] [--output FOLDER]: bytes allocated for one request, and by which N types most";

    private const int MinRequests = 1_000, MaxRequests = 10_000_000, MaxTypes = 1_000;

    public static async Task<int> RunAsync(ReadOnlyMemory<string> arguments)
    {
        var parsed = new VerbArguments(arguments.Span);
        int requests = parsed.Number("--requests", MinRequests, MaxRequests) ?? 50_000;
        int types = parsed.Number("--types", 1, MaxTypes) ?? 0;
        var about = Results.In(parsed.Text("--output"));
        if (parsed.Complain(Usage))
        {
            return 2;
        }

        using var instance = new QuietInstance();
        AllocatedBytes least, floor, whole;
        await using (FloorRelay relay = await FloorRelay.StartAsync(instance.Port, fixedAddress: true))
        {
            least = AllocatedBytes.Of(relay.Port, requests, types: 0);
        }

        await using (FloorRelay relay = await FloorRelay.StartAsync(instance.Port, fixedAddress: false))
        {
            floor = AllocatedBytes.Of(relay.Port, requests, types);
        }

        var log = new HostLog(Stream.Null, TimeProvider.System);
        await using (GatewayServer gateway = await GatewayServer.StartAsync(Configuration(instance.Port), log, TimeProvider.System))
        {
            whole = AllocatedBytes.Of(gateway.PublicAddresses[0].Port, requests, types);
        }

        await log.DisposeAsync();
        string table = Table(about, least, floor, whole, requests, types);
        Console.WriteLine(table);
        await File.WriteAllTextAsync(about.NewPath("allocations", ".md"), table);
        return 0;
    }

    private static HostConfiguration Configuration(int port)
    {
        string origin = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        var never = new RateLimitPolicyOptions { Capacity = 10_000_000, RefillPerSecond = 10_000_000 };
        return new HostConfiguration(
            new GatewayOptions
            {
                Services = new Dictionary<string, ServiceOptions> { ["product"] = new() { Instances = [new InstanceOptions { Url = origin }] } },
                Routes = new Dictionary<string, GatewayRouteOptions>
                {
                    ["products"] = new() { Pattern = "/api/products/{**rest}", Service = "product", RateLimits = ["per-ip", "per-user"] },
                },
                RateLimits = new Dictionary<string, RateLimitPolicyOptions>
                {
                    ["per-ip"] = never with { Key = RateLimitKeyKind.Ip },
                    ["per-user"] = never with { Key = RateLimitKeyKind.User },
                },
                Auth = new AuthOptions { ServiceUrl = origin },
            },
            new AdminOptions { Url = "http://127.0.0.1:0" },
            [],
            new ConfigurationBuilder().AddInMemoryCollection([new("Endpoints:Public:Url", "http://127.0.0.1:0")]).Build());
    }

    private static string Table(Results about, AllocatedBytes least, AllocatedBytes floor, AllocatedBytes whole, int requests, int types)
    {
        var text = new StringBuilder();
        text.AppendLine("# Bytes allocated for one request").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Commit {Results.Commit}, {about.Date}, {Results.Machine}; {requests:N0} requests on one connection,");
        text.AppendLine("GET with a bearer token, 200 bytes back. The gateway does all its work: token checked, two limits, breaker, log, metrics.").AppendLine();
        text.AppendLine("| what | bytes a request |").AppendLine("|---|---|");
        text.AppendLine(CultureInfo.InvariantCulture, $"| a relay on Kestrel and SocketsHttpHandler that carries the same bytes, always to the same address | {least.PerRequest:N0} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| the same to the address that the client named, of which SocketsHttpHandler wants a Uri | {floor.PerRequest:N0} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| the gateway | {whole.PerRequest:N0} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| the gateway beyond the first relay | {whole.PerRequest - least.PerRequest:N0} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| the gateway beyond the second | {whole.PerRequest - floor.PerRequest:N0} |");
        if (types > 0)
        {
            text.AppendLine().AppendLine("By type, sampled each 100 KB: the gateway, then the relay.").AppendLine().AppendLine("| type | gateway | relay |").AppendLine("|---|---|---|");
            foreach ((string type, double bytes) in whole.ByType.OrderByDescending(static one => one.Value).Take(types))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"| `{type}` | {bytes:N0} | {floor.ByType.GetValueOrDefault(type):N0} |");
            }
        }

        return text.ToString();
    }
}
