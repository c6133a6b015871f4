using System.Text.RegularExpressions;
using Gateway.Tests.House;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Spec;

/// <summary>No times are measured here; they are noisy. What can be held is that the targets are enforced and can be read off.</summary>
public sealed class PerformanceCharacteristicsTests
{
    [Fact]
    public void MemoryAndCpuTargets_AreTheDeploymentsLimits() =>
        Regex.Replace(Repository.Read("k8s/base/deployment.yaml"), @"\s+", " ").Should().Contain("limits: cpu: 500m memory: 512Mi");

    [Fact]
    public async Task LatencyTargets_AreBucketsOfTheHistogram()
    {
        await using TestInstance service = await TestInstance.StartEchoAsync();
        await using TestGateway gateway = await TestGateway.StartAsync(TestOptions.For(service.Url));
        await gateway.GetToTheEndAsync("/");

        string metrics = await gateway.ScrapeAsync();

        foreach (string target in new[] { "0.01", "0.05", "0.1" })
        {
            metrics.Should().MatchRegex($"gateway_request_duration_seconds_bucket\\{{[^}}]*le=\"{Regex.Escape(target)}\"");
        }
    }
}
