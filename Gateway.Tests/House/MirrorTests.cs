namespace Gateway.Tests.House;

/// <summary>
/// Tests mirror the source: Gateway.Core/X/Y.cs is tested by Gateway.Tests.X.YTests, Gateway.Host/X/Y.cs by
/// Gateway.Tests.Host.X.YTests.
/// </summary>
public sealed class MirrorTests
{
    private const string Declares = "declares data and decides nothing";
    private const string NotYet = "its test is still to come";

    /// <summary>Sources without a test class of their own, each with the reason. An entry no longer needed fails the test.</summary>
    private static readonly Dictionary<string, string> Excused = new()
    {
        ["Gateway.Core/Backends/TimeoutOptions.cs"] = NotYet,
        ["Gateway.Core/Backends/BackendService.Operation.cs"] = "BackendServiceTests tests both halves",
        ["Gateway.Core/Backends/InstanceEvent.cs"] = Declares,
        ["Gateway.Core/Backends/DiscoveredInstance.cs"] = Declares,
        ["Gateway.Core/Backends/InstanceSource.cs"] = Declares,
        ["Gateway.Core/Authentication/TokenCheck.cs"] = Declares,
        ["Gateway.Core/RateLimiting/RateLimitKeySource.cs"] = Declares,
        ["Gateway.Core/GatewayStage.cs"] = Declares,
        ["Gateway.Core/ForwarderOptions.cs"] = Declares,
        ["Gateway.Core/Testing/LoopbackServer.cs"] = "GatewayTestHostTests and ScriptedServiceTests stand on it",
        ["Gateway.Core/PolicyMiddleware.cs"] = "Embedding.GatewayPoliciesTests tests it as applications use it",
        ["Gateway.Core/Context/GatewayContext.Attempts.cs"] = "GatewayContextTests tests both halves",
        ["Gateway.Core/Context/RouteMiss.cs"] = Declares,
        ["Gateway.Core/Context/UpgradeForm.cs"] = Declares,
        ["Gateway.Core/GatewayPipeline.Reload.cs"] = "GatewayPipelineTests tests both halves",
        ["Gateway.Core/Embedding/EmbeddedOptions.cs"] = Declares,
        ["Gateway.Core/Embedding/EmbeddingLog.cs"] = Declares,
        ["Gateway.Core/GatewayPipeline.Operation.cs"] = "RevokeEndpointTests, DrainControlTests and TokenValidatorTests test both ends: it only passes on",
        ["Gateway.Core/GatewayPipeline.Rehearsal.cs"] = "ExplainerAgreementTests sends the same requests both ways",
        ["Gateway.Core/PipelineLog.cs"] = Declares,
        ["Gateway.Core/RateLimiting/LimitBuckets.cs"] = Declares,
        ["Gateway.Core/RateLimiting/LocalBuckets.cs"] = "RateLimiterTests asks it: it only passes on",
        ["Gateway.Core/RateLimiting/SharedBucketStore.cs"] = Declares,
        ["Gateway.Core/Proxying/UnsentException.cs"] = Declares,
        ["Gateway.Core/Errors/GatewayError.cs"] = Declares,
        ["Gateway.Core/Responses/AccessLog.cs"] = Declares,
        ["Gateway.Core/Routing/RouteNode.cs"] = NotYet,
        ["Gateway.Host/Admin/AdminLists.cs"] = Declares,
        ["Gateway.Host/Admin/ConfigurationEndpoint.cs"] = "AdminApiTests asks it over a socket",
        ["Gateway.Host/Admin/Live/SnapshotMaker.cs"] = "AdminApiTests reads what it makes of a gateway with traffic",
        ["Gateway.Host/Admin/OperatorChanges.cs"] = "AdminApiTests makes every change",
        ["Gateway.Host/Program.cs"] = "hands the arguments over and nothing else",
        ["Gateway.Host/Commands/CommandLine.cs"] = "Process/UsageTests runs it: it writes to the process's own outputs",
        ["Gateway.Host/Commands/DemoCommand.cs"] = "Process/DemoTests runs it: only a signal to the process ends it",
        ["Gateway.Host/Configuration/HostOptions.cs"] = Declares,
        ["Gateway.Host/Explaining/Explanation.cs"] = Declares,
        ["Gateway.Host/Kubernetes/EndpointSlice.cs"] = Declares,
        ["Gateway.Host/Kubernetes/KubernetesException.cs"] = Declares,
        ["Gateway.Host/Kubernetes/KubernetesLog.cs"] = Declares,
        ["Gateway.Host/Serving/ReloadLog.cs"] = Declares,
#if !APPMETRICS
        ["Gateway.Host/Telemetry/AppMetricsBridge.cs"] = "compiled and tested with -p:AppMetrics=true",
        ["Gateway.Host/Telemetry/AppMetricsReports.cs"] = "compiled and tested with -p:AppMetrics=true",
#endif
        ["Gateway.Host/Telemetry/TelemetryLog.cs"] = Declares,
        ["Gateway.Host/Demo/DemoException.cs"] = Declares,
        ["Gateway.Host/Demo/DemoJson.cs"] = Declares,
        ["Gateway.Host/Demo/DemoLimits.cs"] = Declares,
    };

    private static readonly string[] Sources = [.. Repository.Sources("Gateway.Core").Concat(Repository.Sources("Gateway.Host"))];

    [Fact]
    public void EverySource_HasItsTestClass() =>
        Sources.Where(static file => !HasTest(file) && !Excused.ContainsKey(file)).Should()
            .BeEmpty("a new file comes with its tests, or with a reason");

    [Fact]
    public void EveryExcuse_IsNeeded()
    {
        Excused.Keys.Where(static file => !Sources.Contains(file)).Should().BeEmpty("these files are gone");
        Excused.Keys.Where(HasTest).Should().BeEmpty("these files have their tests now");
    }

    [Fact]
    public void TestName_FollowsFromTheFile()
    {
        TestFor("Gateway.Core/Routing/Router.cs").Should().Be("Gateway.Tests.Routing.RouterTests");
        TestFor("Gateway.Core/GatewayOptions.cs").Should().Be("Gateway.Tests.GatewayOptionsTests");
        TestFor("Gateway.Host/Demo/DemoGuide.cs").Should().Be("Gateway.Tests.Host.Demo.DemoGuideTests");
    }

    private static bool HasTest(string file) => typeof(MirrorTests).Assembly.GetType(TestFor(file)) is not null;

    private static string TestFor(string file)
    {
        string name = file[..^".cs".Length]
            .Replace("Gateway.Core/", "", StringComparison.Ordinal)
            .Replace("Gateway.Host/", "Host/", StringComparison.Ordinal);
        return $"Gateway.Tests.{name.Replace('/', '.')}Tests";
    }
}
