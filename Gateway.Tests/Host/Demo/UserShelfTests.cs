using Gateway.Host.Demo;

namespace Gateway.Tests.Host.Demo;

public sealed class UserShelfTests
{
    private readonly UserShelf<string> _shelf = new(static user => [$"{user} 1"]);

    [Fact]
    public void FirstLook_ShowsWhatEveryoneBeginsWith() => _shelf.All("alice").Should().Equal("alice 1");

    [Fact]
    public void Add_CountsOnPerUser()
    {
        _shelf.Add("alice", static n => $"n{n}").Should().Be("n2");
        _shelf.All("alice").Should().Equal("alice 1", "n2");
        _shelf.All("bob").Should().Equal("bob 1");
    }

    [Fact]
    public void Add_OnTheLimit_IsRefused()
    {
        for (int i = 2; i <= DemoLimits.ItemsPerUser; i++)
        {
            _shelf.Add("alice", static n => $"n{n}").Should().NotBeNull();
        }

        _shelf.Add("alice", static n => $"n{n}").Should().BeNull();
        _shelf.Replace("alice", static _ => false, "one more").Should().BeFalse();
        _shelf.Replace("alice", static item => item == "n2", "instead").Should().BeTrue();
        _shelf.All("alice").Should().HaveCount(DemoLimits.ItemsPerUser).And.Contain("instead");
    }

    [Fact]
    public void Replace_WithNothing_TakesOut()
    {
        _shelf.Replace("alice", static _ => true, item: null).Should().BeTrue();
        _shelf.All("alice").Should().BeEmpty();
    }

    [Fact]
    public void OneUserTooMany_ForgetsTheFirst()
    {
        _shelf.Add("first", static _ => "kept");
        _shelf.Add("second", static _ => "kept");
        for (int i = 0; i < DemoLimits.Users - 1; i++)
        {
            _shelf.All($"user {i}");
        }

        _shelf.All("second").Should().Contain("kept");
        _shelf.All("first").Should().NotContain("kept");
    }
}
