using Gateway.Benchmarks;
using Gateway.Benchmarks.WebSockets;

return args switch
{
    ["micro", .. string[] rest] => MicroVerb.Run(rest),
    ["websockets", .. string[] rest] => await WebSocketsVerb.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine($"""
        Usage: Gateway.Benchmarks VERB [options]
          {MicroVerb.Usage}
          {WebSocketsVerb.Usage}
        """);
    return 2;
}
