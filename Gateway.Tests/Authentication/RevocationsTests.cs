using Gateway.Core.Authentication;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Authentication;

public sealed class RevocationsTests
{
    private static readonly Revocation Token = new(RevocationKind.Token, 1), User = new(RevocationKind.User, 2), Other = new(RevocationKind.Token, 3);

    private readonly FakeTimeProvider _clock = new();
    private readonly Revocations _revocations;

    public RevocationsTests() => _revocations = new Revocations(TimeSpan.FromMinutes(15), _clock);

    [Fact]
    public void WhatWasAskedBefore_IsRevoked_WhatIsAskedAfterIsNot()
    {
        long before = _revocations.View.Tick;
        _revocations.Add(Token, RevocationSource.Admin);

        _revocations.IsRevoked(Token, User, before).Should().BeTrue();
        _revocations.IsRevoked(Other, User, before).Should().BeFalse();
        _revocations.IsRevoked(Token, User, _revocations.View.Tick).Should().BeFalse();
    }

    [Fact]
    public void User_RevokesEveryTokenOfItsOwn()
    {
        long before = _revocations.View.Tick;
        _revocations.Add(User, RevocationSource.Store, sequence: 5);

        _revocations.IsRevoked(Other, User, before).Should().BeTrue();
        _revocations.IsRevokedInLog(Other, User, since: 4).Should().BeTrue();
        _revocations.IsRevokedInLog(Other, User, since: 5).Should().BeFalse();
    }

    [Fact]
    public void OwnOne_GetsItsPlaceWithoutRevokingAgain()
    {
        _revocations.Add(Token, RevocationSource.Admin);
        long after = _revocations.View.Tick;

        _revocations.IsRevokedInLog(Token, User, since: 100).Should().BeTrue("an answer from before it may still be in the store");
        _revocations.Confirm(Token, sequence: 9);
        _revocations.IsRevokedInLog(Token, User, since: 9).Should().BeFalse();

        _revocations.IsRevoked(Token, User, after).Should().BeFalse();
        _revocations.IsRevokedInLog(Token, User, since: 8).Should().BeTrue();
        _revocations.Learned(RevocationSource.Admin).Value.Should().Be(1);
        _revocations.Learned(RevocationSource.Store).Value.Should().Be(0);
    }

    [Fact]
    public void AnotherLog_KnowsNothingOfSequencesBefore()
    {
        _revocations.Add(Token, RevocationSource.Store, sequence: 9);
        _revocations.MoveTo(new LogPosition("log", 0, 9));

        _revocations.ForgetSequences();

        _revocations.IsRevokedInLog(Token, User, since: 100).Should().BeTrue("without a place it comes after all");
        _revocations.IsRevoked(Token, User, since: 0).Should().BeTrue("here it stays revoked");
        _revocations.View.Position.Should().BeNull();
    }

    [Fact]
    public void Forgets_WhatNoAnswerCanBeOlderThan()
    {
        _revocations.Add(Token, RevocationSource.Admin);
        _clock.Advance(TimeSpan.FromMinutes(15) + TimeSpan.FromTicks(1));
        _revocations.Add(Other, RevocationSource.Admin);
        _revocations.Count.Should().Be(1);
    }

    [Fact]
    public void MoreThanItHolds_LeaveNothingToBeBelievedFromBefore()
    {
        _revocations.MoveTo(new LogPosition("log", 0, 7));
        for (int i = 0; i <= Revocations.Most; i++)
        {
            _revocations.Add(new Revocation(RevocationKind.Token, (UInt128)i), RevocationSource.Admin);
        }

        _revocations.Count.Should().Be(1);
        _revocations.View.Void.Should().Be(_revocations.View.Tick - 1);
        _revocations.View.Position!.From.Should().Be(7);
        _revocations.MoveTo(new LogPosition("log", 0, 8));
        _revocations.View.Position.Should().Be(new LogPosition("log", 7, 8), "what is forgotten stays so");
    }
}
