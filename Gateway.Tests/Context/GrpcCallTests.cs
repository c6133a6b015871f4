using Gateway.Core.Context;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Context;

public sealed class GrpcCallTests
{
    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("Application/GRPC", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("application/grpc; charset=utf-8", true)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/grpc-web+proto", false)]
    [InlineData("application/grpcish", false)]
    [InlineData("application/json", false)]
    [InlineData(null, false)]
    public void ContentType_Decides(string? contentType, bool isGrpc) => GrpcCall.IsContentType(contentType).Should().Be(isGrpc);

    [Theory]
    [InlineData("HTTP/1.1", false)]
    [InlineData("HTTP/2", true)]
    [InlineData("HTTP/3", true)]
    public void Version_MustCarryTrailers(string protocol, bool isGrpc)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        (request.Protocol, request.ContentType) = (protocol, "application/grpc");

        GrpcCall.Is(request).Should().Be(isGrpc);
    }
}
