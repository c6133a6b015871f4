namespace Gateway.Host.Demo;

/// <summary>What the demo prints once it serves: where things are, and lines to paste that show what a gateway does. One screen.</summary>
internal static class DemoGuide
{
    /// <param name="publicPort">The gateway's port for callers.</param>
    /// <param name="http2Port">The gateway's port for callers who speak HTTP/2 by prior knowledge.</param>
    /// <param name="adminPort">The gateway's admin port.</param>
    /// <param name="ports">Ports by the service's name: <see cref="DemoServices.Ports"/>.</param>
    public static string Text(int publicPort, int http2Port, int adminPort, IReadOnlyDictionary<string, int> ports)
    {
        string gateway = $"http://localhost:{publicPort}";
        string services = string.Join(", ", ports.Select(static service => $"{service.Key} {service.Value}"));
        string tokens = $"{DemoUsers.Alice.ReadyToken} (customer), {DemoUsers.Bob.ReadyToken} (gold tier), "
            + $"{DemoUsers.Admin.ReadyToken} (admin), {DemoUsers.ExpiredToken} (refused)";
        string alice = $"-H 'Authorization: Bearer {DemoUsers.Alice.ReadyToken}'";
        return $$"""
            The gateway serves {{gateway}}, HTTP/2 without TLS at http://localhost:{{http2Port}}; its dashboard is http://localhost:{{adminPort}}
            (to change something there, type {{DemoConfiguration.OperatorToken}}).
            Behind it, on 127.0.0.1: {{services}}.
            Tokens: {{tokens}}.
            Paste these lines into another terminal; Ctrl+C here ends the demo.

            # A public route: 200
            curl -i {{gateway}}/api/products/1
            # A protected one: 401 without a token; 200 with it, and the service sees X-User-ID
            curl -i {{gateway}}/api/profile
            curl -i {{gateway}}/api/profile {{alice}}
            # An unknown path: 404. A method that the path does not take: 405 with Allow
            curl -i {{gateway}}/api/nowhere {{alice}}
            curl -i -X DELETE {{gateway}}/api/orders {{alice}}
            # More requests than the limit of 5 and 1 a second: 429 with Retry-After
            for i in {1..8}; do curl -s -o /dev/null -w '%{http_code} ' {{gateway}}/api/notifications {{alice}}; done; echo
            curl -i {{gateway}}/api/notifications {{alice}}
            # A browser's CORS preflight: 204 with Access-Control-Allow-Origin
            curl -i -X OPTIONS {{gateway}}/api/orders -H 'Origin: https://projectzero.com' -H 'Access-Control-Request-Method: POST'
            # The product service goes down for 8 s: 502 five times, 503 circuit_open, and 200 again by itself
            curl -X POST 'http://127.0.0.1:{{ports["product"]}}/_fault?down=8s'; echo
            for i in {1..12}; do curl -s -w ' %{http_code}\n' {{gateway}}/api/products/1 | grep -oE '"reason": ?"[a-z_]+"| [0-9]{3}$' | xargs; sleep 1; done
            # gRPC, a message of five bytes in its frame: echoed with grpc-status 0; without the token grpc-status 16
            say() { printf '\0\0\0\0\5hello' | curl -sio- --http2-prior-knowledge "$@" -H content-type:application/grpc --data-binary @-; }
            say http://localhost:{{http2Port}}/demo.Echo/Say {{alice}}
            say http://localhost:{{http2Port}}/demo.Echo/Say
            # A WebSocket, spoken by hand: 101, a greeting, and the message hello comes back; without the token 401
            ws() { (printf 'GET /api/socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
              printf "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n$1"; sleep 1) | curl -sN telnet://localhost:{{publicPort}}; }
            ws 'Authorization: Bearer {{DemoUsers.Alice.ReadyToken}}\r\n\r\n\201\205\0\0\0\0hello\210\202\0\0\0\0\3\350'
            ws '\r\n'
            # What it counted
            curl -s http://localhost:{{adminPort}}/metrics | grep -E '^gateway_(requests_total|errors_total|circuit_state)'

            """;
    }
}
