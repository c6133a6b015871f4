using Gateway.Core.Errors;
using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class TestOptionsTests
{
    [Theory]
    [InlineData("a", null)]
    [InlineData(null, "b")]
    [InlineData("a", "b")]
    public void RequestWithAnExpectation_IsFine(string? route, string? service) => Errors("GET /a", route, service).Should().BeEmpty();

    [Fact]
    public void NoExpectation_IsAnError() =>
        Errors("GET /a", null, null).Should().Equal("Tests:3:Expect: expects nothing; give a Route, a Service or both");

    [Fact]
    public void NoRequest_IsAnError() =>
        Errors("", "a", null).Should().Equal(
            "Tests:3:Request: '' is not a request; write a method and a path or URL, as in 'GET /api/products/42'");

    private static string[] Errors(string request, string? route, string? service)
    {
        var errors = new OptionErrors();
        new TestOptions { Request = request, Expect = new TestExpectation { Route = route, Service = service } }.Validate("Tests:3", errors);
        return [.. errors.All.Select(static error => error.ToString())];
    }
}
