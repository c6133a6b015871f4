using Gateway.Core.Errors;

namespace Gateway.Tests.Errors;

public sealed class GatewayOptionsExceptionTests
{
    [Fact]
    public void Message_HasALineForEachError()
    {
        OptionError[] errors = [new("Gateway:A", "there is no 'a\n'"), new("Gateway:B", "is missing")];

        GatewayOptionsException thrown = FluentActions.Invoking(() => GatewayOptionsException.ThrowIfAny(errors)).Should().Throw<GatewayOptionsException>().Which;

        thrown.Errors.Should().Equal(errors);
        thrown.Message.Split('\n').Should().Equal("The options of the gateway cannot be used:", "Gateway:A: there is no 'a\\u000a'", "Gateway:B: is missing");
    }

    [Fact]
    public void WithoutErrors_NothingIsThrown() => FluentActions.Invoking(() => GatewayOptionsException.ThrowIfAny([])).Should().NotThrow();
}
