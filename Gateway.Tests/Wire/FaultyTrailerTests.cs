using System.Buffers.Binary;
using System.Text.Json;
using Gateway.Core.Backends;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Wire;

/// <summary>HTTP/2 instances whose answers go wrong behind their last byte, when the server has that byte and has not sent it.</summary>
public sealed class FaultyTrailerTests
{
    [Fact]
    public async Task TrailerThatCannotBeWritten_CutsTheAnswerBeforeIt()
    {
        await using var instance = new ScriptedInstance(AnswerAsync);
        await using TestGateway gateway = await TestGateway.StartAsync(
            TestOptions.For(new ServiceOptions { Http2 = true }, instance.Url), null, Http2Client.PriorKnowledge);
        using Http2Connection client = await Http2Connection.OpenAsync(gateway.Address);

        await client.SendRequestAsync(1, "GET", "/", isLast: true, ("x-correlation-id", "cut"));

        (await client.ReadEndingAsync(1)).Should().Be(new Http2Ending(null, Http2Error.Internal, null));
        JsonElement line = await gateway.LogLineAsync("cut");
        (line.GetProperty("error").GetString(), line.GetProperty("status_code").GetInt32(), line.GetProperty("bytes_out").GetInt64())
            .Should().Be(("upstream_bad_response", 200, 5L));
    }

    private static async Task AnswerAsync(RawConnection connection)
    {
        await connection.ReadUntilAsync("SM\r\n\r\n");
        await connection.SendAsync(Http2Connection.Frame(Http2FrameType.Settings, 0, 0, []));
        while (await ReadFrameAsync(connection) != Http2FrameType.Headers)
        {
        }

        // In one piece, so that the end is there when the body is.
        await connection.SendAsync((byte[])
        [
            .. Http2Connection.Frame(Http2FrameType.Headers, Http2Connection.EndHeaders, 1, Http2Connection.Block((":status", "200"), ("content-length", "5"))),
            .. Http2Connection.Frame(Http2FrameType.Data, 0, 1, "hello"u8.ToArray()),
            .. Http2Connection.Frame(Http2FrameType.Headers, Http2Connection.EndHeaders | Http2Connection.EndStream, 1, Http2Connection.Block(("x-sum", "4\u00012"))),
        ]);
        await connection.ReadToEndAsync();
    }

    private static async Task<Http2FrameType> ReadFrameAsync(RawConnection connection)
    {
        byte[] head = System.Text.Encoding.Latin1.GetBytes(await connection.ReadExactlyAsync(9));
        await connection.ReadExactlyAsync(BinaryPrimitives.ReadInt32BigEndian(head) >>> 8);
        return (Http2FrameType)head[3];
    }
}
