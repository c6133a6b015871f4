using System.Text;
using Gateway.Host.Admin;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Host.Admin;

public sealed class AdminAnswerTests
{
    [Fact]
    public async Task Answer_IsJsonThatNobodyKeeps()
    {
        var http = new DefaultHttpContext();
        using var body = new MemoryStream();
        http.Response.Body = body;
        await AdminAnswer.WriteAsync(http, new ChangeAnswer("Done: \"it\"."), AdminJson.Plain.ChangeAnswer);
        (http.Response.StatusCode, http.Response.ContentType, http.Response.Headers.CacheControl.ToString()).Should().Be((200, "application/json", "no-store"));
        Encoding.UTF8.GetString(body.ToArray()).Should().Be("""{"result":"Done: \"it\"."}""");
    }
}
