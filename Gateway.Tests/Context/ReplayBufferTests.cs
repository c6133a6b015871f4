using System.Buffers;
using System.Text;
using Gateway.Core.Context;

namespace Gateway.Tests.Context;

public sealed class ReplayBufferTests
{
    [Fact]
    public void Pieces_AreKeptInTheirOrder()
    {
        using var buffer = new ReplayBuffer(64 << 10);
        string all = "";
        for (int i = 0; i < 500; i++)
        {
            all += Piece(buffer, $"piece {i};", isLast: i == 499);
        }

        (Encoding.ASCII.GetString(buffer.Content.Span), buffer.IsWhole, buffer.IsComplete).Should().Be((all, true, true));
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(11, false)]
    public void Limit_IsTheMostThatIsKept(int length, bool isWhole)
    {
        using var buffer = new ReplayBuffer(10);
        Piece(buffer, "12345", isLast: false);
        Piece(buffer, new string('x', length - 5), isLast: false);

        (buffer.IsWhole, buffer.Content.Length).Should().Be((isWhole, isWhole ? length : 0));
    }

    [Fact]
    public void OnceGivenUp_NothingIsKeptAgain()
    {
        using var buffer = new ReplayBuffer(3);
        Piece(buffer, "1234", isLast: false);
        Piece(buffer, "5", isLast: true);
        (buffer.IsWhole, buffer.Content.Length).Should().Be((false, 0));
    }

    [Fact]
    public void Disposed_KeepsNothing()
    {
        var buffer = new ReplayBuffer(10);
        Piece(buffer, "1", isLast: false);
        buffer.Dispose();
        Piece(buffer, "2", isLast: false);
        buffer.Dispose();
        (buffer.IsWhole, buffer.Content.Length).Should().Be((false, 0));
    }

    [Theory]
    [InlineData(5, true, true)]
    [InlineData(11, false, true)]
    [InlineData(5, false, false)]
    public void End_IsToldOnce_WhenTheBodyEndsOrIsTooLongOrIsNeverWhole(int length, bool isLast, bool isToldAtOnce)
    {
        var told = new List<(bool IsWhole, bool IsComplete, int Length)>();
        var buffer = new ReplayBuffer(10, kept => told.Add((kept.IsWhole, kept.IsComplete, kept.Content.Length)));

        Piece(buffer, new string('x', length), isLast);
        told.Should().HaveCount(isToldAtOnce ? 1 : 0);
        buffer.Dispose();

        told.Should().Equal((length <= 10, isLast, length <= 10 ? length : 0));
    }

    private static string Piece(ReplayBuffer buffer, string text, bool isLast)
    {
        buffer.Append(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(text)), isLast);
        return text;
    }
}
