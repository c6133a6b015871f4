using Gateway.Core.Errors;

namespace Gateway.Tests.Errors;

public sealed class SuggestionTests
{
    private static readonly string[] Known = ["Capacity", "RefillPerSecond", "Key", "Tiers", "per-ip", "per-user"];

    [Theory]
    [InlineData("Capcity", "Capacity")]
    [InlineData("Capactiy", "Capacity")]
    [InlineData("Capacityy", "Capacity")]
    [InlineData("capacity", "Capacity")]
    [InlineData("RefilPerSeconds", "RefillPerSecond")]
    [InlineData("Kye", "Key")]
    [InlineData("per-usr", "per-user")]
    [InlineData("perip", "per-ip")]
    public void NearWord_IsSuggested(string word, string expected) => Suggestion.Nearest(word, Known).Should().Be(expected);

    [Theory]
    [InlineData("")]
    [InlineData("xyz")]
    [InlineData("Completely")]
    [InlineData("RefillPerSecondAndMuchMoreThanThat")]
    public void FarWord_IsNot(string word)
    {
        Suggestion.Nearest(word, Known).Should().BeNull();
        Suggestion.For(word, Known).Should().BeEmpty();
    }

    [Fact]
    public void NearestOfSeveral_IsTaken() => Suggestion.Nearest("cart", ["card-service", "carts", "car", "cart2"]).Should().Be("carts");

    [Fact]
    public void NothingKnown_SuggestsNothing() => Suggestion.Nearest("cart", []).Should().BeNull();

    [Fact]
    public void Sentence_GoesOnFromTheMessageBeforeIt() => Suggestion.For("Kye", Known).Should().Be("; did you mean 'Key'?");

    [Theory]
    [InlineData("products", "products", 0.0625)]
    [InlineData("Products", "products", 0.0625)]
    [InlineData("product", "products", 0.125)]
    [InlineData("ab", "cd", null)]
    [InlineData("orders", "products", null)]
    [InlineData("", "a", null)]
    public void WrongShare_IsThatOfATypingMistake(string word, string known, double? share) => Suggestion.WrongShare(word, known).Should().Be(share);
}
