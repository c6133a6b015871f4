using Gateway.Core.Authentication;

namespace Gateway.Tests.Authentication;

public sealed class JwtKeySetTests
{
    private const string Rsa = "\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"";
    private const string P256 = "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"";

    [Theory]
    [InlineData(Rsa)]
    [InlineData(P256)]
    [InlineData(Rsa + ",\"use\":\"sig\"")]
    [InlineData(Rsa + ",\"key_ops\":[\"verify\"]")]
    public void PublicKeyForSignatures_IsUsable(string key)
    {
        JwtKeySet.Parse($$"""{"keys":[{{{key}}}]}""", 0).Should().NotBeNull();
    }

    [Theory]
    [InlineData("\"kty\":\"oct\",\"k\":\"c2VjcmV0\"")]
    [InlineData("\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQ\"")]
    [InlineData("\"kty\":\"RSA\",\"n\":\"AQ\"")]
    [InlineData("\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\"")]
    [InlineData(Rsa + ",\"use\":\"enc\"")]
    [InlineData(Rsa + ",\"key_ops\":[\"encrypt\"]")]
    public void AnyOtherKey_IsIgnored(string key)
    {
        JwtKeySet.Parse($$"""{"keys":[{{{key}}}]}""", 0).Should().BeNull();
        JwtKeySet.Parse($$"""{"keys":[{{{key}}},{{{Rsa}}}]}""", 0)!.For("RS256", null).Should().ContainSingle();
    }

    [Fact]
    public void KeyId_ChoosesTheKey()
    {
        JwtKeySet keys = Two(",\"kid\":\"a\"", ",\"kid\":\"b\"");

        keys.For("RS256", "a").Should().ContainSingle().Which.KeyId.Should().Be("a");
        keys.For("RS256", "A").Should().BeEmpty();
        (keys.Knows("a"), keys.Knows("b"), keys.Knows("c")).Should().Be((true, true, false));
    }

    [Fact]
    public void TokenOrKeyWithoutId_MayBelongToAny()
    {
        Two(",\"kid\":\"a\"", ",\"kid\":\"b\"").For("RS256", null).Should().HaveCount(2);
        JwtKeySet nameless = Two(",\"kid\":\"a\"", "");
        nameless.For("RS256", "c").Should().ContainSingle();
        nameless.Knows("c").Should().BeTrue();
    }

    [Fact]
    public void KeyThatNamesItsAlgorithm_ServesNoOther()
    {
        JwtKeySet keys = Two(",\"alg\":\"PS256\"", ",\"alg\":\"RS256\"");

        keys.For("PS256", null).Should().ContainSingle();
        keys.For("PS384", null).Should().BeEmpty();
    }

    [Theory]
    [InlineData("RS256", 1)]
    [InlineData("RS384", 1)]
    [InlineData("RS512", 1)]
    [InlineData("PS256", 1)]
    [InlineData("PS384", 1)]
    [InlineData("PS512", 1)]
    [InlineData("ES256", 1)]
    [InlineData("ES384", 0)]
    [InlineData("ES512", 0)]
    [InlineData("HS256", 0)]
    [InlineData("none", 0)]
    [InlineData("rs256", 0)]
    public void Algorithm_MustFitTheKeysTypeAndCurve(string algorithm, int keys)
    {
        JwtKeySet.Parse($$"""{"keys":[{{{Rsa}}},{{{P256}}}]}""", 0)!.For(algorithm, null).Should().HaveCount(keys);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    public void NotAKeyDocument_Throws(string document)
    {
        FluentActions.Invoking(() => JwtKeySet.Parse(document, 0)).Should().Throw<ArgumentException>();
    }

    private static JwtKeySet Two(string first, string second) =>
        JwtKeySet.Parse($$"""{"keys":[{{{Rsa}}{{first}}},{{{Rsa}}{{second}}}]}""", 0)!;
}
