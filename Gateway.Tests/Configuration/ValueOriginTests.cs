using Gateway.Core.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class ValueOriginTests
{
    [Fact]
    public void Origins_AreOrderedByLayerThenLineThenColumn()
    {
        ValueOrigin[] sorted =
        [
            default, new(0, "z.json"), new(0, "z.json", 2, 9), new(0, "z.json", 10, 1), new(0, "z.json", 10, 2), new(1, "a.json", 1, 1),
        ];

        sorted.Reverse().Order().Should().Equal(sorted);
    }

    [Fact]
    public void PositionInAFile_IsWrittenWithColons() => new ValueOrigin(0, "a.json", 3, 14).ToString().Should().Be("a.json:3:14");

    [Fact]
    public void SourceWithoutLines_IsWrittenAlone() =>
        new ValueOrigin(0, "environment variable X").ToString().Should().Be("environment variable X");

    [Fact]
    public void Nowhere_IsWrittenAsNothing() => default(ValueOrigin).ToString().Should().BeEmpty();
}
