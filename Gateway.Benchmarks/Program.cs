using Gateway.Benchmarks.Allocations;
using Gateway.Benchmarks.Load;
using Gateway.Benchmarks.Micro;
using Gateway.Benchmarks.NBomber;
using Gateway.Benchmarks.Peers;
using Gateway.Benchmarks.Replicas;
using Gateway.Benchmarks.Scaling;
using Gateway.Benchmarks.WebSockets;

return args switch
{
    ["micro", .. string[] rest] => MicroVerb.Run(rest),
    ["allocations", .. string[] rest] => await AllocationsVerb.RunAsync(rest),
    ["websockets", .. string[] rest] => await WebSocketsVerb.RunAsync(rest),
    ["load", .. string[] rest] => await LoadVerb.RunAsync(rest),
    ["nbomber", .. string[] rest] => await NBomberVerb.RunAsync(rest),
    ["peers", .. string[] rest] => await PeersVerb.RunAsync(rest),
    ["replicas", .. string[] rest] => await ReplicasVerb.RunAsync(rest),
    ["scaling", .. string[] rest] => await ScalingVerb.RunAsync(rest),
    [DemoUnderTest.ServicesVerb] => await DemoUnderTest.ServeAsync(),
    [PeerBackend.Verb, { } port] => await PeerBackend.ServeAsync(port),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine($"""
        Usage: Gateway.Benchmarks VERB [options]
          {MicroVerb.Usage}
          {AllocationsVerb.Usage}
          {WebSocketsVerb.Usage}
          {LoadVerb.Usage}
          {NBomberVerb.Usage}
          {PeersVerb.Usage}
          {ReplicasVerb.Usage}
          {ScalingVerb.Usage}
        """);
    return 2;
}
