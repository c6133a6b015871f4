using System.Text;
using Gateway.Core.Serving;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Gateway.Tests.Serving;

/// <summary>What the settings do is proved in Wire.</summary>
public sealed class ServerSettingsTests
{
    [Fact]
    public void Kestrel_ReadsAndWritesHeadersByteForByte_AndDoesNotNameItself()
    {
        var kestrel = new KestrelServerOptions();

        ServerSettings.Tune(kestrel);

        kestrel.AddServerHeader.Should().BeFalse();
        kestrel.RequestHeaderEncodingSelector("content-length").Should().BeOfType<LengthEncoding>();
        kestrel.RequestHeaderEncodingSelector("connection").Should().BeOfType<ConnectionEncoding>();
        kestrel.RequestHeaderEncodingSelector("X-Any").Should().Be(Encoding.Latin1);
        kestrel.ResponseHeaderEncodingSelector("X-Any").Should().Be(Encoding.Latin1);
    }

    [Fact]
    public void Sockets_HaveALongerBacklogThanTheFrameworks()
    {
        var sockets = new SocketTransportOptions();

        ServerSettings.Tune(sockets);

        sockets.Backlog.Should().Be(ServerSettings.Backlog).And.BeGreaterThan(new SocketTransportOptions().Backlog);
    }
}
