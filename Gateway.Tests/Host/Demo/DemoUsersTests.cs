using Gateway.Host.Demo;

namespace Gateway.Tests.Host.Demo;

public sealed class DemoUsersTests
{
    [Fact]
    public void Tokens_NamesAndPasswords_AreDistinct()
    {
        string[] secrets = [DemoUsers.ExpiredToken, .. DemoUsers.All.SelectMany(static user => (string[])[user.Id, user.Password, user.ReadyToken])];
        secrets.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Secrets_SayThatTheyAreForTheDemo()
    {
        DemoUsers.All.Should().OnlyContain(static user => user.Password.EndsWith("demo-only") && user.ReadyToken.StartsWith("demo-"));
    }
}
