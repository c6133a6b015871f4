using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Host.Demo;

/// <summary>What arrived.</summary>
/// <param name="Bytes">Length.</param>
/// <param name="Sha256">Of all bytes, in lower-case hexadecimal.</param>
internal sealed record UploadAnswer(long Bytes, string Sha256);

/// <summary>
/// Bodies of any size: <c>POST /upload</c> counts and hashes, <c>GET /download?bytes=N&amp;seed=S</c> sends
/// <see cref="DemoBytes"/>. Neither keeps more than one buffer.
/// </summary>
internal static class BigBodies
{
    private const int BufferBytes = 64 * 1024;

    public static void Map(IEndpointRouteBuilder routes, DemoAnswers answers)
    {
        routes.MapMethods("/upload", ["POST", "PUT"], context => UploadAsync(context, answers));
        routes.MapMethods("/download", ["GET", "HEAD"], context => DownloadAsync(context, answers));
    }

    private static async Task UploadAsync(HttpContext context, DemoAnswers answers)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long bytes = 0;
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                bytes += read;
            }

            var answer = new UploadAnswer(bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
            await answers.Ok(context, answer, DemoJson.Default.DemoAnswerUploadAnswer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task DownloadAsync(HttpContext context, DemoAnswers answers)
    {
        IQueryCollection query = context.Request.Query;
        ulong seed = 0;
        if (!long.TryParse(query["bytes"], NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
            || bytes > DemoLimits.DownloadBytes
            || (query.ContainsKey("seed") && !ulong.TryParse(query["seed"], NumberStyles.None, CultureInfo.InvariantCulture, out seed)))
        {
            await answers.Refuse(context, StatusCodes.Status400BadRequest,
                $"bytes is a number from 0 to {DemoLimits.DownloadBytes}, seed (0 if absent) one from 0 on.");
            return;
        }

        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = bytes;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await SendAsync(context, bytes, seed);
        }
    }

    private static async Task SendAsync(HttpContext context, long bytes, ulong seed)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long sent = 0; sent < bytes; sent += BufferBytes)
            {
                int count = (int)Math.Min(BufferBytes, bytes - sent);
                DemoBytes.Fill(buffer.AsSpan(0, count), seed, sent);
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), context.RequestAborted);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
