using System.Diagnostics;
using Gateway.Core.Telemetry;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Telemetry;

public sealed class GatewayTracesTests : IDisposable
{
    private static readonly ActivityContext Caller = new(
        ActivityTraceId.CreateFromString("4bf92f3577b34da6a3ce929d0e0e4736"), ActivitySpanId.CreateFromString("00f067aa0ba902b7"),
        ActivityTraceFlags.Recorded, "vendor=1", isRemote: true);

    private readonly GatewayTraces _traces = new();

    private static ArrivedRequest Request => new("GET", "/a", "https", "HTTP/2", "192.0.2.1", "curl/8", "c-1");

    public void Dispose() => _traces.Dispose();

    [Fact]
    public void NobodyListens_NothingBegins_AndNothingIsAllocated()
    {
        _traces.AreListenedTo.Should().BeFalse();
        Allocations.Of(() => _ = _traces.AreListenedTo).Should().Be(0);
        _traces.Begin(Request, Caller).Should().BeNull();
    }

    [Fact]
    public void Span_SaysWhatArrived()
    {
        using var listener = new SpanListener(_traces);
        _traces.AreListenedTo.Should().BeTrue();

        _traces.Begin(Request, default)!.End(null, null, null, 200, null);

        Activity span = listener.Ended.Single();
        (span.Kind, span.DisplayName, span.Source.Name).Should().Be((ActivityKind.Server, "GET", "Gateway"));
        span.TagObjects.Should().Equal(
            new("http.request.method", "GET"), new("url.path", "/a"), new("url.scheme", "https"), new("client.address", "192.0.2.1"),
            new("user_agent.original", "curl/8"), new("network.protocol.version", "2"), new("correlation_id", "c-1"),
            new("http.response.status_code", 200));
    }

    [Theory]
    [InlineData("get")]
    [InlineData("PROPFIND")]
    public void MethodOutsideTheClosedList_IsOther_WithTheOriginalBesideIt(string method)
    {
        using var listener = new SpanListener(_traces);

        _traces.Begin(Request with { Method = method }, default)!.End("r", "/a/{id}", "s", 200, null);

        Activity span = listener.Ended.Single();
        span.DisplayName.Should().Be("HTTP /a/{id}");
        (span.GetTagItem("http.request.method"), span.GetTagItem("http.request.method_original")).Should().Be(("_OTHER", method));
    }

    [Theory]
    [InlineData("HTTP/1.0", "1.0")]
    [InlineData("HTTP/1.1", "1.1")]
    [InlineData("HTTP/3", "3")]
    [InlineData("", null)]
    public void ProtocolVersion_IsTheConventions(string protocol, string? version)
    {
        using var listener = new SpanListener(_traces);
        _traces.Begin(Request with { Protocol = protocol, UserAgent = null }, default)!.End(null, null, null, 200, null);

        listener.Ended.Single().GetTagItem("network.protocol.version").Should().Be(version);
        listener.Ended.Single().GetTagItem("user_agent.original").Should().BeNull();
    }

    [Fact]
    public void TextsOfAClient_AreCut()
    {
        using var listener = new SpanListener(_traces);
        _traces.Begin(Request with { Path = "/" + new string('p', 9_000), UserAgent = new string('u', 9_000), Method = new string('M', 9_000) }, default)!
            .End(null, null, null, 200, null);

        Activity span = listener.Ended.Single();
        ((string)span.GetTagItem("url.path")!).Should().HaveLength(2_048);
        ((string)span.GetTagItem("user_agent.original")!).Should().HaveLength(512);
        ((string)span.GetTagItem("http.request.method_original")!).Should().HaveLength(64);
    }

    [Fact]
    public void CallersSpan_IsTheParent_WhateverIsCurrent()
    {
        using var listener = new SpanListener(_traces);
        using Activity host = new Activity("the host's own").Start();

        _traces.Begin(Request, Caller)!.End(null, null, null, 200, null);
        _traces.Begin(Request, default)!.End(null, null, null, 200, null);

        Activity.Current.Should().BeSameAs(host);
        listener.Ended.Select(static span => span.ParentSpanId.ToHexString()).Should().Equal("00f067aa0ba902b7", "0000000000000000");
        listener.Ended.First().TraceId.Should().Be(Caller.TraceId);
        listener.Ended.First().TraceStateString.Should().Be("vendor=1");
        listener.Ended.Last().TraceId.Should().NotBe(host.TraceId);
    }

    [Fact]
    public void SpanUnderWay_IsNotCurrent()
    {
        using var listener = new SpanListener(_traces);
        RequestSpans spans = _traces.Begin(Request, default)!;
        Activity.Current.Should().BeNull();
        spans.BeginAttempt(new Uri("http://10.0.0.1:80"), "10.0.0.1:80", 1);
        Activity.Current.Should().BeNull();
    }

    [Fact]
    public void Draw_GoesByTheRatio()
    {
        _traces.Draw().Should().BeTrue("there is none");
        _traces.SampleRatio = 0;
        _traces.Draw().Should().BeFalse();
        _traces.SampleRatio = 1;
        _traces.Draw().Should().BeTrue();
    }

    [Theory]
    [InlineData(ActivitySamplingResult.None)]
    [InlineData(ActivitySamplingResult.PropagationData)]
    public void SpanThatIsNotSampled_IsNone(ActivitySamplingResult sampling)
    {
        using var listener = new SpanListener(_traces, sampling);
        _traces.Begin(Request, Caller).Should().BeNull();
        _traces.Begin(Request, default).Should().BeNull();
    }
}
