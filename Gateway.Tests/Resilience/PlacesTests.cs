using Gateway.Core.Resilience;

namespace Gateway.Tests.Resilience;

public sealed class PlacesTests
{
    [Fact]
    public void Places_AreGivenUpToTheMost_AndAgainWhenGivenBack()
    {
        var places = new Places();
        (places.TryEnter(2), places.TryEnter(2), places.TryEnter(2)).Should().Be((true, true, false));
        places.Taken.Should().Be(2);
        places.TryEnter(3).Should().BeTrue("the limit is the caller's");
        places.Leave();
        places.Leave();
        (places.TryEnter(2), places.TryEnter(2)).Should().Be((true, false));
    }
}
