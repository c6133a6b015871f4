using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Gateway.Core;
using Gateway.Core.Resilience;
using Gateway.Host.Configuration;

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
    private readonly GatewayProcess _process;
    private readonly HttpMessageInvoker _client = TestGateway.NewClient();

    private GatewayAsProgram(string folder, GatewayProcess process) => (_folder, _process) = (folder, process);

    public Uri Address { get; private set; } = null!;

    public Uri Admin { get; private set; } = null!;

    public int ActiveRequests => Read("gateway_requests_active");

    public int InFlight => Read("gateway_upstream_requests_active");

    public CircuitState Circuit => (CircuitState)Read("gateway_circuit_state");

    /// <summary>Starts it; its log goes to <paramref name="memory"/>.</summary>
    public static async Task<GatewayAsProgram> StartAsync(
        string program, GatewayOptions options, ProxyProtocolMode proxies, IReadOnlyList<(string Key, string Value)> endpoint, LogMemory memory)
    {
        string folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "gateway.json"), ConfigurationOf(options, proxies, endpoint));
        var gateway = new GatewayAsProgram(folder, GatewayProcess.StartProgram(program, folder, "run", "--config", "gateway.json"));
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

    private static string ConfigurationOf(GatewayOptions options, ProxyProtocolMode proxies, IReadOnlyList<(string Key, string Value)> endpoint)
    {
        JsonNode gateway = JsonSerializer.SerializeToNode(options, Json)!;
        gateway[nameof(Admin)] = new JsonObject { ["Url"] = "http://127.0.0.1:0" };
        gateway["ProxyProtocol"] = proxies.ToString();
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

    private static void DropComputed(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo computed in type.Properties.Where(static property => property.Set is null).ToList())
        {
            type.Properties.Remove(computed);
        }
    }

    private int Read(string gauge)
    {
        using HttpResponseMessage response = _client.Send(new HttpRequestMessage(HttpMethod.Get, new Uri(Admin, "/metrics")), CancellationToken.None);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        Match line = Regex.Match(reader.ReadToEnd(), $@"^{gauge}(\{{[^}}]*\}})? (?<value>\d+)", RegexOptions.Multiline);
        return int.Parse(line.Groups["value"].Value, CultureInfo.InvariantCulture);
    }
}
