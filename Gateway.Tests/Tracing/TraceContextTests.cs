using Gateway.Core.Tracing;
using Microsoft.Extensions.Primitives;

namespace Gateway.Tests.Tracing;

public sealed class TraceContextTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736", Parent = "00f067aa0ba902b7";

    [Theory]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("ff")]
    public void ValidTraceparent_KeepsTraceIdAndFlagsUnderANewSpan(string flags)
    {
        string continued = TraceContext.Continue($"00-{Trace}-{Parent}-{flags}", out _);

        continued.Should().MatchRegex($"^00-{Trace}-[0-9a-f]{{16}}-{flags}$").And.NotContain(Parent);
    }

    [Theory]
    [InlineData("00-{0}-{1}-01")]
    [InlineData("cc-{0}-{1}-01-what-the-future-brings")]
    public void CallersSpan_IsReadWithItsState(string sent)
    {
        System.Diagnostics.ActivityContext parent = TraceContext.ParentOf(string.Format(null, sent, Trace, Parent), new StringValues(["a=1", "b=2"]));

        (parent.TraceId.ToHexString(), parent.SpanId.ToHexString(), (int)parent.TraceFlags, parent.TraceState, parent.IsRemote).Should()
            .Be((Trace, Parent, 1, "a=1,b=2", true));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00-{0}-{1}-0x")]
    [InlineData("00-00000000000000000000000000000000-{1}-01")]
    public void CallerWithoutAValidSpan_IsNone(string sent) => TraceContext.ParentOf(string.Format(null, sent, Trace, Parent), "a=1").Should().Be(default(System.Diagnostics.ActivityContext));

    [Fact]
    public void TwoCallers_AreNone() => TraceContext.ParentOf(new StringValues([$"00-{Trace}-{Parent}-01", $"00-{Trace}-{Parent}-01"]), default).Should().Be(default(System.Diagnostics.ActivityContext));

    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public void LongState_IsNotRecorded(int length, bool recorded) =>
        (TraceContext.ParentOf($"00-{Trace}-{Parent}-01", new string('a', length)).TraceState is not null).Should().Be(recorded);

    [Theory]
    [InlineData("01-{0}-{1}-01")]
    [InlineData("cc-{0}-{1}-01-what-the-future-brings")]
    public void LaterVersion_IsContinuedInOurs(string sent) =>
        TraceContext.Continue(string.Format(null, sent, Trace, Parent), out _).Should().MatchRegex($"^00-{Trace}-[0-9a-f]{{16}}-01$");

    [Theory]
    [InlineData("")]
    [InlineData("00-{0}-{1}-0")]
    [InlineData("00-{0}-{1}-01-more")]
    [InlineData("cc-{0}-{1}-01.more")]
    [InlineData("ff-{0}-{1}-01")]
    [InlineData("0G-{0}-{1}-01")]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-{1}-01")]
    [InlineData("00-{0}-00F067AA0BA902B7-01")]
    [InlineData("00-{0}-{1}-0x")]
    [InlineData("00-00000000000000000000000000000000-{1}-01")]
    [InlineData("00-{0}-0000000000000000-01")]
    [InlineData("00_{0}-{1}-01")]
    [InlineData("00-{0}_{1}-01")]
    [InlineData("00-{0}-{1}_01")]
    [InlineData(" 00-{0}-{1}-01")]
    public void InvalidTraceparent_BeginsANewTrace(string sent) => ShouldBeNew(TraceContext.Continue(string.Format(null, sent, Trace, Parent), out _));

    [Fact]
    public void NoTraceparent_BeginsANewTrace() => ShouldBeNew(TraceContext.Continue(StringValues.Empty, out _));

    [Fact]
    public void TwoTraceparents_BeginANewTrace() =>
        ShouldBeNew(TraceContext.Continue(new StringValues([$"00-{Trace}-{Parent}-01", $"00-{Trace}-{Parent}-01"]), out _));

    [Fact]
    public void NewTrace_IsItselfValid()
    {
        string made = TraceContext.Continue(default, out _);
        TraceContext.Continue(made, out _)[3..35].Should().Be(made[3..35]);
    }

    /// <summary>Not sampled: the gateway records no span that others could build on.</summary>
    private static void ShouldBeNew(string made) => made.Should().MatchRegex("^00-[0-9a-f]{32}-[0-9a-f]{16}-00$").And.NotContain(Trace);
}
