using Gateway.Host.Demo;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Host.Demo;

public sealed class SeenByServiceTests
{
    [Fact]
    public void EverythingTheGatewaySends_IsShown()
    {
        var context = new DefaultHttpContext();
        context.Features.Get<IHttpRequestFeature>()!.RawTarget = "/products/%31?q=a+b";
        context.Request.Method = "GET";
        IHeaderDictionary headers = context.Request.Headers;
        (headers["X-User-ID"], headers["X-User-Roles"], headers["X-User-Tier"]) = ("alice", "customer,admin", "gold");
        (headers["X-Correlation-ID"], headers.TraceParent, headers.Via) = ("c-1", "00-1-2-01", "1.1 gateway");
        (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"], headers["X-Forwarded-Host"]) = ("192.0.2.1", "https", "shop.example");

        SeenByService.From(context, "product").Should().Be(new SeenByService
        {
            Service = "product",
            Method = "GET",
            Path = "/products/%31?q=a+b",
            UserId = "alice",
            UserRoles = "customer,admin",
            UserTier = "gold",
            CorrelationId = "c-1",
            ForwardedFor = "192.0.2.1",
            ForwardedProto = "https",
            ForwardedHost = "shop.example",
            TraceParent = "00-1-2-01",
            Via = "1.1 gateway",
        });
    }
}
