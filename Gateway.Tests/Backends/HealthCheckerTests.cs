using System.Net;
using System.Net.Sockets;
using Gateway.Core.Backends;
using Gateway.Core.Resilience;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Backends;

public sealed partial class HealthCheckerTests : IAsyncDisposable
{
    private static readonly HealthCheckOptions Options = new()
    {
        Path = "/health?deep=1",
        Interval = TimeSpan.FromSeconds(10),
        FastInterval = TimeSpan.FromSeconds(20),
        Timeout = TimeSpan.FromSeconds(2),
        Rise = 2,
        Fall = 3,
    };

    private readonly ObservedClock _clock = new(Options.Timeout);
    private readonly CheckedInstances _instances = new();
    private readonly List<string> _changes = [];
    private HealthChecker? _checker;

    public async ValueTask DisposeAsync()
    {
        await (_checker?.DisposeAsync() ?? ValueTask.CompletedTask);
        _instances.Dispose();
    }

    [Fact]
    public async Task Check_IsAGetOfThePathWithOurName()
    {
        BackendService service = await StartAsync(1);
        await CheckAsync(service);

        Asked asked = _instances.Asked.Should().ContainSingle().Subject;
        asked.Should().Be(new Asked("GET", "http://10.0.0.1/health?deep=1", "gateway-health", new Version(1, 1)));
        service.Instances[0].Health.LastCheck.Should().Be(_clock.GetUtcNow());
    }

    [Fact]
    public async Task ServiceThatSpeaksHttp2_IsAskedByHttp2()
    {
        BackendService service = await StartAsync(Given.ServiceOptions(1) with { Http2 = true, HealthCheck = Options });
        await CheckAsync(service);
        _instances.Asked.Should().ContainSingle().Which.Version.Should().Be(new Version(2, 0));
    }

    [Fact]
    public async Task ServiceWithoutHealthCheck_IsLeftAlone()
    {
        BackendService service = Given.Service(Given.ServiceOptions(1) with { HealthCheck = null });
        Start(service);
        _clock.Advance(TimeSpan.FromHours(1));

        await _checker!.DisposeAsync();

        _instances.Asked.Should().BeEmpty();
        service.Healthy.Should().HaveCount(1);
    }

    [Fact]
    public async Task FailuresInARow_TakeAnInstanceOut_AndPassesBringItBack()
    {
        BackendService service = await StartAsync(1);
        _instances.Answer("10.0.0.1", HttpStatusCode.ServiceUnavailable);

        await CheckAsync(service, times: 2);
        service.Healthy.Should().HaveCount(1);
        service.Instances[0].Health.LastFailure.Should().Be("503 Service Unavailable");
        await CheckAsync(service);
        service.Healthy.Should().BeEmpty();

        _instances.Answer("10.0.0.1", HttpStatusCode.NoContent);
        await CheckAsync(service);
        service.Healthy.Should().BeEmpty();
        await CheckAsync(service);
        service.Healthy.Should().HaveCount(1);
        service.Instances[0].Health.LastFailure.Should().BeNull();
        _changes.Should().Equal("10.0.0.1:80 Unhealthy", "10.0.0.1:80 Healthy");
    }

    [Fact]
    public async Task Instances_AreJudgedOneByOne()
    {
        BackendService service = await StartAsync(1, 1, 1);
        _instances.Answer("10.0.0.2", HttpStatusCode.InternalServerError);
        await CheckAsync(service, times: 3);
        service.Healthy.Should().Equal(service.Instances[0], service.Instances[2]);

        _instances.Answer("10.0.0.1", HttpStatusCode.InternalServerError);
        _instances.Answer("10.0.0.3", HttpStatusCode.InternalServerError);
        await CheckAsync(service, times: 3);
        service.Healthy.Should().BeEmpty();

        _instances.Answer("10.0.0.2", HttpStatusCode.OK);
        await CheckAsync(service, times: 2);
        service.Healthy.Should().Equal(service.Instances[1]);
    }

    [Theory]
    [InlineData(200, null)]
    [InlineData(299, null)]
    [InlineData(302, "302 Found")]
    [InlineData(404, "404 Not Found")]
    [InlineData(599, "599")]
    public async Task Only2xx_IsWell(int status, string? failure)
    {
        BackendService service = await StartAsync(1);
        _instances.Answer("10.0.0.1", (HttpStatusCode)status);
        await CheckAsync(service);
        service.Instances[0].Health.LastFailure.Should().Be(failure);
    }

    public static TheoryData<Exception, string> Failures() => new()
    {
        { Failure(HttpRequestError.ConnectionError, new SocketException((int)SocketError.ConnectionRefused)), "connection refused" },
        { Failure(HttpRequestError.ConnectionError, new SocketException((int)SocketError.HostUnreachable)), "host unreachable" },
        { Failure(HttpRequestError.NameResolutionError, null), "name not resolved" },
        { Failure(HttpRequestError.SecureConnectionError, new InvalidOperationException("bad certificate")), "TLS failed: bad certificate" },
        { Failure(HttpRequestError.InvalidResponse, null), "answer is not valid HTTP" },
        { Failure(HttpRequestError.ResponseEnded, null), "connection broken off" },
        { new InvalidOperationException("something else"), "something else" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task CheckThatCannotBeMade_FailsInAFewWords_AndTheNextOneComes(Exception thrown, string failure)
    {
        BackendService service = await StartAsync(1);
        _instances.Answers["10.0.0.1"] = _ => throw thrown;
        await CheckAsync(service);
        service.Instances[0].Health.LastFailure.Should().Be(failure);

        _instances.Answer("10.0.0.1", HttpStatusCode.OK);
        await CheckAsync(service);
        service.Instances[0].Health.LastFailure.Should().BeNull();
    }

    [Fact]
    public async Task SlowAnswer_TimesOut()
    {
        BackendService service = await StartAsync(1);
        _instances.Answers["10.0.0.1"] = Never;
        _clock.AdvanceToTheNext();
        await _instances.NextAsked();

        _clock.Advance(Options.Timeout - TimeSpan.FromTicks(1));
        service.Instances[0].Health.LastCheck.Should().BeNull();
        _clock.Advance(TimeSpan.FromTicks(1));
        await _clock.NextDelayAsync();

        service.Instances[0].Health.LastFailure.Should().Be("timed out after 2 s");
    }

    [Fact]
    public async Task Checks_ComeAtTheIntervalWithinTenPercent()
    {
        Start(Given.Service(Given.ServiceOptions(1) with { HealthCheck = Options }, _clock));
        (await _clock.NextDelayAsync()).TotalSeconds.Should().BeInRange(0, 1, "the first check comes soon");
        var waits = new List<double>();
        for (int i = 0; i < 300; i++)
        {
            _clock.AdvanceToTheNext();
            waits.Add((await _clock.NextDelayAsync()).TotalSeconds);
        }

        // 300 draws leave a tenth of the range at either end empty once in 10^13 runs.
        waits.Min().Should().BeInRange(9, 9.2);
        waits.Max().Should().BeInRange(10.8, 11);
    }

    /// <summary>At the usual interval an instance that is back would be left alone for up to ten seconds.</summary>
    [Fact]
    public async Task InstanceThatIsNotWell_IsAskedAtTheFastInterval_UntilItIs()
    {
        BackendService service = await StartAsync(Given.ServiceOptions(1) with
        {
            HealthCheck = Options with { FastInterval = TimeSpan.FromMilliseconds(500) },
        });
        await CheckAsync(service);
        Given.OpenCircuit(service.Instances[0]);
        _instances.Answer("10.0.0.1", HttpStatusCode.ServiceUnavailable);

        DateTimeOffset start = _clock.GetUtcNow();
        await CheckAsync(service, times: 4);
        (_clock.GetUtcNow() - start).Should().BeLessThan(TimeSpan.FromSeconds(2.1));

        _instances.Answer("10.0.0.1", HttpStatusCode.OK);
        await CheckAsync(service, times: 2);
        (_clock.GetUtcNow() - start).Should().BeLessThan(TimeSpan.FromSeconds(3.1));
        service.Instances[0].Breaker.State.Should().Be(CircuitState.HalfOpen, "it is back, and a request may see whether it is");
        service.Instances[0].Breaker.Reset();

        start = _clock.GetUtcNow();
        await CheckAsync(service, times: 2);
        (_clock.GetUtcNow() - start).Should().BeGreaterThan(TimeSpan.FromSeconds(9), "all is well again");
    }

    [Fact]
    public async Task Stopping_BreaksChecksOff_AndLeavesNothingBehind()
    {
        BackendService service = await StartAsync(1, 1);
        var brokenOff = new TaskCompletionSource();
        _instances.Answers["10.0.0.1"] = cancellation =>
        {
            cancellation.Register(brokenOff.SetResult);
            return Never(cancellation);
        };
        _clock.Advance(Options.Interval / 10);
        await _instances.NextAsked();
        await _instances.NextAsked();

        await _checker!.DisposeAsync();

        brokenOff.Task.IsCompletedSuccessfully.Should().BeTrue();
        service.Instances[0].Health.LastCheck.Should().BeNull("a check that we broke off says nothing");
        _clock.Advance(TimeSpan.FromDays(1));
        _instances.Asked.Should().HaveCount(2);
        _checker = null;
    }

    [Fact]
    public async Task StoppingWhatNeverStarted_IsFine()
    {
        var checker = new HealthChecker(Given.Service(1), new HttpMessageInvoker(_instances), _clock);
        await checker.DisposeAsync();
        _instances.Asked.Should().BeEmpty();
    }

    private static HttpRequestException Failure(HttpRequestError error, Exception? inner) => new(error, "failed", inner);

    private static async Task<HttpResponseMessage> Never(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        throw new InvalidOperationException("Never is never.");
    }

    private Task<BackendService> StartAsync(params int[] weights) => StartAsync(Given.ServiceOptions(weights) with { HealthCheck = Options });

    private async Task<BackendService> StartAsync(ServiceOptions options)
    {
        BackendService service = Given.Service(options with { HealthCheck = options.HealthCheck ?? Options }, _clock, Note);
        Start(service);
        foreach (ServiceInstance _ in service.Instances)
        {
            await _clock.NextDelayAsync();
        }

        return service;
    }

    private void Start(BackendService service)
    {
        _checker = new HealthChecker(service, new HttpMessageInvoker(_instances), _clock);
        _checker.Start();
    }

    private void Note(BackendService service, ServiceInstance instance, InstanceEvent happened, string? why)
    {
        lock (_changes)
        {
            _changes.Add($"{instance.Name} {happened}");
        }
    }

    /// <summary>Lets every instance be checked at least so many times (one alone: exactly), and waits until the last check is over.</summary>
    private async Task CheckAsync(BackendService service, int times = 1)
    {
        Dictionary<string, int> wanted = service.Instances.ToDictionary(instance => instance.Address.Authority, instance => Checks(instance) + times);
        while (service.Instances.Any(instance => Checks(instance) < wanted[instance.Address.Authority]))
        {
            _clock.AdvanceToTheNext();
            await _clock.NextDelayAsync();
        }
    }

    private int Checks(ServiceInstance instance) => _instances.Asked.Count(asked => new Uri(asked.Uri).Authority == instance.Address.Authority);
}
