using Gateway.Core.Serving;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Tests.Serving;

public sealed class ServerRefusalsTests
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private readonly List<IFeatureCollection> _heard = [];

    [Fact]
    public void BadRequest_IsHeard()
    {
        var refusals = new ServerRefusals(_heard.Add);
        var request = new FeatureCollection();

        refusals.IsEnabled(BadRequest).Should().BeTrue();
        refusals.Write(BadRequest, request);

        _heard.Should().Equal(request);
    }

    [Fact]
    public void AnythingElse_IsSwitchedOffAndUnheard()
    {
        var refusals = new ServerRefusals(_heard.Add);

        refusals.IsEnabled("Microsoft.AspNetCore.Hosting.HttpRequestIn").Should().BeFalse();
        refusals.Write("Microsoft.AspNetCore.Hosting.HttpRequestIn", new FeatureCollection());
        refusals.Write(BadRequest, "no features");

        _heard.Should().BeEmpty();
    }
}
