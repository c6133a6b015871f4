using System.Text;
using Gateway.Core.Proxying;

namespace Gateway.Tests.Proxying;

public sealed class AnswerScannerTests
{
    private const string Interim = "HTTP/1.1 100 Continue\r\n\r\n", Hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";

    [Theory]
    [InlineData("", "HTTP/1.1 403 Forbidden\r\n", "Content-Length: 0\r\n\r\n")]
    [InlineData(Interim, "HTTP/1.1 200 OK\r\n", "\r\n")]
    [InlineData(Interim + Hints, "HTTP/1.0 500 \r\n", "X: y\r\n\r\nbody")]
    [InlineData("", "garbage\r\n", "more")]
    [InlineData("", "\r\n", "")]
    public void FinalResponse_SaysThatItsConnectionCloses(string interim, string line, string rest)
    {
        using var scanner = new AnswerScanner();

        scanner.Append(Bytes(interim + line + rest));

        (scanner.IsAnswered, scanner.CanContinue).Should().Be((true, false));
        TakeAll(scanner).Should().Be($"{interim}{line}Connection: close\r\n{rest}");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r")]
    [InlineData("HTTP/1.1 403")]
    [InlineData(Interim)]
    [InlineData(Hints + Interim)]
    [InlineData(Interim + "HTTP/1.1 102 Proc")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n")]
    public void InterimOrHalf_IsNoAnswerAndKeptAsItIs(string bytes)
    {
        using var scanner = new AnswerScanner();

        scanner.Append(Bytes(bytes));

        (scanner.IsAnswered, scanner.CanContinue).Should().Be((false, true));
        TakeAll(scanner).Should().Be(bytes);
    }

    [Fact]
    public void AnyCut_GivesTheSame()
    {
        byte[] whole = Bytes(Interim + Hints + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        for (int cut = 0; cut <= whole.Length; cut++)
        {
            using var scanner = new AnswerScanner();
            scanner.Append(whole.AsSpan(0, cut));
            if (scanner.CanContinue)
            {
                whole.AsSpan(cut).CopyTo(scanner.GetMemory().Span);
                scanner.Advance(whole.Length - cut);
            }
            else
            {
                scanner.Append(whole.AsSpan(cut));
            }

            TakeAll(scanner).Should().Be(Interim + Hints + "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", "cut at {0}", cut);
        }
    }

    [Fact]
    public void EndlessInterimResponses_EndAtTheLimit()
    {
        using var scanner = new AnswerScanner();
        int kept = 0;
        while (scanner.CanContinue)
        {
            Memory<byte> room = scanner.GetMemory();
            room.Length.Should().BePositive();
            room.Span.Fill((byte)'x');
            scanner.Advance(room.Length);
            kept += room.Length;
        }

        (kept, scanner.IsAnswered).Should().Be((65_536, false));
        TakeAll(scanner).Should().HaveLength(kept);
    }

    [Fact]
    public void SmallBuffers_GetItPieceByPiece()
    {
        using var scanner = new AnswerScanner();
        scanner.Append(Bytes(Interim));
        byte[] small = new byte[7];

        scanner.Take(small).Should().Be(7);

        (Encoding.ASCII.GetString(small), scanner.Kept, TakeAll(scanner)).Should().Be((Interim[..7], Interim.Length - 7, Interim[7..]));
    }

    private static string TakeAll(AnswerScanner scanner)
    {
        byte[] all = new byte[scanner.Kept];
        scanner.Take(all).Should().Be(all.Length);
        scanner.Kept.Should().Be(0);
        return Encoding.ASCII.GetString(all);
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
}
