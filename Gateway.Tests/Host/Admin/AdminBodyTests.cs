using System.Text;
using Gateway.Host.Admin;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Host.Admin;

/// <summary>The limit needs a server: RevokeEndpointTests.</summary>
public sealed class AdminBodyTests
{
    [Theory]
    [InlineData("application/json", """{"state":"drain"}""", 200)]
    [InlineData("application/json; charset=utf-8", """{"state":"drain"}""", 200)]
    [InlineData("text/plain", """{"state":"drain"}""", 415)]
    [InlineData(null, """{"state":"drain"}""", 415)]
    [InlineData("application/json", """{"state":"drain","for":1}""", 400)]
    [InlineData("application/json", """{"state":"drain","state":"down"}""", 400)]
    [InlineData("application/json", "{}", 400)]
    [InlineData("application/json", "null", 400)]
    [InlineData("application/json", "", 400)]
    [InlineData("application/json", "<script>", 400)]
    public async Task Body_IsOfTheFormOrAProblemThatRepeatsNothing(string? type, string body, int status)
    {
        var http = new DefaultHttpContext();
        http.Request.ContentType = type;
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        (InstanceRequest? request, AdminProblem? problem) = await AdminBody.ReadAsync(http, ChangeJson.Default.InstanceRequest, 100, "Write it so.");
        (problem?.Status ?? 200).Should().Be(status);
        (request?.State).Should().Be(status == 200 ? "drain" : null);
        problem?.Detail.Should().BeOneOf("Write it so.", "The body is to be application/json.");
    }

    /// <summary>As Kestrel tells of a chunk without a size, or of a body that came too slowly: it was a defect of ours in the log, with its stack.</summary>
    [Theory]
    [InlineData(400)]
    [InlineData(408)]
    public async Task BodyThatTheServerRefuses_IsItsStatusAsAProblem(int status)
    {
        var http = new DefaultHttpContext();
        (http.Request.ContentType, http.Request.Body) = ("application/json", new Refused(new BadHttpRequestException("no", status)));
        (InstanceRequest? request, AdminProblem? problem) = await AdminBody.ReadAsync(http, ChangeJson.Default.InstanceRequest, 100, "Write it so.");
        (request, problem!.Status, problem.Detail).Should().Be((null, status, "The body is not framed as HTTP says, or came too slowly."));
    }

    private sealed class Refused(Exception failure) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromException<int>(failure);
    }
}
