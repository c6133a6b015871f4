using Gateway.Core.Tracing;
using Microsoft.Extensions.Primitives;

namespace Gateway.Tests.Tracing;

public sealed class TraceContextTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736", Parent = "00f067aa0ba902b7";

    [Theory]
    [InlineData("00", false)]
    [InlineData("01", true)]
    [InlineData("02", false)]
    [InlineData("ff", true)]
    public void ValidTraceparent_IsReadAndPassedAsItCame(string flags, bool isSampled)
    {
        string sent = $"00-{Trace}-{Parent}-{flags}";
        TraceContext.Read(sent).Should().BeSameAs(sent);
        TraceContext.Pass(sent).Should().BeSameAs(sent);
        TraceContext.IsSampled(sent).Should().Be(isSampled);
    }

    [Theory]
    [InlineData("00", "00")]
    [InlineData("02", "02")]
    public void UnsampledTraceparent_IsPassedUnsampledAsItCame(string flags, string passed) =>
        TraceContext.PassUnsampled($"00-{Trace}-{Parent}-{flags}").Should().Be($"00-{Trace}-{Parent}-{passed}");

    [Theory]
    [InlineData("00", "01", "00")]
    [InlineData("00", "03", "02")]
    [InlineData("cc", "ff", "fe")]
    public void SampledTraceparent_IsPassedUnsampledUnderANewParent(string version, string flags, string passed) =>
        TraceContext.PassUnsampled($"{version}-{Trace}-{Parent}-{flags}").Should().MatchRegex($"^00-{Trace}-[0-9a-f]{{16}}-{passed}$").And.NotContain(Parent);

    [Theory]
    [InlineData("00-{0}-{1}-01")]
    [InlineData("cc-{0}-{1}-01-what-the-future-brings")]
    public void CallersSpan_IsReadWithItsState(string sent)
    {
        System.Diagnostics.ActivityContext parent = TraceContext.ParentOf(TraceContext.Read(string.Format(null, sent, Trace, Parent)), new StringValues(["a=1", "b=2"]));

        (parent.TraceId.ToHexString(), parent.SpanId.ToHexString(), (int)parent.TraceFlags, parent.TraceState, parent.IsRemote).Should()
            .Be((Trace, Parent, 1, "a=1,b=2", true));
    }

    [Fact]
    public void CallerWithoutAValidSpan_IsNone() => TraceContext.ParentOf(null, "a=1").Should().Be(default(System.Diagnostics.ActivityContext));

    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public void LongState_IsNotRecorded(int length, bool recorded) =>
        (TraceContext.ParentOf($"00-{Trace}-{Parent}-01", new string('a', length)).TraceState is not null).Should().Be(recorded);

    [Theory]
    [InlineData("01-{0}-{1}-01")]
    [InlineData("cc-{0}-{1}-01-what-the-future-brings")]
    public void LaterVersion_IsPassedInOurs(string sent) =>
        TraceContext.Pass(TraceContext.Read(string.Format(null, sent, Trace, Parent))!).Should().Be($"00-{Trace}-{Parent}-01");

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
    public void InvalidTraceparent_IsNone(string sent) => TraceContext.Read(string.Format(null, sent, Trace, Parent)).Should().BeNull();

    [Fact]
    public void NoTraceparent_IsNone() => TraceContext.Read(StringValues.Empty).Should().BeNull();

    [Fact]
    public void TwoTraceparents_AreNone() => TraceContext.Read(new StringValues([$"00-{Trace}-{Parent}-01", $"00-{Trace}-{Parent}-01"])).Should().BeNull();

    [Theory]
    [InlineData(true, "01")]
    [InlineData(false, "00")]
    public void NewTrace_IsItselfValid(bool isSampled, string flags)
    {
        string made = TraceContext.New(isSampled);
        TraceContext.Read(made).Should().MatchRegex($"^00-[0-9a-f]{{32}}-[0-9a-f]{{16}}-{flags}$");
        TraceContext.New(isSampled)[3..].Should().NotStartWith(made[3..35]);
    }
}
