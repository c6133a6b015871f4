using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Demo;

public sealed class BigBodiesTests
{
    [Fact]
    public async Task Upload_IsCountedAndHashed()
    {
        byte[] body = new byte[1_000_003];
        DemoBytes.Fill(body, seed: 5, offset: 0);
        await using RunningDemoService service = await RunningDemoService.StartAsync(BigBodies.Map);
        using var content = new ByteArrayContent(body);
        using HttpResponseMessage response = await service.Client.PostAsync("/upload", content);
        JsonElement data = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("data");
        data.GetProperty("bytes").GetInt64().Should().Be(body.Length);
        data.GetProperty("sha256").GetString().Should().Be(Convert.ToHexStringLower(SHA256.HashData(body)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(200_001)]
    public async Task Download_IsTheSeedsBytes(int bytes)
    {
        byte[] expected = new byte[bytes];
        DemoBytes.Fill(expected, seed: 9, offset: 0);
        await using RunningDemoService service = await RunningDemoService.StartAsync(BigBodies.Map);
        using HttpResponseMessage response = await service.Client.GetAsync($"/download?bytes={bytes}&seed=9");
        response.Content.Headers.ContentLength.Should().Be(bytes);
        (await response.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(expected).Should().BeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("?bytes=-1")]
    [InlineData("?bytes=1099511627777")]
    [InlineData("?bytes=many")]
    [InlineData("?bytes=1&seed=x")]
    public async Task Download_OfABadNumber_Is400(string query)
    {
        await using RunningDemoService service = await RunningDemoService.StartAsync(BigBodies.Map);
        (await service.SendAsync("GET", "/download" + query)).Status.Should().Be(HttpStatusCode.BadRequest);
    }
}
