using Gateway.Core.Authentication;

namespace Gateway.Tests.Authentication;

/// <summary>What waits for the store.</summary>
public sealed class RevocationOutboxTests
{
    private readonly RevocationOutbox _outbox = new();

    [Fact]
    public void Waiting_GoInOrder()
    {
        Add("a");
        Add("b");
        Next().Should().Be("a");
        Next().Should().Be("b");
        _outbox.TryPeek(out _).Should().BeFalse();
    }

    [Fact]
    public void MoreThanAreKept_AreOneThatMakesTheOthersDoubt()
    {
        for (int i = 0; i < RevocationOutbox.Most + 10; i++)
        {
            Add($"{i}");
        }

        _outbox.Count.Should().Be(RevocationOutbox.Most + 1);
        Outgoing last = default;
        while (_outbox.TryPeek(out Outgoing next))
        {
            _outbox.Remove(next);
            last = next;
        }

        (last.What, last.Text).Should().Be((null, RevocationOutbox.More));
        Revocation.Parse(last.Text).Should().BeNull();
    }

    [Fact]
    public void GoneElsewhere_NothingWaitsHereAnyMore()
    {
        List<Outgoing> gone = [];
        Add("a");
        _outbox.TryPeek(out Outgoing first);
        _outbox.GoTo(gone.Add);
        Add("b");
        _outbox.Remove(first);
        gone.Select(static one => one.Mark).Should().Equal("a", "b");
        _outbox.Count.Should().Be(0);
    }

    [Fact]
    public void ToldOfOneThatIsNotTheFirst_NothingGoes()
    {
        Add("a");
        _outbox.Remove(new Outgoing("b", null));
        _outbox.Count.Should().Be(1);
    }

    private void Add(string mark) => _outbox.Add(new Outgoing(mark, Revocation.OfUser(mark)));

    private string Next()
    {
        _outbox.TryPeek(out Outgoing next).Should().BeTrue();
        _outbox.Remove(next);
        return next.Mark;
    }
}
