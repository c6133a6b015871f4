namespace Gateway.Tests.House;

public sealed class CodeTextTests
{
    [Theory]
    [InlineData("a // b { }\nc", "a         \nc")]
    [InlineData("a /* b\n{ */ c", "a     \n     c")]
    [InlineData("x = \"{\\\"}\";", "x =       ;")]
    [InlineData("x = @\"\\\" + y;", "x = @    + y;")]
    [InlineData("x = \"\" + y;", "x =    + y;")]
    [InlineData("x = '{' + '\\'';", "x =     +     ;")]
    [InlineData("x = \"\"\"\n { \"quoted\" \n\"\"\";", "x =    \n            \n   ;")]
    [InlineData("x = \"// no comment\" + y;", "x =                 + y;")]
    public void WhatIsNotCode_IsBlank(string source, string code) => CodeText.Strip(source).Should().Be(code);
}
