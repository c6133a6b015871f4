using System.Security.Cryptography;
using Gateway.Core.Authentication;
using Gateway.Core.Context;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Authentication;

public sealed class TokenSealTests
{
    private static readonly string Key = KeyOf("t");
    private static readonly LogPosition AsOf = new("log", 3, 7);
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TokenSeal _seal = new(ModelTokenStore.CommonSecret, new AuthOptions());

    [Fact]
    public void SealedEntry_OpensForItsToken()
    {
        SharedEntry opened = new TokenSeal(ModelTokenStore.CommonSecret, new AuthOptions()).Open(Key, Sealed())!;
        opened.Should().BeEquivalentTo(Entry());
        opened.ToUser().Should().BeEquivalentTo(User);
    }

    [Fact]
    public void AnotherToken_DoesNotOpenIt() => _seal.Open(KeyOf("other"), Sealed()).Should().BeNull();

    [Fact]
    public void AnySingleChangedByte_ClosesIt()
    {
        byte[] entry = Sealed();
        for (int i = 0; i < entry.Length; i++)
        {
            entry[i] ^= 1;
            _seal.Open(Key, entry).Should().BeNull("byte {0} is another", i);
            entry[i] ^= 1;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(34)]
    [InlineData(TokenSeal.MaxBytes + 1)]
    public void Garbage_DoesNotOpen(int length) => _seal.Open(Key, RandomNumberGenerator.GetBytes(length)).Should().BeNull();

    [Fact]
    public void AnotherSecret_DoesNotOpenIt() =>
        new TokenSeal(new byte[32], new AuthOptions()).Open(Key, Sealed()).Should().BeNull();

    [Fact]
    public void GatewayThatJudgesOtherwise_DoesNotOpenIt() =>
        new TokenSeal(ModelTokenStore.CommonSecret, new AuthOptions { Mode = AuthMode.JwtThenAuthService, Jwt = new JwtOptions { Issuer = "i" } }).Open(Key, Sealed())
            .Should().BeNull();

    [Fact]
    public void UserThatCannotStandInHeaders_IsNotBelieved() =>
        _seal.Open(Key, _seal.Seal(Key, Entry() with { UserId = "a\r\nb" })!).Should().BeNull();

    [Fact]
    public void EntryThatIsTooLong_IsNotSealed() => _seal.Seal(Key, Entry() with { Email = new string('e', TokenSeal.MaxBytes) }).Should().BeNull();

    private static UserContext User => new("u", "u@example.com", ["a", "b"], ["s"], "gold", Noon.AddHours(1));

    private static SharedEntry Entry() => SharedEntry.Of(User, Noon, TimeSpan.FromMinutes(15), AsOf);

    private byte[] Sealed() => _seal.Seal(Key, Entry())!;

    private static string KeyOf(string token)
    {
        Span<char> key = stackalloc char[TokenCache.KeyLength];
        TokenCache.MakeKey(token, key);
        return new string(key);
    }
}
