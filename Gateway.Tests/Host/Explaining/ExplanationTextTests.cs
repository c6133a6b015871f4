using Gateway.Host.Explaining;

namespace Gateway.Tests.Host.Explaining;

public sealed class ExplanationTextTests
{
    [Fact]
    public void Explanation_IsAlignedText()
    {
        ExplanationText.Of(new Explanation
        {
            Request = new ExplainedRequest("GET", "h", "/a", "?b"),
            Answer = new ExplainedAnswer { SentOn = true, ServicePath = "/a?b", Before = ["401 token_missing: the request has no token"] },
            Route = new ExplainedRoute("a", "/a", "no other route takes the request", "f.json:1:2"),
            NearMisses = [new ExplainedMiss("longer", "/a/b", "path", "wants a segment 2 too, 'b'", "f.json:3:4")],
            Settings = [new ExplainedSetting("auth", "rule", "Required", "K", "default"), new ExplainedSetting("auth", "mode", "Jwt", "K", "f.json:5:6")],
        }).Should().Be("""
            GET /a?b, host h

            answer
              the service's  it gets GET /a?b
              but before     401 token_missing: the request has no token

            route
              a  /a  f.json:1:2
              no other route takes the request

            near misses
              longer  /a/b  wants a segment 2 too, 'b'  f.json:3:4

            auth
              rule  Required  default
              mode  Jwt       f.json:5:6

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Refusal_SaysStatusReasonAllowAndCors() => ExplanationText.Of(new Explanation
    {
        Request = new ExplainedRequest("GET", null, "/a", ""),
        Answer = new ExplainedAnswer { SentOn = false, Status = 405, Reason = "method_not_allowed", Detail = "Allowed: PUT.", Allow = "PUT", Cors = ["Access-Control-Allow-Origin: https://p"] },
        NearMisses = [],
        Settings = [],
    }).Should().Be("GET /a\n\nanswer\n  405 method_not_allowed  Allowed: PUT.\n  allow                   PUT\n  cors                    Access-Control-Allow-Origin: https://p\n");

    [Fact]
    public void ControlCharacters_AreEscaped() => ExplanationText.Of(new Explanation
    {
        Request = new ExplainedRequest("GET", "\u001b[31m", "/a", ""),
        Answer = new ExplainedAnswer { SentOn = false, Status = 404, Detail = "a\nb" },
        NearMisses = [],
        Settings = [],
    }).Should().NotContain("\u001b").And.Contain("\\u001b[31m").And.Contain("a\\u000ab");
}
