using System.Text;
using Gateway.Core.Proxying;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Proxying;

public sealed class FrameTrackerTests
{
    private const int Text = 1, Close = 8;

    /// <summary>The lengths around which the head changes its form (RFC 6455 §5.2), unmasked and masked.</summary>
    public static TheoryData<int, bool> Limits
    {
        get
        {
            var data = new TheoryData<int, bool>();
            foreach (int length in new[] { 0, 1, 125, 126, 127, 65_535, 65_536 })
            {
                data.Add(length, false);
                data.Add(length, true);
            }

            return data;
        }
    }

    [Fact]
    public void BeforeTheFirstByte_IsABoundary() => (default(FrameTracker).AtBoundary, default(FrameTracker).CloseSeen).Should().Be((true, false));

    [Theory]
    [MemberData(nameof(Limits))]
    public void Frame_EndsWithItsLastByteAndNoSooner(int length, bool masked)
    {
        byte[] frame = Frame(Text, length, masked);
        var tracker = new FrameTracker();

        tracker.PassFrame(frame.AsSpan()[..^1]).Should().Be(frame.Length - 1);
        tracker.AtBoundary.Should().BeFalse();
        tracker.PassFrame(frame.AsSpan()[^1..]).Should().Be(1);
        tracker.AtBoundary.Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public void Frame_IsPassedAloneThoughAnotherFollows(int length, bool masked)
    {
        byte[] frame = Frame(Text, length, masked);
        var tracker = new FrameTracker();

        tracker.PassFrame([.. frame, .. frame]).Should().Be(frame.Length);
        tracker.AtBoundary.Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public void FramesInTwoPieces_AreFollowedWhereverTheyAreCut(int length, bool masked)
    {
        byte[] frames = [.. Frame(Text, length, masked), .. Frame(Close, 2, masked)];
        int first = frames.Length - Frame(Close, 2, masked).Length;
        foreach (int cut in Enumerable.Range(0, Math.Min(20, first)).Concat(Enumerable.Range(first, frames.Length - first)))
        {
            var tracker = new FrameTracker();
            tracker.Pass(frames.AsSpan()[..cut]);
            (tracker.AtBoundary, tracker.CloseSeen).Should().Be((cut == 0 || cut == first, false), $"cut after {cut}");
            tracker.Pass(frames.AsSpan()[cut..]);
            (tracker.AtBoundary, tracker.CloseSeen).Should().Be((true, true), $"cut after {cut}");
        }
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public void FramesByteForByte_AreFollowed(int length, bool masked)
    {
        byte[] frame = Frame(Text, length, masked);
        var tracker = new FrameTracker();
        for (int i = 0; i < frame.Length * 2; i++)
        {
            tracker.PassFrame([frame[i % frame.Length]]).Should().Be(1);
            tracker.AtBoundary.Should().Be((i + 1) % frame.Length == 0);
        }
    }

    [Fact]
    public void RestOfAFrame_EndsAtItsEndThoughAnotherFollows()
    {
        byte[] frame = Frame(Text, 300, masked: true);
        var tracker = new FrameTracker();
        tracker.Pass(frame.AsSpan()[..100]);

        tracker.PassFrame([.. frame[100..], .. frame]).Should().Be(frame.Length - 100);
        tracker.AtBoundary.Should().BeTrue();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(125, false)]
    [InlineData(125, true)]
    public void CloseFrame_IsSeenWithItsLastByteAndStaysSeen(int length, bool masked)
    {
        byte[] frame = Frame(Close, length, masked);
        var tracker = new FrameTracker();
        tracker.Pass(frame.AsSpan()[..^1]);
        tracker.CloseSeen.Should().BeFalse();

        tracker.Pass(frame.AsSpan()[^1..]);
        tracker.CloseSeen.Should().BeTrue();
        tracker.Pass(Frame(Text, 3, masked));
        tracker.CloseSeen.Should().BeTrue();
    }

    [Fact]
    public void CloseFrameAlone_IsSeenByPassFrameToo()
    {
        var tracker = new FrameTracker();
        tracker.PassFrame(Frame(Close, 2, masked: false)).Should().Be(4);
        tracker.CloseSeen.Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(10)]
    public void OtherFrames_AreNoClose(int opcode)
    {
        var tracker = new FrameTracker();
        tracker.Pass(Frame(opcode, 8, masked: false));
        tracker.CloseSeen.Should().BeFalse();
    }

    [Theory]
    [InlineData(new byte[] { 0x01, 1, 0 }, false)]
    [InlineData(new byte[] { 0xF2, 1, 0 }, false)]
    [InlineData(new byte[] { 0x70, 1, 0 }, false)]
    [InlineData(new byte[] { 0xF8, 1, 0 }, true)]
    public void FinalAndReservedBits_ChangeNothing(byte[] frame, bool isClose)
    {
        var tracker = new FrameTracker();
        tracker.PassFrame(frame).Should().Be(3);
        (tracker.AtBoundary, tracker.CloseSeen).Should().Be((true, isClose));
    }

    [Theory]
    [InlineData(new byte[] { 0x81, 126, 0, 2, 8, 8 })]
    [InlineData(new byte[] { 0x81, 127, 0, 0, 0, 0, 0, 0, 0, 2, 8, 8 })]
    [InlineData(new byte[] { 0x81, 126, 0, 0 })]
    [InlineData(new byte[] { 0x81, 127, 0, 0, 0, 0, 0, 0, 0, 0 })]
    public void LengthInMoreBytesThanItNeeds_IsTakenAsItStands(byte[] frame)
    {
        var tracker = new FrameTracker();
        tracker.PassFrame([.. frame, 0x88, 0]).Should().Be(frame.Length);
        (tracker.AtBoundary, tracker.CloseSeen).Should().Be((true, false));
    }

    [Theory]
    [InlineData(new byte[] { 0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0x82, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    public void PayloadLargerThanMemory_IsOnlyCounted(byte[] head)
    {
        var tracker = new FrameTracker();
        tracker.Pass(head);
        byte[] piece = new byte[1 << 20];
        for (int i = 0; i < 10; i++)
        {
            tracker.PassFrame(piece).Should().Be(piece.Length);
            tracker.AtBoundary.Should().BeFalse();
        }
    }

    [Fact]
    public void Following_AllocatesNothing()
    {
        byte[] frames = [.. Frame(Text, 125, masked: true), .. Frame(Text, 300, masked: false), .. Frame(Close, 0, masked: true)];
        Allocations.Of(() =>
        {
            var tracker = new FrameTracker();
            tracker.Pass(frames);
        }).Should().Be(0);
    }

    [Fact]
    public void GoingAway_TowardsAClientIsUnmasked1001() =>
        FrameTracker.GoingAway(mask: null).Should().Equal(0x88, 2, 0x03, 0xE9);

    [Theory]
    [InlineData(0u)]
    [InlineData(0x01020304u)]
    [InlineData(uint.MaxValue)]
    public void GoingAway_TowardsAServerIsTheSameUnderItsMask(uint mask)
    {
        byte[] frame = FrameTracker.GoingAway(mask);

        frame[..6].Should().Equal(0x88, 0x82, (byte)(mask >> 24), (byte)(mask >> 16), (byte)(mask >> 8), (byte)mask);
        frame[6..].Should().Equal((byte)(0x03 ^ (mask >> 24)), (byte)(0xE9 ^ (mask >> 16)));
    }

    private static byte[] Frame(int opcode, int length, bool masked) =>
        Encoding.Latin1.GetBytes(WebSockets.Frame(opcode, new string('x', length), masked));
}
