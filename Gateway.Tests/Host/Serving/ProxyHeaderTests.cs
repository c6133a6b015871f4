using System.Buffers;
using System.Net;
using System.Text;
using Gateway.Host.Serving;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Serving;

/// <summary>HAProxy's proxy-protocol.txt.</summary>
public sealed class ProxyHeaderTests
{
    [Theory]
    [InlineData("192.0.2.1", 4711)]
    [InlineData("192.0.2.1", 0)]
    [InlineData("255.255.255.255", 65535)]
    [InlineData("2001:db8::1", 4711)]
    [InlineData("::ffff:192.0.2.1", 1)]
    public void Source_IsConveyedByBothVersions(string source, int port)
    {
        byte[][] headers = [ProxyHeaders.Text(source, port), ProxyHeaders.Binary(source, port), ProxyHeaders.Binary(source, port, extensions: 300)];
        foreach (byte[] header in headers)
        {
            Read([.. header, .. "GET"u8]).Should().Be(new ProxyHeader(ProxyHeaderForm.Whole, header.Length, new IPEndPoint(IPAddress.Parse(source), port)));
        }
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n")]
    [InlineData("PROXY UNKNOWN  \n nonsense\r\n")]
    public void UnknownSource_IsTheSockets(string line) => Read(Latin1(line)).Should().Be(new ProxyHeader(ProxyHeaderForm.Whole, line.Length));

    [Theory]
    [InlineData(ProxyHeaders.Local, 0x00, 0)]
    [InlineData(ProxyHeaders.Local, ProxyHeaders.Tcp4, 12)]
    [InlineData(ProxyHeaders.Local, 0xFF, 3)]
    [InlineData(ProxyHeaders.Proxy, 0x00, 0)]
    [InlineData(ProxyHeaders.Proxy, 0x00, 20)]
    [InlineData(ProxyHeaders.Proxy, 0x12, 12)]
    [InlineData(ProxyHeaders.Proxy, 0x22, 36)]
    [InlineData(ProxyHeaders.Proxy, ProxyHeaders.Unix, 216)]
    public void BinaryHeaderWithoutATcpSource_LeavesTheSockets(byte command, byte family, int block) =>
        Read(ProxyHeaders.Binary(command, family, new byte[block])).Should().Be(new ProxyHeader(ProxyHeaderForm.Whole, 16 + block));

    [Theory]
    [InlineData("G")]
    [InlineData("PROXX")]
    [InlineData("proxy TCP4 1.2.3.4 1.2.3.4 1 1\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY TCP4\r\n")]
    [InlineData("PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n")]
    [InlineData("PROXY UNKNOWNX\r\n")]
    [InlineData("PROXY  TCP4 1.2.3.4 1.2.3.4 1 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 1 \r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 +1 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 1.2.3.4 1 -1\r\n")]
    [InlineData("PROXY TCP4 1.2.3 1.2.3.4 1 1\r\n")]
    [InlineData("PROXY TCP4 01.2.3.4 1.2.3.4 1 1\r\n")]
    [InlineData("PROXY TCP4 1.2.3.4 host 1 1\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 1 1\r\n")]
    [InlineData("PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 1 1\r\n")]
    [InlineData("PROXY TCP6 ::1%1 ::1 1 1\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIX")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0011\u0011\0\0")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0022\u0011\0\0")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0041\0\u000c")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0013\0\u000c")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u000b")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0021\0\u0023")]
    public void AnythingElse_IsMalformedWithItsFirstWrongByte(string text) => Read(Latin1(text)).Should().Be(new ProxyHeader(ProxyHeaderForm.Malformed));

    [Fact]
    public void TextOnTheLimit_IsTakenAndOneOverItNot()
    {
        string atLimit = "PROXY UNKNOWN ".PadRight(ProxyHeader.MaxTextLength - 2, 'x') + "\r\n";

        Read(Latin1(atLimit)).Should().Be(new ProxyHeader(ProxyHeaderForm.Whole, ProxyHeader.MaxTextLength));
        Read(Latin1(atLimit)[..^1]).Form.Should().Be(ProxyHeaderForm.Unfinished);
        Read(Latin1(atLimit.Insert(20, "x"))).Form.Should().Be(ProxyHeaderForm.Malformed);
    }

    [Fact]
    public void BinaryOnTheLimit_IsTakenAndOneOverItRefusedAtOnce()
    {
        byte[] atLimit = ProxyHeaders.Binary("192.0.2.1", extensions: ProxyHeader.MaxLength - 28);
        byte[] over = ProxyHeaders.Binary("192.0.2.1", extensions: ProxyHeader.MaxLength - 27);

        Read(atLimit).Length.Should().Be(ProxyHeader.MaxLength);
        Read(atLimit[..^1]).Form.Should().Be(ProxyHeaderForm.Unfinished);
        Read(over[..16]).Form.Should().Be(ProxyHeaderForm.Malformed);
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public void EveryPrefix_IsUnfinished_AndEverySplitIsTheSame(string source)
    {
        foreach (byte[] header in new[] { ProxyHeaders.Text(source), ProxyHeaders.Binary(source, extensions: 5) })
        {
            ProxyHeader whole = Read(header);
            for (int at = 0; at < header.Length; at++)
            {
                Read(header[..at]).Should().Be(new ProxyHeader(ProxyHeaderForm.Unfinished));
                ProxyHeader.Read(Split(header, at)).Should().Be(whole);
            }
        }
    }

    [Fact]
    public void RandomBytes_NeverThrow_AndNothingBeyondThemIsTaken()
    {
        var random = new Random(1);
        byte[][] headers = [ProxyHeaders.Text("192.0.2.1"), ProxyHeaders.Text("2001:db8::1"), ProxyHeaders.Binary("192.0.2.1"), ProxyHeaders.Binary("2001:db8::1", extensions: 40)];
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bytes = [.. headers[random.Next(headers.Length)]];
            for (int changes = random.Next(4); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            bytes = bytes[..random.Next(bytes.Length + 1)];
            ProxyHeader header = ProxyHeader.Read(Split(bytes, random.Next(bytes.Length + 1)));

            header.Length.Should().BeInRange(0, bytes.Length);
            (header.Form == ProxyHeaderForm.Whole).Should().Be(header.Length > 0);
        }
    }

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    private static ProxyHeader Read(byte[] bytes) => ProxyHeader.Read(new ReadOnlySequence<byte>(bytes));

    private static ReadOnlySequence<byte> Split(byte[] bytes, int at)
    {
        var first = new Segment(bytes.AsMemory(0, at), null);
        var second = new Segment(bytes.AsMemory(at), first);
        return new ReadOnlySequence<byte>(first, 0, second, second.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
