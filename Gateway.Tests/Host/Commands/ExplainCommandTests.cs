using System.Text.Json;
using Gateway.Host.Commands;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Commands;

public sealed class ExplainCommandTests
{
    [Theory]
    [InlineData("GET", "/api/products/42", "the service's")]
    [InlineData("GET", "/nowhere", "404 no_route")]
    [InlineData("POST", "/api/products/42", "405 method_not_allowed")]
    [InlineData("GET", "/%00", "400 bad_request")]
    public async Task QuestionWithAnAnswer_Returns0(string method, string url, string answer)
    {
        (int code, string output, string errors) = await RunAsync(method, url, OutputForm.Text);
        (code, errors).Should().Be((0, ""));
        output.Should().StartWith($"{method} /").And.Contain($"answer\n  {answer}");
        (await RunAsync(method, url, OutputForm.Text)).Output.Should().Be(output, "the same question has the same answer");
    }

    [Fact]
    public async Task Json_IsOneObject()
    {
        (int code, string output, _) = await RunAsync("GET", "/api/products/42", OutputForm.Json);
        code.Should().Be(0);
        using JsonDocument json = JsonDocument.Parse(output);
        json.RootElement.GetProperty("route").GetProperty("name").GetString().Should().Be("products");
        json.RootElement.GetProperty("answer").GetProperty("service_path").GetString().Should().Be("/products/42");
        json.RootElement.GetProperty("settings").EnumerateArray().Should().Contain(static setting => setting.GetProperty("key").GetString() == "Gateway:Routes:products:Auth");
    }

    [Fact]
    public async Task RequestThatIsNone_Returns2() => (await RunAsync("GET", "nowhere", OutputForm.Text))
        .Should().Be((2, "", "gateway: 'nowhere' is neither a path that begins with '/' nor an http or https URL\n"));

    [Fact]
    public async Task ConfigurationWithProblems_Returns1_AsCheckSays()
    {
        (int code, string output, string errors) = await RunAsync("GET", "/", OutputForm.Text, """{ "Gateway": { "Auht": {} } }""");
        (code, output).Should().Be((1, ""));
        errors.Should().Be("gateway.json:1:16: Gateway:Auht: unknown key; did you mean 'Auth'?\ngateway.json: 1 problem\n");
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string method, string url, OutputForm form, string json = ConfigurationFiles.ContractExample)
    {
        using var files = new ConfigurationFiles();
        using var stdout = new StringWriter { NewLine = "\n" };
        using var stderr = new StringWriter { NewLine = "\n" };
        int code = await ExplainCommand.RunAsync(files.Write("gateway.json", json).Inputs(["gateway.json"]), method, [], url, form, stdout, stderr);
        return (code, stdout.ToString(), stderr.ToString());
    }
}
