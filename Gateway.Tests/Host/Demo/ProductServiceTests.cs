using System.Net;
using System.Text.Json;
using Gateway.Host.Demo;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Demo;

public sealed class ProductServiceTests
{
    [Fact]
    public async Task Products_CanBeListedSearchedAndShown()
    {
        await using RunningDemoService service = await StartAsync();
        (await service.SendAsync("GET", "/products")).Json.GetProperty("data").GetArrayLength().Should().Be(12);
        (await service.SendAsync("GET", "/products?q=lamp")).Json.GetProperty("data").GetArrayLength().Should().Be(2);
        (await service.SendAsync("GET", "/products/3")).Json.GetProperty("data").GetRawText()
            .Should().Be("""{"id":3,"name":"Mug","price_cents":1200}""");
    }

    [Theory]
    [InlineData("GET", "/products/99")]
    [InlineData("DELETE", "/products/99")]
    [InlineData("GET", "/products/mug")]
    [InlineData("GET", "/")]
    public async Task UnknownProduct_Is404(string method, string path)
    {
        await using RunningDemoService service = await StartAsync();
        (HttpStatusCode status, JsonElement json, _) = await service.SendAsync(method, path);
        status.Should().Be(HttpStatusCode.NotFound);
        json.GetProperty("error").GetString().Should().NotBeEmpty();
    }

    [Fact]
    public async Task Product_CanBeAddedChangedAndRemoved()
    {
        await using RunningDemoService service = await StartAsync();
        (HttpStatusCode added, JsonElement json, _) = await service.SendAsync("POST", "/products", """{"name":"Spoon","price_cents":90}""");
        added.Should().Be(HttpStatusCode.Created);
        json.GetProperty("data").GetProperty("id").GetInt32().Should().Be(13);

        await service.SendAsync("PUT", "/products/13", """{"name":"Fork","price_cents":95}""");
        (await service.SendAsync("GET", "/products/13")).Json.GetProperty("data").GetProperty("name").GetString().Should().Be("Fork");

        (await service.SendAsync("DELETE", "/products/13")).Status.Should().Be(HttpStatusCode.NoContent);
        (await service.SendAsync("GET", "/products/13")).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{"name":"","price_cents":1}""")]
    [InlineData("""{"price_cents":1}""")]
    [InlineData("""{"name":"Spoon","price_cents":-1}""")]
    public async Task BadProduct_IsRefused(string body)
    {
        await using RunningDemoService service = await StartAsync();
        (await service.SendAsync("POST", "/products", body)).Status.Should().Be(HttpStatusCode.BadRequest);
    }

    private static Task<RunningDemoService> StartAsync() => RunningDemoService.StartAsync(new ProductService(new ProductCatalogue()).Map);
}
