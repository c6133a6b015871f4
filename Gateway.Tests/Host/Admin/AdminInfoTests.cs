using System.Text.Json;
using Gateway.Host.Admin;
using Gateway.Host.Serving;

namespace Gateway.Tests.Host.Admin;

public sealed class AdminInfoTests
{
    private static readonly string[] Problems = ["a.json:1:2: \"wrong\""];

    [Fact]
    public void Configuration_AndWhatBecameOfTheLastChange_AreTold()
    {
        DateTimeOffset at = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        JsonElement info = Json(AdminInfo.Of(new ReloadStatus(3, at, at.AddMinutes(1), Problems), "draining", TimeSpan.FromSeconds(61.26)));

        info.GetProperty("version").GetString().Should().NotBeNullOrEmpty();
        info.GetProperty("uptime_seconds").GetDouble().Should().Be(61.3);
        info.GetProperty("not_ready").GetString().Should().Be("draining");
        JsonElement config = info.GetProperty("config");
        (config.GetProperty("generation").GetInt32(), config.GetProperty("loaded_at").GetDateTimeOffset()).Should().Be((3, at));
        JsonElement reload = config.GetProperty("last_reload");
        (reload.GetProperty("result").GetString(), reload.GetProperty("problems")[0].GetString()).Should().Be(("failure", Problems[0]));
    }

    [Fact]
    public void BeforeAnyChange_ThereIsNoLastReload() =>
        Json(AdminInfo.Of(new ReloadStatus(1, DateTimeOffset.UnixEpoch, null, []), null, TimeSpan.Zero))
            .GetProperty("config").GetProperty("last_reload").ValueKind.Should().Be(JsonValueKind.Null);

    private static JsonElement Json(AdminInfo info) => JsonSerializer.SerializeToElement(info, AdminJson.Plain.AdminInfo);
}
