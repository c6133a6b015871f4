using System.Text.RegularExpressions;

namespace Gateway.Tests.Spec;

/// <summary>Each heading of the specification that promises something has its class here, and each class its heading.</summary>
public sealed partial class SpecHeadingsTests
{
    /// <summary>As they stand in the specification's architecture overview, in its order. Left out are those that only gather others.</summary>
    private static readonly string[] Headings =
    [
        "### High-Level Architecture",
        "#### 1. Request Router",
        "#### 2. Authentication Middleware",
        "#### 3. Rate Limiter",
        "#### 4. Circuit Breaker",
        "### Request Flow",
        "### Horizontal Scaling",
        "### Load Balancing Strategies",
        "### Performance Characteristics",
        "### Fault Tolerance",
        "### Circuit Breaker Implementation",
        "### Graceful Shutdown",
        "### Authentication Flow",
        "### JWT Token Validation",
        "### CORS Configuration",
        "### Metrics Collection",
        "### Distributed Tracing",
        "### Logging Strategy",
    ];

    private static readonly Type[] Classes =
    [
        .. typeof(SpecHeadingsTests).Assembly.GetTypes()
            .Where(static type => type.Namespace == typeof(SpecHeadingsTests).Namespace && type.IsPublic && type != typeof(SpecHeadingsTests)),
    ];

    [Fact]
    public void EachHeading_HasItsClassAndEachClassItsHeading() =>
        Classes.Select(static type => type.Name).Should().BeEquivalentTo(Headings.Select(ClassFor));

    [Fact]
    public void EachClass_HoldsTests() =>
        Classes.Should().OnlyContain(static type => type.GetMethods().Any(static method => method.IsDefined(typeof(FactAttribute), true)));

    [Theory]
    [InlineData("#### 1. Request Router", "RequestRouterTests")]
    [InlineData("### JWT Token Validation", "JwtTokenValidationTests")]
    [InlineData("### High-Level Architecture", "HighLevelArchitectureTests")]
    public void ClassName_FollowsFromTheHeading(string heading, string name) => ClassFor(heading).Should().Be(name);

    private static string ClassFor(string heading) =>
        string.Concat(Word().Matches(heading).Select(static word => char.ToUpperInvariant(word.Value[0]) + word.Value[1..].ToLowerInvariant())) + "Tests";

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();
}
