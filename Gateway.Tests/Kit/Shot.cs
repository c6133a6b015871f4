namespace Gateway.Tests.Kit;

/// <summary>One request of a <see cref="OpenLoad"/> and how it went.</summary>
/// <param name="Id">What its content is made of.</param>
/// <param name="Method">Of the request.</param>
/// <param name="DueAt">Since the start of the load.</param>
/// <param name="Latency">From when it was due until all of its answer was there: a request that is sent late does not look quick.</param>
/// <param name="Status">Of the answer; 0 where none came.</param>
/// <param name="Reason">Of a problem that the gateway answered with.</param>
/// <param name="Instance">Which answered.</param>
/// <param name="RetryAfter">Whether the answer says when to come again.</param>
/// <param name="Failure">What is wrong; null for 200 with the content that only this request's answer has.</param>
internal sealed record Shot(
    string Id, string Method, TimeSpan DueAt, TimeSpan Latency, int Status, string? Reason, string? Instance, bool RetryAfter, string? Failure)
{
    public bool IsGood => Failure is null;

    public TimeSpan EndedAt => DueAt + Latency;

    public string Outcome => Failure ?? "200";
}
