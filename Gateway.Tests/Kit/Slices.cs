using System.Text.Json.Nodes;

namespace Gateway.Tests.Kit;

/// <summary>Endpoint slices as the API server writes them, with much that nobody here reads.</summary>
internal static class Slices
{
    public const string ServiceLabel = "kubernetes.io/service-name";

    /// <summary>The service whose slices they are, if nothing else is said.</summary>
    public const string Service = "svc";

    /// <summary>One pod of a service, on this machine, in a slice of its own: pods of one slice share its ports. It has a port named http, and another.</summary>
    public static JsonObject OfPod(string service, int port)
    {
        JsonObject slice = Of($"{service}-{port}", "IPv4", [("metrics", 9090), ("http", port)], ($"{service}-{port}", "127.0.0.1", "ready"));
        slice["metadata"]!["labels"]![ServiceLabel] = service;
        return slice;
    }

    /// <summary>A slice with one port named http.</summary>
    public static JsonObject Of(string name, string family, int port, params (string Pod, string Address, string State)[] endpoints) =>
        Of(name, family, [("http", port)], endpoints);

    /// <summary>A slice; each endpoint's state is <c>ready</c>, <c>draining</c>, <c>ended</c>, <c>unready</c> or <c>unknown</c>.</summary>
    public static JsonObject Of(string name, string family, (string? Name, int? Port)[] ports, params (string Pod, string Address, string State)[] endpoints) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["generateName"] = "svc-", ["labels"] = new JsonObject { [ServiceLabel] = Service } },
        ["addressType"] = family,
        ["endpoints"] = endpoints.Length == 0 ? null : new JsonArray([.. endpoints.Select(static one => EndpointOf(one.Pod, one.Address, one.State))]),
        ["ports"] = new JsonArray([.. ports.Select(static port => new JsonObject { ["name"] = port.Name, ["port"] = port.Port, ["protocol"] = "TCP", ["appProtocol"] = null })]),
    };

    private static JsonObject EndpointOf(string pod, string address, string state) => new()
    {
        ["addresses"] = new JsonArray(address),
        ["conditions"] = state switch
        {
            "ready" => Conditions(true, true, false),
            "draining" => Conditions(false, true, true),
            "ended" => Conditions(false, false, true),
            "unready" => Conditions(false, false, false),
            "unknown" => new JsonObject(),
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
        },
        ["targetRef"] = new JsonObject { ["kind"] = "Pod", ["namespace"] = "shop", ["name"] = pod, ["uid"] = "uid-" + pod },
        ["nodeName"] = "node-1",
        ["zone"] = "a",
    };

    private static JsonObject Conditions(bool ready, bool serving, bool terminating) =>
        new() { ["ready"] = ready, ["serving"] = serving, ["terminating"] = terminating };
}
