using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Gateway.Core;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Host.Configuration;
using Gateway.Host.Telemetry;

namespace Gateway.Tests.Kit;

/// <summary>A gateway that is a program: configured by a file, watched by its metrics, ended by a signal.</summary>
internal sealed class GatewayAsProgram : ITestedGateway
{
    /// <summary>Options as a configuration file writes them: enumerations by name, times as the contract has them, nothing that is computed.</summary>
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { DropComputed } },
    };

    private readonly string _folder;
    private readonly string _first;
    private readonly GatewayProcess _process;
    private readonly HttpMessageInvoker _client = TestGateway.NewClient();

    private GatewayAsProgram(string folder, GatewayProcess process, string first) => (_folder, _process, _first) = (folder, process, first);

    public Uri Address { get; private set; } = null!;

    public Uri Admin { get; private set; } = null!;

    public int ActiveRequests => Read("gateway_requests_active");

    public int InFlight => Read("gateway_upstream_requests_active", _first);

    public CircuitState Circuit => (CircuitState)Read("gateway_circuit_state", _first);

    /// <summary>Starts it; its log goes to <paramref name="memory"/>.</summary>
    public static async Task<GatewayAsProgram> StartAsync(
        string program, GatewayOptions options, ProxyProtocolMode proxies, IReadOnlyList<(string Key, string Value)> endpoint, LogMemory memory,
        TelemetryOptions? telemetry = null)
    {
        string folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "gateway.json"), ConfigurationOf(options, proxies, endpoint, telemetry));
        var gateway = new GatewayAsProgram(folder, GatewayProcess.StartProgram(program, folder, "run", "--config", "gateway.json"), InstanceLabel(options));
        gateway._process.Output.SendTo(memory);
        try
        {
            (gateway.Address, gateway.Admin) = await gateway._process.ServingAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    public async Task StopAsync()
    {
        await _process.TerminateAsync();
        await _process.EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string ConfigurationOf(
        GatewayOptions options, ProxyProtocolMode proxies, IReadOnlyList<(string Key, string Value)> endpoint, TelemetryOptions? telemetry)
    {
        JsonNode gateway = JsonSerializer.SerializeToNode(options, Json)!;
        gateway[nameof(Admin)] = new JsonObject { ["Url"] = "http://127.0.0.1:0" };
        gateway["ProxyProtocol"] = proxies.ToString();
        if (telemetry is not null)
        {
            gateway["Telemetry"] = JsonSerializer.SerializeToNode(telemetry, Json);
        }

        var settings = new JsonObject { ["Url"] = "http://127.0.0.1:0" };
        foreach ((string key, string value) in endpoint)
        {
            JsonObject at = settings;
            string[] path = key.Split(':');
            foreach (string part in path[..^1])
            {
                at = (JsonObject)(at[part] ??= new JsonObject());
            }

            at[path[^1]] = value;
        }

        return new JsonObject
        {
            ["Kestrel"] = new JsonObject { ["Endpoints"] = new JsonObject { ["Public"] = settings } },
            ["Gateway"] = gateway,
        }.ToJsonString();
    }

    /// <summary>The label of the first service's first instance, as the pipeline orders them.</summary>
    private static string InstanceLabel(GatewayOptions options) =>
        options.Services.OrderBy(static service => service.Key, StringComparer.Ordinal).FirstOrDefault().Value?.Instances is [{ } first, ..]
            ? $"instance=\"{ServiceInstance.NameOf(new Uri(first.Url))}\""
            : "";

    private static void DropComputed(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo computed in type.Properties.Where(static property => property.Set is null).ToList())
        {
            type.Properties.Remove(computed);
        }
    }

    private int Read(string gauge, string labels = "")
    {
        using HttpResponseMessage response = _client.Send(new HttpRequestMessage(HttpMethod.Get, new Uri(Admin, "/metrics")), CancellationToken.None);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        string metrics = reader.ReadToEnd();
        Match line = Regex.Match(metrics, $@"^{gauge}(\{{[^}}]*{Regex.Escape(labels)}[^}}]*\}})? (?<value>\d+)", RegexOptions.Multiline);
        line.Success.Should().BeTrue("{0} with {1} is among {2}", gauge, labels, metrics);
        return int.Parse(line.Groups["value"].Value, CultureInfo.InvariantCulture);
    }
}
