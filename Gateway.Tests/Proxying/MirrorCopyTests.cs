using Gateway.Core.Context;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Proxying;

public sealed class MirrorCopyTests
{
    [Fact]
    public void Address_IsTheInstancesWithPathAndQueryOfTheRequest()
    {
        using var exchange = new FakeExchange();
        GatewayContext context = exchange.Context();
        (context.Path, context.Query) = ("/api/x/%41", "?q=%2F");
        using var copy = new MirrorCopy(context, hasBody: false, isHttp2: false);
        (context.Path, context.Query) = ("/another", "?request");

        copy.Address(Given.Service(1).Instances[0], stripSegments: 1, static () => { });

        copy.Message.RequestUri!.OriginalString.Should().Be("http://10.0.0.1/x/%41?q=%2F");
        (copy.HasBody, copy.Message.Content).Should().Be((false, null));
    }

    [Fact]
    public async Task Body_IsSentAsItWasFilledIn_AndItsEndIsTold()
    {
        using var exchange = new FakeExchange("POST");
        exchange.Http.Request.ContentType = "text/plain";
        using var copy = new MirrorCopy(exchange.Context(), hasBody: true, isHttp2: false);
        bool sent = false;
        copy.Fill("whole"u8.ToArray());
        copy.Address(Given.Service(1).Instances[0], stripSegments: 0, () => sent = true);

        (await copy.Message.Content!.ReadAsStringAsync()).Should().Be("whole");

        (copy.HasBody, copy.Message.Content.Headers.ContentLength, sent).Should().Be((true, 5L, true));
        copy.Message.Content.Headers.ContentType!.MediaType.Should().Be("text/plain");
    }
}
