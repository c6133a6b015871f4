using Gateway.Core.Context;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Context;

public sealed class IdentityHeadersTests
{
    [Theory]
    [InlineData("X-User-ID")]
    [InlineData("X-User-Roles")]
    [InlineData("X-User-Tier")]
    [InlineData("X-User-Anything")]
    [InlineData("X-User-")]
    [InlineData("X-Auth-Token")]
    [InlineData("X-Auth-")]
    [InlineData("x-user-id")]
    [InlineData("X-USER-ID")]
    [InlineData("X_User_ID")]
    [InlineData("X-User_ID")]
    [InlineData("x_AUTH-user")]
    public void BothFamilies_AreReservedInEverySpelling(string header) => IdentityHeaders.IsReserved(header).Should().BeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("X")]
    [InlineData("X-User")]
    [InlineData("X-Users-Id")]
    [InlineData("X-Username")]
    [InlineData("X-Author")]
    [InlineData("Y-User-ID")]
    [InlineData("User-ID")]
    [InlineData("Authorization")]
    [InlineData("XX-User-ID")]
    public void OtherHeaders_AreNot(string header) => IdentityHeaders.IsReserved(header).Should().BeFalse();

    [Fact]
    public void WhatTheGatewayWrites_IsReserved() =>
        new[] { IdentityHeaders.UserId, IdentityHeaders.UserRoles, IdentityHeaders.UserTier }.Should().OnlyContain(name => IdentityHeaders.IsReserved(name));

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Forwarded-Port")]
    [InlineData("x_forwarded-prefix")]
    [InlineData("X-Real-IP")]
    [InlineData("X_REAL_IP")]
    public void WhatAProxySays_IsKnownInEverySpelling(string header) => IdentityHeaders.IsOfAProxy(header).Should().BeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("X-Real-I")]
    [InlineData("X-Forwarded")]
    [InlineData("X-Forward-For")]
    [InlineData("Y-Real-IP")]
    [InlineData("Forwarded")]
    public void OtherHeaders_AreNoProxys(string header) => IdentityHeaders.IsOfAProxy(header).Should().BeFalse();

    [Fact]
    public void Looking_AllocatesNothing() => Allocations.Of(() =>
    {
        _ = IdentityHeaders.IsReserved("X_User_ID");
        _ = IdentityHeaders.IsReserved("Content-Type");
        _ = IdentityHeaders.IsOfAProxy("X_Forwarded_Port");
    }).Should().Be(0);
}
