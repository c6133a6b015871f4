using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Gateway.Benchmarks.Peers;

/// <summary>The service behind the peers where there is no nginx to be it: the same two answers, by Kestrel.</summary>
internal static class PeerBackend
{
    /// <summary>The verb that <see cref="ServeAsync"/> answers.</summary>
    public const string Verb = "peers-backend";

    /// <summary>Serves until it is ended.</summary>
    public static async Task<int> ServeAsync(string port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture));
        });
        await using WebApplication app = builder.Build();
        byte[] user = Encoding.UTF8.GetBytes(PeerConfigurations.User), product = Encoding.UTF8.GetBytes(PeerConfigurations.Product);
        app.Run(context =>
        {
            byte[] answer = context.Request.Path == "/verify" ? user : product;
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = answer.Length;
            return context.Response.Body.WriteAsync(answer, context.RequestAborted).AsTask();
        });
        await app.RunAsync();
        return 0;
    }
}
