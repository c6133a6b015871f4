using System.Text;
using Gateway.Host.Admin;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Host.Admin;

public sealed class AdminProblemTests
{
    [Fact]
    public async Task Problem_IsWrittenAsRfc9457SaysIt()
    {
        using var body = new MemoryStream();
        var http = new DefaultHttpContext { Response = { Body = body } };

        await AdminProblem.Of(403, "No \"token\".").WriteAsync(http);

        (http.Response.StatusCode, http.Response.ContentType).Should().Be((403, "application/problem+json"));
        Encoding.UTF8.GetString(body.ToArray()).Should().Be("""{"title":"Forbidden","status":403,"detail":"No \"token\".","type":"about:blank"}""");
    }
}
