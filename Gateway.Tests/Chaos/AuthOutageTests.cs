using Gateway.Core.Authentication;
using Gateway.Core.Backends;
using Gateway.Core.Context;
using Gateway.Tests.Kit;
using Xunit.Abstractions;

namespace Gateway.Tests.Chaos;

/// <summary>The auth service is gone, then hangs, under load, and comes back to many who want to know the same.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class AuthOutageTests(ITestOutputHelper output)
{
    private const double Rate = 200;

    /// <summary>Every tenth request has a token that nobody has shown before; the others are those of so many users.</summary>
    private const int NewEvery = 10, Users = 50;

    private const int Clients = 1_000;

    /// <summary>Default of <see cref="AuthOptions.Timeout"/>: so long the first wait for a service that hangs.</summary>
    private static readonly TimeSpan AuthTimeout = new AuthOptions().Timeout, Margin = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(100), AtWorst = TimeSpan.FromSeconds(1), Returns = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task AuthServiceDownThenHanging_CachedUsersNoticeNothingAndNewTokensAreRefusedAtOnce()
    {
        await using TestAuthService auth = await TestAuthService.StartAsync();
        await using FaultRelay relay = FaultRelay.To(auth.Url);
        await using ChaosScene scene = await StartAsync(relay);

        TimeSpan refusing = ChaosForm.Seconds(1.5, 30), hanging = ChaosForm.Seconds(5, 30);
        relay.Close();
        LoadResult refused = await scene.Load.RunAsync(Rate, refusing);
        relay.Fault = Fault.Blackhole;
        relay.Listen();
        int made = relay.Made;
        LoadResult hung = await scene.Load.RunAsync(Rate, hanging);

        int calls = relay.Made - made;
        LoadResult newcomers = hung.Where(IsNew), settled = newcomers.From(AuthTimeout + Margin);
        LoadResult refusedCached = refused.Where(IsCached), refusedNewcomers = refused.Where(IsNew), cached = hung.Where(IsCached);
        output.WriteLine($"[chaos] auth refuses {refusing.TotalSeconds:0.#} s: cached {refusedCached.Figures}; new {refusedNewcomers.Figures}, {refusedNewcomers.Outcomes}");
        output.WriteLine($"[chaos] auth hangs {hanging.TotalSeconds:0} s: cached {cached.Figures}; new {newcomers.Figures}, {newcomers.Outcomes}; "
            + $"after the first timeouts {settled.Figures}; {calls} calls for {newcomers.Total} new tokens");
        refusedCached.Failed.Should().Be(0, refusedCached.BySecond);
        cached.Failed.Should().Be(0, cached.BySecond);
        refusedNewcomers.Shots.Concat(newcomers.Shots).Should().OnlyContain(static shot => shot.Status == 503 && shot.Reason == "auth_unavailable" && shot.RetryAfter);

        // What the machine itself takes shows in those who need not ask.
        refusedNewcomers.Latency(0.99).Should().BeLessThan(Quick + refusedCached.Latency(1));
        newcomers.Latency(1).Should().BeLessThan(AuthTimeout + AtWorst + cached.Latency(1));
        settled.Latency(0.9).Should().BeLessThan(Quick + cached.Latency(1), "only a probe now and then waits for a service that does not answer");
        ((double)calls).Should().BeLessThan(Rate / NewEvery * (AuthTimeout + Margin).TotalSeconds, "after the first timeouts it is left alone");
    }

    [Fact]
    public async Task AuthServiceBackAfterAnOutage_IsUsedAgainAndAskedOnceForAThousandClientsWithOneNewToken()
    {
        await using TestAuthService auth = await TestAuthService.StartAsync();
        await using FaultRelay relay = FaultRelay.To(auth.Url);
        await using ChaosScene scene = await StartAsync(relay);
        relay.Close();
        LoadResult refused = await scene.Load.RunAsync(Rate, ChaosForm.Seconds(1, 60));

        relay.Listen();
        LoadResult returned = await scene.Load.RunAsync(Rate, Returns + TimeSpan.FromSeconds(1));
        LoadResult newcomers = returned.Where(IsNew);
        TimeSpan last = newcomers.Shots.Where(static shot => !shot.IsGood).Select(static shot => shot.DueAt).LastOrDefault();
        output.WriteLine($"[chaos] auth was down: {refused.Outcomes}; is back: last new token not served {last.TotalMilliseconds:0} ms after return; {returned.Outcomes}");
        returned.From(Returns).Failed.Should().Be(0, returned.BySecond);

        // The answer takes its time, so that all have come before it is there.
        relay.Fault = Fault.Trickle(4);
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, Clients)
            .Select(number => Task.Run(() => scene.Gateway.GetAsync($"/herd/{number}", ("Authorization", "Bearer of-the-herd")))));

        int calls = auth.Questions.Count(static question => question.Contains("of-the-herd", StringComparison.Ordinal));
        output.WriteLine($"[chaos] {Clients} clients with one new token: {answers.Count(static answer => answer.IsSuccessStatusCode)} served, {calls} call(s)");
        answers.Should().OnlyContain(static answer => answer.IsSuccessStatusCode);
        calls.Should().Be(1);
        Array.ForEach(answers, static answer => answer.Dispose());
    }

    private static async Task<ChaosScene> StartAsync(FaultRelay auth)
    {
        ChaosScene scene = await ChaosScene.StartAsync(
            1, new ServiceOptions(),
            options => options.WithRoute(TestOptions.AnyPath with { Auth = RouteAuth.Required }) with { Auth = new AuthOptions { ServiceUrl = auth.Url } },
            static number => new LoadRequest(HttpMethod.Get, number % NewEvery == 0 ? $"new{number}" : $"user{number % Users}"));
        await scene.WarmUpAsync();
        return scene;
    }

    private static bool IsNew(Shot shot) => int.Parse(shot.Id, System.Globalization.CultureInfo.InvariantCulture) % NewEvery == 0;

    private static bool IsCached(Shot shot) => !IsNew(shot);
}
