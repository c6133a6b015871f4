using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;

namespace Gateway.Host.Demo;

/// <summary>
/// The demo's gRPC service, <c>demo.Echo</c>, with one unary method, <c>Say</c>: the answer is the message it got, whatever its type.
/// Framed by hand (five bytes before each message: whether it is compressed, and its length), since one method is no reason for the
/// weight of a gRPC server in the binary.
/// </summary>
internal static class EchoService
{
    private const int Head = 5;
    private const int Ok = 0, InvalidArgument = 3, ResourceExhausted = 8, Unimplemented = 12;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/demo.Echo/Say", ["POST"], SayAsync);
        routes.MapMethods("/demo.Echo/{method}", ["POST"], static context => EndAsync(context, Unimplemented, "This service has no such method."));
    }

    private static async Task SayAsync(HttpContext context)
    {
        PipeReader body = context.Request.BodyReader;
        ReadResult read = await body.ReadAtLeastAsync(Head, context.RequestAborted);
        if (read.Buffer.Length < Head)
        {
            await EndAsync(context, InvalidArgument, "A message begins with five bytes.");
            return;
        }

        byte[] head = read.Buffer.Slice(0, Head).ToArray();
        body.AdvanceTo(read.Buffer.Start);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(1));
        if (head[0] != 0)
        {
            await EndAsync(context, Unimplemented, "Compressed messages are not read here.");
        }
        else if (length > DemoLimits.JsonBytes - Head)
        {
            await EndAsync(context, ResourceExhausted, "The message is too large.");
        }
        else
        {
            await EchoAsync(context, body, Head + (int)length);
        }
    }

    private static async Task EchoAsync(HttpContext context, PipeReader body, int frame)
    {
        // One byte more than the frame would be a second message: then there are too many.
        ReadResult read = await body.ReadAtLeastAsync(frame + 1, context.RequestAborted);
        if (read.Buffer.Length != frame)
        {
            await EndAsync(context, InvalidArgument, "The method takes one whole message.");
            return;
        }

        byte[] message = read.Buffer.ToArray();
        body.AdvanceTo(read.Buffer.End);
        await EndAsync(context, Ok, null);
        await context.Response.Body.WriteAsync(message, context.RequestAborted);
    }

    /// <summary>Says how the call ends: in trailers, which leave behind whatever is written.</summary>
    private static Task EndAsync(HttpContext context, int status, string? message)
    {
        context.Response.ContentType = "application/grpc";
        context.Response.AppendTrailer("grpc-status", status.ToString(CultureInfo.InvariantCulture));
        if (message is not null)
        {
            context.Response.AppendTrailer("grpc-message", message);
        }

        return Task.CompletedTask;
    }
}
