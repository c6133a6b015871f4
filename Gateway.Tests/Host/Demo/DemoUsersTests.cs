using Gateway.Host.Demo;

namespace Gateway.Tests.Host.Demo;

public sealed class DemoUsersTests
{
    [Fact]
    public void Tokens_NamesAndPasswords_AreDistinct()
    {
        DemoUsers.All.SelectMany(static user => (string[])[user.Id, user.Password, user.ReadyToken])
            .Append(DemoUsers.ExpiredToken).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Secrets_SayThatTheyAreForTheDemo()
    {
        DemoUsers.All.Should().OnlyContain(static user => user.Password.EndsWith("demo-only") && user.ReadyToken.StartsWith("demo-"));
    }
}
