using Gateway.Tests.Kit;

namespace Gateway.Tests.Authentication;

public sealed class SharedTokenStoreTests
{
    [Theory]
    [InlineData(32, true)]
    [InlineData(31, false)]
    public void Secret_HasAtLeast32Bytes(int bytes, bool isFine)
    {
        Action make = () => _ = ModelTokenStore.Create(new byte[bytes]);
        if (isFine)
        {
            make.Should().NotThrow();
        }
        else
        {
            make.Should().Throw<ArgumentException>().WithMessage("The secret has 31 bytes; it needs at least 32.*");
        }
    }
}
