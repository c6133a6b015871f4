using Gateway.Core.Errors;

namespace Gateway.Tests.Errors;

public sealed class OptionErrorsTests
{
    private readonly OptionErrors _errors = new();

    [Theory]
    [InlineData("cart", true)]
    [InlineData("Cart_v2.eu-1", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("a\"b", false)]
    [InlineData("größe", false)]
    public void Name_HasOnlyCharactersThatLabelsAndPathsTake(string name, bool valid)
    {
        _errors.Name("K", name);
        (_errors.All.Count == 0).Should().Be(valid);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Name_HasALongestLength(int length, bool valid)
    {
        _errors.Name("K", new string('a', length));
        (_errors.All.Count == 0).Should().Be(valid);
    }

    [Fact]
    public void Range_IncludesItsBounds_AndNamesThem()
    {
        _errors.Range("K", 1, 1, 5);
        _errors.Range("K", 5, 1, 5);
        _errors.All.Should().BeEmpty();

        _errors.Range("K", 6, 1, 5);
        _errors.Range("T", TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        _errors.All.Select(error => error.ToString()).Should().Equal(
            "K: 6 is out of range; allowed are 1 to 5", "T: 00:00:00 is out of range; allowed are 00:00:01 to 00:00:02");
    }
}
