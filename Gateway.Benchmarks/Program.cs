using Gateway.Benchmarks;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.WebSockets;

return args switch
{
    ["micro", .. string[] rest] => MicroVerb.Run(rest),
    ["websockets", .. string[] rest] => await WebSocketsVerb.RunAsync(rest),
    ["load", .. string[] rest] => await LoadVerb.RunAsync(rest),
    [DemoUnderTest.ServicesVerb] => await DemoUnderTest.ServeAsync(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine($"""
        Usage: Gateway.Benchmarks VERB [options]
          {MicroVerb.Usage}
          {WebSocketsVerb.Usage}
          {LoadVerb.Usage}
        """);
    return 2;
}
