using System.Net;
using System.Text;
using Gateway.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Wire;

/// <summary>The admin port as somebody tries it who must not: from a page in an operator's browser, and through the public port.</summary>
public sealed class AdminAttackTests : IAsyncLifetime
{
    private const string Token = "admin-token-0123456789";

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-test-").FullName;
    private TestInstance _service = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        string file = Path.Combine(_folder, "token");
        await File.WriteAllTextAsync(file, Token);
        _service = await TestInstance.StartAsync(static http => http.Response.WriteAsync("the service"));
        _gateway = await TestGateway.StartAdministeredAsync(TestOptions.For(_service.Url), file);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _service.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What a page may send without asking: a form, a picture, a beacon. And what a script sends that has got hold of the token, from elsewhere.</summary>
    [Theory]
    [InlineData("GET", null, "http://page.example", null, 405)]
    [InlineData("POST", "application/x-www-form-urlencoded", "http://page.example", null, 403)]
    [InlineData("POST", "text/plain", "null", null, 403)]
    [InlineData("POST", "text/plain", null, null, 401)]
    [InlineData("POST", "text/plain", "http://page.example", Token, 403)]
    [InlineData("POST", null, "http://127.0.0.1", Token, 403)]
    [InlineData("POST", null, null, "admin-token-012345678", 401)]
    [InlineData("POST", null, null, "admin-token-01234567890", 401)]
    [InlineData("POST", null, null, "", 401)]
    [InlineData("OPTIONS", null, "http://page.example", null, 405)]
    public async Task PageElsewhere_DrainsNothing(string method, string? type, string? origin, string? token, int expected)
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), new Uri(_gateway.Admin, "/admin/v1/drain"));
        message.Content = type is null ? null : new StringContent("a=b", Encoding.UTF8, type);
        Add(message, "Origin", origin);
        Add(message, "Authorization", token is null ? null : $"Bearer {token}");
        using HttpResponseMessage answer = await _gateway.Client.SendAsync(message, CancellationToken.None);
        ((int)answer.StatusCode).Should().Be(expected);
        answer.Headers.Should().NotContain(static header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase), "no page elsewhere may read it");
        (await ReadyAsync()).Should().Be(HttpStatusCode.OK);
    }

    /// <summary>A name whose owner has made it mean this machine: to the browser the page is of the same origin.</summary>
    [Theory]
    [InlineData("GET", "/admin/v1/info")]
    [InlineData("GET", "/admin/v1/errors")]
    [InlineData("GET", "/admin/v1/stream")]
    [InlineData("POST", "/admin/v1/drain")]
    public async Task ReboundName_GetsNothing(string method, string path)
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), new Uri(_gateway.Admin, path));
        message.Headers.Host = $"rebound.example:{_gateway.Admin.Port}";
        Add(message, "Origin", $"http://rebound.example:{_gateway.Admin.Port}");
        Add(message, "Authorization", $"Bearer {Token}");
        using HttpResponseMessage answer = await _gateway.Client.SendAsync(message, CancellationToken.None);
        answer.StatusCode.Should().Be(HttpStatusCode.MisdirectedRequest);
        (await answer.Content.ReadAsStringAsync()).Should().NotContain("generation");
        (await ReadyAsync()).Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("POST /admin/v1/drain")]
    [InlineData("POST //admin/v1/drain")]
    [InlineData("POST /admin//v1/drain")]
    [InlineData("POST /./admin/v1/drain")]
    [InlineData("POST /x/../admin/v1/drain")]
    [InlineData("POST /%61dmin/v1/drain")]
    [InlineData("POST /admin%2fv1/drain")]
    [InlineData("POST /admin/v1/drain/")]
    [InlineData("POST /admin/v1/drain;x")]
    [InlineData("POST /admin/v1/drain%00")]
    [InlineData("POST /health/../admin/v1/drain")]
    [InlineData("POST http://{admin}/admin/v1/drain")]
    [InlineData("GET /metrics")]
    [InlineData("GET http://{admin}/metrics")]
    [InlineData("GET /admin/v1/snapshot")]
    public async Task PublicPort_KnowsNothingOfIt(string line)
    {
        string admin = _gateway.Admin.Authority;
        using RawConnection client = await RawConnection.ToAsync(_gateway.Address.Port);
        await client.SendAsync($"{line.Replace("{admin}", admin)} HTTP/1.1\r\nHost: {admin}\r\nAuthorization: Bearer {Token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        string answer = await client.ReadToEndAsync();
        answer.Should().MatchRegex("^HTTP/1.1 (200|400|404)").And.NotContain("generation").And.NotContain("gateway_requests_total").And.NotContain("draining");
        (await ReadyAsync()).Should().Be(HttpStatusCode.OK);
    }

    private static void Add(HttpRequestMessage message, string name, string? value)
    {
        if (value is not null)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private async Task<HttpStatusCode> ReadyAsync()
    {
        using HttpResponseMessage answer = await _gateway.GetAsync("/health/ready");
        return answer.StatusCode;
    }
}
