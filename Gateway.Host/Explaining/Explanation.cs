using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Host.Configuration;

namespace Gateway.Host.Explaining;

/// <summary>What would become of a request, and why.</summary>
internal sealed record Explanation
{
    public required ExplainedRequest Request { get; init; }

    public required ExplainedAnswer Answer { get; init; }

    /// <summary>The route that wins; null when none does.</summary>
    public ExplainedRoute? Route { get; init; }

    /// <summary>Routes that lost or nearly matched, nearest first.</summary>
    public required IReadOnlyList<ExplainedMiss> NearMisses { get; init; }

    /// <summary>By what the request goes, in the order of its way.</summary>
    public required IReadOnlyList<ExplainedSetting> Settings { get; init; }

    /// <summary>All of it for people, as the command prints it.</summary>
    public string Text => ExplanationText.Of(this);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ExplanationJson.Plain.Explanation);
}

/// <summary>The request as reception reads it.</summary>
/// <param name="Method">Of the request line.</param>
/// <param name="Host">Of the Host header; null without one.</param>
/// <param name="Path">Normalised, as it is matched and sent on.</param>
/// <param name="Query">With its question mark, or empty.</param>
internal sealed record ExplainedRequest(string Method, string? Host, string Path, string Query);

/// <summary>What the client would get.</summary>
internal sealed record ExplainedAnswer
{
    /// <summary>Whether it is the service's; else the gateway answers by itself.</summary>
    public required bool SentOn { get; init; }

    /// <summary>Of the gateway's own answer; null when the service decides.</summary>
    public int? Status { get; init; }

    /// <summary>Of the closed list that log and metrics have; null when the gateway does not refuse.</summary>
    public string? Reason { get; init; }

    public string? Detail { get; init; }

    /// <summary>The header of a 405 and of an answered OPTIONS.</summary>
    public string? Allow { get; init; }

    /// <summary>The path and query that the service gets; null when none is asked.</summary>
    public string? ServicePath { get; init; }

    /// <summary>What a page of another origin is granted: the CORS headers, each as <c>Name: value</c>.</summary>
    public IReadOnlyList<string> Cors { get; init; } = [];

    /// <summary>What comes before this answer, for callers that are not let through.</summary>
    public IReadOnlyList<string> Before { get; init; } = [];
}

/// <summary>The route that wins.</summary>
internal sealed record ExplainedRoute(string Name, string Pattern, string Why, string Origin);

/// <summary>A route that does not get the request.</summary>
/// <param name="Route">Its name.</param>
/// <param name="Pattern">Its pattern.</param>
/// <param name="Failed">What it asks and the request has not, in one word: <c>host</c>, <c>path</c>, <c>header</c>, <c>method</c>, <c>encoded_slash</c>;
/// <c>precedence</c> when another goes first.</param>
/// <param name="Why">In a sentence.</param>
/// <param name="Origin">Where the route stands.</param>
internal sealed record ExplainedMiss(string Route, string Pattern, string Failed, string Why, string Origin);

/// <summary>One thing that the request goes by.</summary>
/// <param name="Topic">As in <c>auth</c> or <c>timeouts of product</c>.</param>
/// <param name="Name">In a word or two.</param>
/// <param name="Value">For people.</param>
/// <param name="Key">The configuration's key; null when none decides it alone.</param>
/// <param name="Origin">Where the value comes from; empty without a key.</param>
internal sealed record ExplainedSetting(string Topic, string Name, string Value, string? Key, string Origin);

[JsonSerializable(typeof(Explanation))]
internal sealed partial class ExplanationJson : JsonSerializerContext
{
    public static ExplanationJson Plain { get; } = new(PlainJson.Options());
}
