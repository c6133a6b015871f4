using System.Net;
using Gateway.Core.Context;

namespace Gateway.Tests.Context;

public sealed class SubscriberTests
{
    [Theory]
    [InlineData("192.0.2.1", "C0000201")]
    [InlineData("::ffff:192.0.2.1", "C0000201")]
    [InlineData("2001:db8:1:2:3:4:5:6", "20010DB800010002")]
    [InlineData("::192.0.2.1", "0000000000000000")]
    public void Address_IsItsSubscribers(string address, string bytes) =>
        Convert.ToHexString(Subscriber.Of(IPAddress.Parse(address), stackalloc byte[Subscriber.Room])).Should().Be(bytes);
}
