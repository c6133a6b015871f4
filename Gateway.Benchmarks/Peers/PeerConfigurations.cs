namespace Gateway.Benchmarks.Peers;

/// <summary>
/// The configurations. Those that only forward do nothing else; the full ones do what the gateway does: a verified token, limits by user
/// and address too high to refuse, a correlation id, the user's identity to the service, and a JSON line for each request.
/// </summary>
internal static class PeerConfigurations
{
    /// <summary>The answer of the service behind all: about 200 bytes, as one product would take.</summary>
    public const string Product =
        """{"id":42,"name":"Espresso cup","price_cents":1890,"tags":["kitchen","coffee","porcelain"],"description":"Two hundred bytes of JSON, more or less, as a service would answer to a request for one product of a catalogue."}""";

    /// <summary>The answer of the auth service.</summary>
    public const string User =
        """{"user_id":"user-42","email":"user-42@bench.invalid","roles":["customer"],"scopes":["read"],"tier":"gold"}""";

    public static string Backend(int port) => Nginx(port, "access_log off;", $$"""
            location = /verify { add_header X-User user-42; return 200 '{{User}}'; }
            location / { return 200 '{{Product}}'; }
        """);

    public static string NginxForward(int port, int backend) => Nginx(port, $"access_log off; {Upstream(backend)}", """
            location / {
              proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection "";
              proxy_set_header X-Forwarded-For $remote_addr;
            }
        """);

    public static string NginxFull(int port, int backend) => Nginx(port, $$"""
        {{Upstream(backend)}}
          log_format line escape=json '{"timestamp":"$time_iso8601","correlation_id":"$request_id","method":"$request_method","path":"$uri","user_id":"$user","service":"$proxy_host","duration":$request_time,"status":$status,"user_agent":"$http_user_agent","client_ip":"$remote_addr"}';
          access_log /dev/null line buffer=64k;
          proxy_cache_path tokens keys_zone=tokens:10m;
          limit_req_zone $http_authorization zone=user:10m rate=10000000r/s;
          limit_req_zone $binary_remote_addr zone=address:10m rate=10000000r/s;
        """, """
            set $user "";
            location = /verified {
              internal; proxy_pass http://service/verify; proxy_pass_request_body off; proxy_set_header Content-Length "";
              proxy_http_version 1.1; proxy_set_header Connection "";
              proxy_cache tokens; proxy_cache_key $http_authorization; proxy_cache_valid 200 15m;
            }
            location / {
              auth_request /verified; auth_request_set $user $upstream_http_x_user;
              limit_req zone=user burst=100000 nodelay; limit_req zone=address burst=100000 nodelay;
              proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection "";
              proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Correlation-ID $request_id;
              proxy_set_header X-User-ID $user; add_header X-Correlation-ID $request_id;
            }
        """);

    public static string HaproxyForward(int port, int backend) => Haproxy(port, backend, "", "");

    /// <summary>It verifies the token's signature anew for each request, having no cache for an auth service's answers.</summary>
    public static string HaproxyFull(int port, int backend) => Haproxy(port, backend, """
          unique-id-format %[uuid()]
          unique-id-header X-Correlation-ID
          log stdout format raw local0
          log-format '{"timestamp":"%t","correlation_id":"%ID","method":"%HM","path":"%HP","service":"%b","duration":%Ta,"status":%ST,"client_ip":"%ci","user_agent":"%[capture.req.hdr(0)]"}'
        """, $$"""
          capture request header User-Agent len 64
          stick-table type string len 64 size 100k expire 60s store http_req_rate(1s)
          http-request set-var(txn.token) http_auth_bearer
          http-request set-var(txn.alg) var(txn.token),jwt_header_query('$.alg')
          http-request deny deny_status 401 unless { var(txn.token),jwt_verify(txn.alg,"{{PeerToken.Key}}") -m int 1 }
          http-request set-header X-User-ID %[var(txn.token),jwt_payload_query('$.sub')]
          http-request track-sc0 req.hdr(X-User-ID)
          http-request deny deny_status 429 if { sc_http_req_rate(0) gt 100000000 }
          http-response set-header X-Correlation-ID %[unique-id]
        """);

    public static string Gateway(int port, int backend) => $$"""
        {
          "Kestrel": { "Endpoints": { "Public": { "Url": "http://127.0.0.1:{{port}}" } } },
          "Gateway": {
            "Admin": { "Url": "http://127.0.0.1:0" },
            "Services": { "product": { "Instances": [ { "Url": "http://127.0.0.1:{{backend}}" } ] } },
            "Routes": {
              "products": { "Pattern": "/api/products/{**rest}", "Service": "product", "RateLimits": [ "per-user", "per-ip" ] }
            },
            "Auth": { "ServiceUrl": "http://127.0.0.1:{{backend}}" },
            "RateLimits": {
              "per-user": { "Key": "User", "Capacity": 1000000000, "RefillPerSecond": 10000000 },
              "per-ip": { "Key": "Ip", "Capacity": 1000000000, "RefillPerSecond": 10000000 }
            }
          }
        }
        """;

    private static string Upstream(int backend) =>
        $$"""upstream service { server 127.0.0.1:{{backend}}; keepalive 512; keepalive_requests 1000000000; }""";

    private static string Nginx(int port, string common, string locations) => $$"""
        user {{Environment.UserName}}; daemon off; worker_processes 1; pid nginx-{{port}}.pid; error_log stderr;
        events { worker_connections 8192; }
        http {
          default_type application/json; keepalive_requests 1000000000; keepalive_timeout 600s;
          client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
          {{common}}
          server {
            listen 127.0.0.1:{{port}};
        {{locations}}
          }
        }
        """;

    private static string Haproxy(int port, int backend, string defaults, string rules) => $$"""
        global
          maxconn 8000
          nbthread 1
        defaults
          mode http
          timeout connect 5s
          timeout client 60s
          timeout server 60s
          http-reuse always
        frontend public
          bind 127.0.0.1:{{port}}
        {{defaults}}
        {{rules}}
          default_backend service
        backend service
          option forwardfor
          server one 127.0.0.1:{{backend}}

        """;
}
