using Gateway.Host.Demo;

namespace Gateway.Tests.Host.Demo;

public sealed class DemoBytesTests
{
    [Fact]
    public void Pieces_AreTheSameAsTheWhole()
    {
        byte[] whole = new byte[100], pieces = new byte[100];
        DemoBytes.Fill(whole, seed: 7, offset: 0);
        DemoBytes.Fill(pieces.AsSpan(0, 40), seed: 7, offset: 0);
        DemoBytes.Fill(pieces.AsSpan(40), seed: 7, offset: 40);
        pieces.Should().Equal(whole);
        whole.Should().NotContainInOrder(0, 0, 0, 0);
    }

    [Fact]
    public void OtherSeed_GivesOtherBytes()
    {
        byte[] one = new byte[64], two = new byte[64];
        DemoBytes.Fill(one, seed: 1, offset: 0);
        DemoBytes.Fill(two, seed: 2, offset: 0);
        one.Should().NotEqual(two);
        one.AsSpan(8).ToArray().Should().NotEqual(two.AsSpan(0, 56).ToArray());
    }

    [Fact]
    public void OffsetThatIsNoMultipleOfEight_IsAMistake()
    {
        Action fill = static () => DemoBytes.Fill(new byte[8], seed: 1, offset: 4);
        fill.Should().Throw<ArgumentOutOfRangeException>();
    }
}
